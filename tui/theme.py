"""The colours of the screen, declared here and nowhere else.

Few colours, each with one meaning, far enough apart to survive video compression. Nothing is told by
colour alone: states have glyphs, curves have labelled axes, warnings have words.
"""

from dataclasses import dataclass
from functools import lru_cache

from rich.style import Style


@dataclass(frozen=True)
class Look:
    """A theme: what each colour means, as `#rrggbb`."""

    ground: str
    """Behind everything."""
    bar: str
    """Behind a panel's title."""
    track: str
    """Behind a history, and the place of an agent that has not joined yet."""
    faint: str
    """The part of a bar that is not reached."""
    muted: str
    """Labels and units."""
    text: str
    strong: str
    """Numbers."""
    ink: str
    """Text on a coloured ground."""
    tokens: str
    """Output tokens: throughput, and an agent that generates."""
    agents: str
    """The number of agents."""
    agents_area: str
    """The number of agents as an area behind another curve."""
    overlap: str
    """Where the area of throughput covers the area of agents."""
    ahead: str
    """The part of the ramp that is still to come."""
    load: str
    """How busy a GPU or the CPU is."""
    waiting: str
    thinking: str
    idle: str
    warn: str
    bad: str


DARK = Look(
    ground="#0a0e13",
    bar="#1a2430",
    track="#1c2733",
    faint="#5b6b7c",
    muted="#9aaabb",
    text="#d5dee8",
    strong="#ffffff",
    ink="#06090d",
    tokens="#35d982",
    agents="#5aaaff",
    agents_area="#24477a",
    overlap="#1d9d72",
    ahead="#22344a",
    load="#b58cff",
    waiting="#ffb224",
    thinking="#5aaaff",
    idle="#3d4b5a",
    warn="#ffb224",
    bad="#ff5f5f",
)


@lru_cache(maxsize=1024)
def paint(ink: str, ground: str, bold: bool = False) -> Style:
    """The rich style of these two `#rrggbb` colours; the same object for the same arguments."""
    return Style(color=ink, bgcolor=ground, bold=bold)

"""What a theme of the screen is, the one that is taken unless another is asked for, and how its colours become styles.

Few colours, each with one meaning, far enough apart to survive video compression. Nothing is told by
colour alone: states have glyphs, curves have labelled axes, warnings have words. The other themes: `tui.themes`.
"""

from dataclasses import dataclass
from functools import lru_cache

from rich.style import Style


@dataclass(frozen=True)
class Theme:
    """A theme: what each colour means.

    A colour is `#rrggbb`; or one of the terminal's sixteen by rich's name for it, which goes to the terminal as that
    and not as a shade; or, where there shall be none, a word of `_EMPHASIS`.
    """

    name: str
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
    shaded: bool = False
    """Areas are told apart by the characters that fill them, since no colour does it."""


DARK = Theme(
    name="dark",
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


_EMPHASIS = {"plain": Style(), "dim": Style(dim=True), "bold": Style(bold=True)}
"""What stands for an ink without colour. As a ground, all but "plain" turn the terminal's two colours round."""


@lru_cache(maxsize=1024)
def paint(ink: str, ground: str, bold: bool = False) -> Style:
    """The rich style of these two colours of a theme; the same object for the same arguments."""
    if ground in _EMPHASIS:
        if ground != "plain":
            return Style(reverse=True, bold=bold)  # dim as well, it could not be read
        return _EMPHASIS[ink] + Style(bold=True) if bold else _EMPHASIS[ink]
    # Many terminals draw bold black as grey.
    return Style(color=ink, bgcolor=ground, bold=bold and ink != "black")


def css_colour(colour: str) -> str:
    """This colour of a theme as Textual's style sheets name it."""
    if colour.startswith("#"):
        return colour
    return "ansi_default" if colour in _EMPHASIS else f"ansi_{colour}"

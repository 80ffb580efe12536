"""The screen's themes: what each colour means, which theme a terminal gets, and how its colours become styles.

Few colours, each with one meaning, far enough apart to survive video compression. Nothing is said by
colour alone: states have glyphs, curves have labelled axes, warnings have words.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from rich.style import Style

from stress.view.themes import known_theme


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
    tokens_area: str
    """The body of an area whose rim is `tokens`: a line over it can be seen."""
    agents_area: str
    """Likewise where the rim is `agents`."""
    ahead: str
    """The part of the ramp that is still to come."""
    load: str
    """How busy a GPU or the CPU is."""
    waiting: str
    thinking: str
    idle: str
    warn: str
    bad: str

    @property
    def shaded(self) -> bool:
        """Areas are told apart by the characters that fill them, since no colour does it."""
        return self.ground in _EMPHASIS


# light: the same meanings on a white ground, dark enough to be read on it (a test says how dark).
# colour-blind: the hues of Okabe and Ito (Color Universal Design, 2008), some lighter, to be read on a dark ground.
# sixteen: for a terminal that has sixteen colours; it would show the nearest of them in place of each shade.
# mono: no colour at all, but bold, dim, and ground and ink turned round.
_COLOURS = """
    name         dark     light    colour-blind  sixteen        mono
    ground       #0a0e13  #ffffff  #0a0e13       black          plain
    bar          #1a2430  #e4eaf0  #1a2430       blue           bold
    track        #1c2733  #e9eef3  #1c2733       black          plain
    faint        #5b6b7c  #8593a1  #5b6b7c       white          dim
    muted        #9aaabb  #4d5b69  #9aaabb       white          dim
    text         #d5dee8  #1f2a35  #d5dee8       bright_white   plain
    strong       #ffffff  #000000  #ffffff       bright_white   bold
    ink          #06090d  #ffffff  #06090d       black          plain
    tokens       #35d982  #0a7038  #009e73       green          bold
    agents       #5aaaff  #0b57b8  #3b9be0       cyan           bold
    tokens_area  #14664a  #4d9e74  #00634e       bright_black   plain
    agents_area  #24477a  #6491d2  #24477a       blue           plain
    ahead        #22344a  #8195ab  #22344a       bright_black   plain
    load         #b58cff  #7a3fd0  #e39ac2       magenta        plain
    waiting      #ffb224  #8f5600  #f0e442       bright_yellow  plain
    thinking     #5aaaff  #0b57b8  #3b9be0       cyan           plain
    idle         #3d4b5a  #8793a0  #3d4b5a       blue           plain
    warn         #ffb224  #8f5600  #f0e442       bright_yellow  bold
    bad          #ff5f5f  #c01c28  #e8661a       bright_red     bold
"""
_FIELDS, *_COLUMNS = zip(*(row.split() for row in _COLOURS.strip().splitlines()), strict=True)
ALL_THEMES = {column[0]: Theme(**dict(zip(_FIELDS, column, strict=True))) for column in _COLUMNS}
DARK, LIGHT, COLOUR_BLIND, SIXTEEN, MONO = ALL_THEMES.values()


def choose_theme(name: str | None, environ: Mapping[str, str], colour_system: str | None) -> Theme:
    """The theme to begin with: the one asked for, else the one that suits the terminal.

    Args:
        name: the theme that was asked for; None: none was.
        environ: the process's environment.
        colour_system: what rich makes of TERM and COLORTERM, by its names; None: a terminal without colours.

    Raises:
        UsageError: there is no theme of this name.
    """
    if name is not None:
        return ALL_THEMES[known_theme(name)]
    if environ.get("NO_COLOR") or colour_system is None:
        return MONO
    return SIXTEEN if colour_system in ("standard", "windows") else DARK


def theme_after(theme: Theme) -> Theme:
    """The next one, and after the last the first."""
    names = list(ALL_THEMES)
    return ALL_THEMES[names[(names.index(theme.name) + 1) % len(names)]]


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

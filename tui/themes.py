"""Every theme of the screen, and which of them a terminal gets."""

from collections.abc import Mapping
from dataclasses import replace

from stress.view.themes import known_theme
from tui.theme import DARK, Theme

LIGHT = Theme(
    name="light",
    ground="#ffffff",
    bar="#e4eaf0",
    track="#e9eef3",
    faint="#8593a1",
    muted="#4d5b69",
    text="#1f2a35",
    strong="#000000",
    ink="#ffffff",
    tokens="#0a7038",
    agents="#0b57b8",
    agents_area="#6491d2",
    overlap="#0b4a5e",
    ahead="#8195ab",
    load="#7a3fd0",
    waiting="#8f5600",
    thinking="#0b57b8",
    idle="#8793a0",
    warn="#8f5600",
    bad="#c01c28",
)
"""For a white ground: the same meanings, dark enough to be read on it (a test says how dark)."""

COLOUR_BLIND = replace(
    DARK,
    name="colour-blind",
    tokens="#009e73",
    agents="#3b9be0",
    agents_area="#24477a",
    overlap="#00634e",
    load="#e39ac2",
    waiting="#f0e442",
    thinking="#3b9be0",
    warn="#f0e442",
    bad="#e8661a",
)
"""The hues of Okabe and Ito (Color Universal Design, 2008), some lighter, so that they can be read on a dark ground."""

SIXTEEN = Theme(
    name="sixteen",
    ground="black",
    bar="blue",
    track="black",
    faint="white",
    muted="white",
    text="bright_white",
    strong="bright_white",
    ink="black",
    tokens="green",
    agents="cyan",
    agents_area="bright_blue",
    overlap="cyan",
    ahead="bright_black",
    load="magenta",
    waiting="bright_yellow",
    thinking="cyan",
    idle="blue",
    warn="bright_yellow",
    bad="bright_red",
)
"""For a terminal that has sixteen colours: it would get the nearest of them in place of each shade."""

MONO = Theme(
    name="mono",
    ground="plain",
    bar="bold",
    track="plain",
    faint="dim",
    muted="dim",
    text="plain",
    strong="bold",
    ink="plain",
    tokens="bold",
    agents="bold",
    agents_area="plain",
    overlap="plain",
    ahead="plain",
    load="plain",
    waiting="plain",
    thinking="plain",
    idle="plain",
    warn="bold",
    bad="bold",
    shaded=True,
)
"""No colour at all: bold, dim, and ground and ink turned round."""

ALL_THEMES = {theme.name: theme for theme in (DARK, LIGHT, COLOUR_BLIND, SIXTEEN, MONO)}


def choose_theme(name: str | None, environ: Mapping[str, str], colour_system: str | None) -> Theme:
    """The theme to begin with: the one asked for, else the one that suits the terminal.

    Args:
        name: the theme that was asked for; null: none was.
        environ: the process's environment.
        colour_system: what rich makes of TERM and COLORTERM, by its names; null: a terminal without colours.

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

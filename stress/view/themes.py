"""The names of the screen's themes, for those who check them without loading the screen."""

from stress.errors import UsageError

THEMES = ("dark", "light", "colour-blind", "sixteen", "mono")


def known_theme(name: str) -> str:
    """The name, if there is such a theme.

    Raises:
        UsageError: there is none.
    """
    if name not in THEMES:
        raise UsageError(f"--theme {name!r} is not known; use {', '.join(THEMES[:-1])} or {THEMES[-1]}.")
    return name

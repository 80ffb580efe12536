"""Text from a model or a server, made safe to draw: one line of characters whose widths are known."""

import re

from rich.cells import cell_len, set_cell_size

from stress.text import visible

_SPACE = re.compile(r"\s+")


def plain_text(text: str, limit: int = 2000) -> str:
    """One line of printable text: no controls, escape sequences, bidi overrides or zero-width characters.

    Line breaks and tabs become single spaces. Markup such as `[/b]` stays as it is: what is drawn from this is
    segments, which nothing parses. Characters past `limit` are not looked at.
    """
    return _SPACE.sub(" ", visible(text[:limit])).strip()


def shortened(text: str, width: int) -> str:
    """The text, or as much of it as fits into `width` cells with an ellipsis at its end."""
    if cell_len(text) <= width:
        return text
    return set_cell_size(text, width - 1).rstrip() + "…" if width > 0 else ""


def wrapped(text: str, first: int, rest: int, lines: int) -> list[str]:
    """Plain text broken into at most `lines` lines, at words where it can be.

    Args:
        text: what `plain_text` returned.
        first: the first line's width in cells; at least 2, since a character may take two.
        rest: every other line's width in cells; at least 2.
        lines: the most lines to return; text that is left over shows as an ellipsis.
    """
    result: list[str] = []
    width = first
    while text and len(result) < lines - 1:
        head, text = _break(text, width)
        result.append(head)
        width = rest
    if text:
        result.append(shortened(text, width))
    return result


def _break(text: str, width: int) -> tuple[str, str]:
    """What fits into `width` cells, and what is left."""
    used = fits = 0
    for char in text:
        used += cell_len(char)
        if used > width:
            break
        fits += 1
    else:
        return text, ""
    space = text.rfind(" ", 0, fits + 1)
    # A word that fills most of the line is cut, not moved: it would leave the line ragged.
    at = space if space > fits // 2 else max(fits, 1)
    return text[:at].rstrip(), text[at:].lstrip()

"""Text from a model or a server, made safe to draw: one line of characters whose widths are known."""

import re
from functools import lru_cache

from rich.cells import cell_len, set_cell_size

from stress.text import visible

_LOOKED_AT = 2000
"""Characters of a text; those past them are not drawn."""


def drawn(text: str) -> str:
    """The visible characters of the text, as `tui.draw.line.Line` draws them.

    Markup such as `[/b]` stays as it is: what is drawn is segments, which nothing parses.
    """
    return _visible(text[:_LOOKED_AT])


_PART = re.compile(" · |: |, ")
_visible = lru_cache(1024)(visible)
"""The screen draws the same blocks and names again and again."""


def plain_text(text: str) -> str:
    """What is visible of the text in one line; line breaks and runs of spaces are single spaces."""
    return " ".join(drawn(text).split())


def shortened(text: str, width: int) -> str:
    """The plain text, or as much of it as fits into `width` cells with an ellipsis."""
    text = plain_text(text)
    if cell_len(text) <= width:
        return text
    return set_cell_size(text, width - 1).rstrip() + "…" if width > 0 else ""


def whole_parts(text: str, width: int) -> str:
    """The plain text, or as many of its parts (they end at ` · `, `: ` or `, `) as fit into `width` cells, none cut.

    Where not even the first fits, as much of that as does.
    """
    text = plain_text(text)
    if cell_len(text) <= width:
        return text
    heads = [text[: end.start()] for end in _PART.finditer(text)]
    whole = [head for head in heads if cell_len(head) <= width and head.count("(") == head.count(")")]
    return whole[-1] if whole else shortened(text, width)


def wrapped(text: str, first: int, rest: int, lines: int) -> list[str]:
    """The plain text, broken into at most `lines` lines, at words where it can be.

    Args:
        text: from anywhere.
        first: the first line's width in cells; at least 2, since a character may take two.
        rest: every other line's width in cells; at least 2.
        lines: the most lines to return; text that is left over shows as an ellipsis.
    """
    result: list[str] = []
    text, width = plain_text(text), first
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

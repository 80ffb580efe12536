"""Text from a model or a server, made safe to draw: one line of characters whose widths are known."""

import re
import unicodedata

from rich.cells import cell_len, set_cell_size

# A terminal's control sequences, as whole sequences so that no parameters stay behind as litter: CSI (ESC [ …
# final byte), strings (OSC, DCS, PM, APC, SOS up to BEL or ST), and two- or three-character escapes. A string
# without an end is only its introducer: a reply must not vanish because a model wrote `ESC ]`.
_SEQUENCE = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]"
    r"|(?:\x1b[\]PX^_]|[\x90\x98\x9d-\x9f])[^\x07\x1b\x9c]{0,4096}(?:\x07|\x1b\\|\x9c)"
    r"|\x1b[ -/]{0,2}[0-~]"
)
_SPACE = re.compile(r"\s+")
# Variation selectors and skin tones change a character's width in some terminals and not in others.
_SELECTORS = re.compile("[\ufe00-\ufe0f\U0001f3fb-\U0001f3ff\U000e0100-\U000e01ef]")
# Two of these letters are a flag, two or four cells wide; as plain letters they are two everywhere.
_FLAG_LETTERS = {0x1F1E6 + index: chr(ord("A") + index) for index in range(26)}
# Cc: controls. Cf: bidi overrides, zero-width and other invisible characters. Cs, Co, Cn: no agreed glyph.
_HIDDEN = frozenset(("Cc", "Cf", "Cs", "Co", "Cn"))
_MARKS_A_BASE = 2
"""As many accents as real orthographies stack; more would paint over the neighbouring lines."""


def plain_text(text: str, limit: int = 2000) -> str:
    """One line of printable text: no controls, escape sequences, bidi overrides or zero-width characters.

    Line breaks and tabs become single spaces. Markup such as `[/b]` stays as it is: what is drawn from this is
    segments, which nothing parses. Characters past `limit` are not looked at.
    """
    text = text[:limit]
    if text.isascii() and text.isprintable():
        return _SPACE.sub(" ", text).strip()
    text = _SELECTORS.sub("", _SEQUENCE.sub("", text)).translate(_FLAG_LETTERS)
    kept: list[str] = []
    marks = 0
    for char in _SPACE.sub(" ", text):
        category = unicodedata.category(char)
        if category in _HIDDEN:
            continue
        marks = marks + 1 if category[0] == "M" else 0
        # An accent needs a letter to stand on: after a space it would stand on the neighbouring cell.
        if marks == 0 or (marks <= _MARKS_A_BASE and kept and kept[-1] != " "):
            kept.append(char)
    return _SPACE.sub(" ", "".join(kept)).strip()


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

"""What a terminal shows of a text: its visible characters, and nothing that moves a cursor or hides."""

import re
import unicodedata
from typing import Any

_INTRODUCERS = frozenset("\x1b\x07\x90\x98\x9b\x9c\x9d\x9e\x9f")
"""They begin or end a control sequence."""
# A terminal's control sequences, as whole sequences so that no parameters stay behind as litter: CSI (ESC [ …
# final byte), strings (OSC, DCS, PM, APC, SOS up to BEL or ST), and two- or three-character escapes. A string
# without an end is only its introducer: a reply must not vanish because a model wrote `ESC ]`. A space ends a sequence,
# but for the few that are in use: else it would take the first letter of the next word, and of a key that we look for.
_SEQUENCE = re.compile(
    r"(?:\x1b+\[|\x9b)[!-?]*(?: [@Aq]|[@-~])?"
    r"|(?:\x1b+[\]PX^_]|[\x90\x98\x9d-\x9f])[^\x07\x1b\x90\x98\x9b-\x9f]*(?:\x07|\x1b+\\|\x9c)"
    r"|(?:\x1b+\]|\x9d)(?:\d{1,4};)?"
    r"|\x1b+(?: [FGLMN]|[!-/]*[0-~]?)"
    r"|[\x07\x90\x98\x9c-\x9f]"
)
# Variation selectors and skin tones change a character's width in some terminals; nobody sees the others at all.
_UNSEEN = re.compile(
    "[\ufe00-\ufe0f\U0001f3fb-\U0001f3ff\U000e0100-\U000e01ef\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\uffa0]"
)
# Two of these letters are a flag, two or four cells wide; as plain letters they are two everywhere.
_FLAG_LETTERS = {0x1F1E6 + index: chr(ord("A") + index) for index in range(26)}
_MARKS_A_BASE = 2
"""As many accents as real orthographies stack; more would paint over the neighbouring lines."""


def visible(text: str) -> str:
    """The text without controls, escape sequences, bidi overrides and zero-width characters, in one line.

    Whatever is not ours passes here on its way to a terminal, a screen or a file for people. Line breaks and tabs
    become spaces; visible text stays as it is.
    """
    if text.isascii() and text.isprintable():
        return text
    text = _UNSEEN.sub("", text)
    if not text.isprintable():
        # What is hidden goes first: inside a sequence it would keep the parts apart.
        parts = (char if char.isprintable() or char in _INTRODUCERS else " " * char.isspace() for char in text)
        text = _SEQUENCE.sub("", "".join(parts))
    kept: list[str] = []
    marks = 0
    for char in text.translate(_FLAG_LETTERS):
        marks = marks + 1 if unicodedata.category(char)[0] == "M" else 0
        # An accent needs a letter to stand on: after a space it would stand on the neighbouring cell.
        if marks == 0 or (marks <= _MARKS_A_BASE and kept and kept[-1] != " "):
            kept.append(char)
    return "".join(kept)


def visible_in(thing: Any) -> Any:
    """Plain data (dicts, lists, text, numbers) with every text in it made visible."""
    if isinstance(thing, str):
        return visible(thing)
    if isinstance(thing, dict):
        return {visible_in(key): visible_in(value) for key, value in thing.items()}
    return [visible_in(part) for part in thing] if isinstance(thing, list | tuple) else thing

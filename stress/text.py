"""What a terminal shows of a text: its visible characters, and nothing that moves a cursor or hides."""

import re
import unicodedata

# A terminal's control sequences, as whole sequences so that no parameters stay behind as litter: CSI (ESC [ …
# final byte), strings (OSC, DCS, PM, APC, SOS up to BEL or ST), and two- or three-character escapes. A string
# without an end is only its introducer: a reply must not vanish because a model wrote `ESC ]`.
_SEQUENCE = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]"
    r"|(?:\x1b[\]PX^_]|[\x90\x98\x9d-\x9f])[^\x07\x1b\x9c]{0,4096}(?:\x07|\x1b\\|\x9c)"
    r"|\x1b[ -/]{0,2}[0-~]"
)
_SPACE = re.compile(r"\s")
# Variation selectors and skin tones change a character's width in some terminals and not in others.
_SELECTORS = re.compile("[\ufe00-\ufe0f\U0001f3fb-\U0001f3ff\U000e0100-\U000e01ef]")
# Two of these letters are a flag, two or four cells wide; as plain letters they are two everywhere.
_FLAG_LETTERS = {0x1F1E6 + index: chr(ord("A") + index) for index in range(26)}
# Cc: controls. Cf: bidi overrides, zero-width and other invisible characters. Cs, Co, Cn: no agreed glyph.
_HIDDEN = frozenset(("Cc", "Cf", "Cs", "Co", "Cn"))
_MARKS_A_BASE = 2
"""As many accents as real orthographies stack; more would paint over the neighbouring lines."""


def visible(text: str) -> str:
    """The text without controls, escape sequences, bidi overrides and zero-width characters.

    Line breaks and tabs become spaces.
    """
    if text.isascii() and text.isprintable():
        return text
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
    return "".join(kept)

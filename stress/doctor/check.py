"""One line of what the doctor says, and all of them as text."""

import textwrap
from collections.abc import Iterable, Sequence
from typing import Literal

import msgspec

from stress.text import visible

State = Literal["ok", "warning", "problem", "n/a"]
"""`warning`: it works, but figures will be worse or need care. `problem`: it will not work. `n/a`: unreadable."""

NARROWEST, WIDEST = 60, 120
_MARGIN = 2


class Check(msgspec.Struct, frozen=True):
    """What was looked at, how it is, and what to do about it."""

    name: str
    """In a word or two."""
    state: State
    found: str
    """What there is, with units."""
    advice: str | None = None
    """What to do; None where there is nothing to be done."""


def has_problem(checks: Iterable[Check]) -> bool:
    """One of them says that something will not work."""
    return any(check.state == "problem" for check in checks)


def page(parts: Sequence[tuple[str, Sequence[Check]]], width: int) -> str:
    """Headings with their checks, wrapped to so many columns, and what it comes to."""
    checks = [check for _, part in parts for check in part]
    names = max((len(check.name) for check in checks), default=0)
    blocks = [
        "\n".join([heading, *(_lines(check, names, min(max(width, NARROWEST), WIDEST)) for check in part)])
        for heading, part in parts
    ]
    return "\n\n".join([*blocks, verdict(checks)])


def verdict(checks: Iterable[Check]) -> str:
    """How many problems and warnings there are."""
    states = [check.state for check in checks]
    counts = [(states.count("problem"), "problem"), (states.count("warning"), "warning")]
    words = [f"{count} {what}{'s' * (count > 1)}" for count, what in counts if count]
    return f"{', '.join(words)}." if words else "No problems found."


def _lines(check: Check, names: int, width: int) -> str:
    before = f"{'':<{_MARGIN}}{check.state:<7}  {check.name:<{names}}  "
    indent = " " * len(before)
    text = _fill(check.found, width, before, indent)
    if check.advice:
        advice = _fill(check.advice, width, f"{indent}→ ", f"{indent}  ")
        return f"{text}\n{advice}"
    return text


def _fill(text: str, width: int, first: str, others: str) -> str:
    # Paths and flags stay whole, so that they can be copied.
    wrapper = textwrap.TextWrapper(width, first, others, break_on_hyphens=False, break_long_words=False)
    return wrapper.fill(visible(text))

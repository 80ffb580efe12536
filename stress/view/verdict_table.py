"""A duel's end as a table."""

from collections.abc import Sequence

from stress.duel.differences import Difference, shown, unfair
from stress.duel.lead import SIDES
from stress.duel.verdict import DuelVerdict, Pair, Ratio
from stress.view.duel_words import (
    Names,
    difference_words,
    energy_words,
    larger_words,
    ratio_words,
    silent_words,
    verdict_sentence,
    waiting_words,
    winner_first,
)


def verdict_table(
    called: Sequence[tuple[str, str]],
    verdict: DuelVerdict | None,
    found: tuple[Difference, ...],
    where: str,
    cause: str | None = None,
) -> list[str]:
    """What the duel came to, in a few lines for people.

    Args:
        called: left's and right's short and full name.
        verdict: on its whole rounds; None: there is none.
        found: what differs between the two.
        where: the duel's directory.
        cause: why it was cut short; None: it was not.
    """
    names = Names(*(short for short, _ in called))
    cut_short = [] if cause is None else [("cut short", cause)]
    figures = [] if verdict is None else _verdict_rows(verdict, names)
    who = [(short, full) for short, full in called if full != short]
    rows = [*who, *cut_short, *figures, *_difference_rows(found, names), ("saved", where)]
    width = max(13, *(len(name) for name, _ in rows))
    return [f"{name:<{width}} {value}" for name, value in rows]


def _verdict_rows(verdict: DuelVerdict, names: Names) -> list[tuple[str, str]]:
    """Every figure, the winner's first, and in words what it says."""

    def row(pair: Pair, unit: str, digits: int, words: str, note: str = "") -> str:
        sides = SIDES if winner_first(verdict.equal_agents)[0] == "left" else SIDES[::-1]
        values = [(side, pair.left if side == "left" else pair.right) for side in sides]
        if all(value is None for _, value in values):
            return "n/a"
        figures = [f"{names.of(side)} {_figure(value, unit, digits)}" for side, value in values]
        return ", ".join(figures) + note + (f": {words}" if words else "")

    ttft, tpot, joule = verdict.ttft_ms, verdict.tpot_ms, verdict.tokens_per_joule
    load = f" (median at {verdict.load} agents or more)"
    whole = larger_words(verdict.throughput, names, "is {} × as fast over the whole run")
    per_token = larger_words(tpot, names, "takes {} × longer per token")
    return [
        ("verdict", verdict_sentence(verdict, names)),
        *([("runs", _runs(verdict))] if verdict.rounds > 1 else []),
        ("best second", _faster(verdict.peak, names)),
        ("throughput", row(verdict.throughput, "tok/s", 0, whole)),
        ("TTFT", row(ttft, "ms", 0, waiting_words(ttft, names) or silent_words(verdict, names), load)),
        ("TPOT", row(tpot, "ms", 1, per_token, load)),
        ("energy", row(joule, "tokens/J", 2, energy_words(joule, names))),
    ]


def _figure(value: float | None, unit: str, digits: int) -> str:
    return "n/a" if value is None else f"{value:,.{digits}f} {unit}"


def _faster(ratio: Ratio, names: Names) -> str:
    if ratio.mean is None:
        return "n/a"
    faster, shown_ratio = winner_first(ratio)
    return f"{names.of(faster)} is {ratio_words(shown_ratio)} as fast"


def _runs(verdict: DuelVerdict) -> str:
    """How many runs the ratio is of; a round in which a side made nothing has none."""
    compared = len(verdict.equal_agents.rounds)
    words = f"{compared} run{'s' * (compared != 1)} each"
    left_out = verdict.rounds - compared
    return f"{words}; {left_out} more had nothing to compare" if left_out else words


def _difference_rows(found: tuple[Difference, ...], names: Names) -> list[tuple[str, str]]:
    """Those that a person would name; how many more there are."""
    words = difference_words(found, names)
    if minor := len(found) - len(shown(found)):
        words.append(f"and {minor} minor one{'s' * (minor != 1)}, in duel.json")
    rows = list(zip(["differs", *[""] * len(words)], words, strict=False))
    if work := unfair(found):
        rows.append(("fair?", f"the two did not do the same work (different {', '.join(each.name for each in work)})"))
    return rows

"""A duel in words: how it stands in a line, and its end as a table."""

from stress.duel.differences import Difference, unfair
from stress.duel.lead import Lead
from stress.duel.snapshot import DuelSnapshot, SideView
from stress.duel.verdict import DuelVerdict, Pair, Ratio
from stress.units import format_duration


def standing_words(lead: Lead) -> str:
    """`LEFT/RIGHT 3.42 × now, LEFT leads since 0:12`; empty before both have run."""
    parts = []
    if lead.ratio is not None:
        parts.append(f"LEFT/RIGHT {lead.ratio:.2f} × now")
    if lead.tokens_ratio is not None:
        parts.append(f"{lead.tokens_ratio:.2f} × so far")
    if lead.leader is not None and lead.since is not None:
        parts.append(f"{lead.leader.upper()} leads since {format_duration(lead.since)}")
    return ", ".join(parts)


def duel_line(picture: DuelSnapshot) -> str:
    """The duel in one line: both sides' load, rate and latency over the last seconds."""
    running = picture.running
    phase = "start" if running is None else running.sample.phase
    parts = [f"{format_duration(picture.clock):>5} {phase:<5}"]
    if picture.rounds > 1:
        parts.append(f"round {picture.round}/{picture.rounds}")
    parts += [_side("LEFT", picture.left), _side("RIGHT", picture.right)]
    return " | ".join(part for part in (*parts, standing_words(picture.lead)) if part)


def _side(name: str, view: SideView) -> str:
    if view.snapshot is None:
        return f"{name} {view.note}"
    sample = view.snapshot.sample
    ttft = "n/a" if sample.ttft_ms.p50 is None else f"{sample.ttft_ms.p50:,.0f} ms"
    gpus = " ".join("n/a" if gpu.util is None else f"{gpu.util:.0f}%" for gpu in sample.gpus)
    shown = f"{name} {sample.agents} agents {sample.tok_s:,.0f} tok/s TTFT p50 {ttft}"
    notes = ", ".join(note for note in (view.note, "done" if view.over else "") if note)
    return f"{shown}{f' GPU {gpus}' if gpus else ''}{f' ({notes})' if notes else ''}"


def verdict_table(
    left: str,
    right: str,
    verdict: DuelVerdict | None,
    found: tuple[Difference, ...],
    where: str,
    cause: str | None = None,
) -> list[str]:
    """What the duel came to, in a few lines for people; `where` is its directory, `cause` why it was cut short."""
    cut_short = [] if cause is None else [("cut short", cause)]
    figures = [] if verdict is None else _verdict_rows(verdict)
    rows = [("LEFT", left), ("RIGHT", right), *cut_short, *figures, *_difference_rows(found), ("saved", where)]
    return [f"{name:<13} {value}" for name, value in rows]


def verdict_sentence(verdict: DuelVerdict) -> str:
    """Who won, by how much, and how sure that is."""
    ratio = verdict.equal_agents
    if ratio.mean is None:
        return "No verdict: the sides never made tokens with the same number of agents."
    at = "at equal agents"
    if verdict.leader is None:
        words = "Even" if verdict.even else "Not decided, more --runs would tell"
        return f"{words}: LEFT makes {ratio_words(ratio)} of RIGHT's tokens a second {at}."
    ahead, behind = ("LEFT", "RIGHT") if verdict.leader == "left" else ("RIGHT", "LEFT")
    shown = ratio if verdict.leader == "left" else turned(ratio)
    doubt = "" if verdict.sure else "; one run each: --runs 3 tells how sure that is"
    return f"{ahead} makes {ratio_words(shown)} {behind}'s tokens a second {at}{doubt}."


def turned(ratio: Ratio) -> Ratio:
    """Right over left."""
    if ratio.mean is None:
        return ratio
    low, high = ratio.low, ratio.high
    return Ratio(
        mean=1 / ratio.mean,
        low=None if high is None else 1 / high,
        high=None if low is None else 1 / low,
        rounds=tuple(1 / value for value in ratio.rounds),
    )


def ratio_words(ratio: Ratio) -> str:
    """`3.42 × (95 %: 3.20 to 3.66)`."""
    if ratio.mean is None:
        return "n/a"
    interval = "" if ratio.low is None or ratio.high is None else f" (95 %: {ratio.low:.2f} to {ratio.high:.2f})"
    return f"{ratio.mean:.2f} ×{interval}"


def _verdict_rows(verdict: DuelVerdict) -> list[tuple[str, str]]:
    return [
        ("verdict", verdict_sentence(verdict)),
        ("equal agents", f"LEFT/RIGHT {ratio_words(verdict.equal_agents)}, {_runs(verdict, verdict.equal_agents)}"),
        ("peak", f"LEFT/RIGHT {ratio_words(verdict.peak)}, best second, {_runs(verdict, verdict.peak)}"),
        ("throughput", _pair(verdict.throughput, "tok/s", 0)),
        ("TTFT", f"{_pair(verdict.ttft_ms, 'ms', 0)}, median from {verdict.load} agents on{_silent(verdict)}"),
        ("TPOT", f"{_pair(verdict.tpot_ms, 'ms', 1)}, likewise"),
        ("energy", _pair(verdict.tokens_per_joule, "tokens/J", 2)),
    ]


def _silent(verdict: DuelVerdict) -> str:
    """What it means that a side has no latency at that load."""
    sides = (("LEFT", verdict.ttft_ms.left), ("RIGHT", verdict.ttft_ms.right))
    silent = [side for side, value in sides if value is None]
    return f"; {' and '.join(silent)} answered nothing asked there" if silent else ""


def _runs(verdict: DuelVerdict, ratio: Ratio) -> str:
    """How many runs a ratio is of; a round in which a side made nothing has none."""
    words = f"{len(ratio.rounds)} run{'s' * (len(ratio.rounds) != 1)} each"
    left_out = verdict.rounds - len(ratio.rounds)
    return f"{words}; {left_out} more had nothing to compare" if left_out else words


def _pair(pair: Pair, unit: str, digits: int) -> str:
    left, right = ("n/a" if value is None else f"{value:,.{digits}f}" for value in (pair.left, pair.right))
    ratio = "" if pair.ratio is None else f" ({pair.ratio:.2f} ×)"
    return f"{left} : {right} {unit}{ratio}"


def _difference_rows(found: tuple[Difference, ...]) -> list[tuple[str, str]]:
    words = [f"{difference.name}: {difference.left} : {difference.right}" for difference in found]
    rows = list(zip(["differs", *[""] * len(found)], words, strict=False))
    if work := unfair(found):
        names = ", ".join(difference.name for difference in work)
        rows.append(("fair?", f"the work itself was not the same on both sides ({names})"))
    return rows

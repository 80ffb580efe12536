"""A duel in words: its headline, how it stands in a line, and its verdict as a sentence.

The winner comes first everywhere, so every ratio is above 1 and says in words of what it is.
"""

import msgspec

from stress.duel.differences import Difference, shown
from stress.duel.lead import SideName
from stress.duel.snapshot import DuelSnapshot, SideView
from stress.duel.verdict import DuelVerdict, Pair, Ratio
from stress.units import format_duration

EQUAL = "as fast at equal agents"
"""Of what the one ratio is that counts."""
_ONE_EACH = "one run each: --runs 3 shows how certain that is"


class Headline(msgspec.Struct, frozen=True, kw_only=True):
    """What a viewer must see of a duel."""

    leader: SideName | None
    """Whose colour it has; None: nobody leads."""
    title: str
    """`vLLM LEADS`."""
    ratio: float | None = None
    """How many times as fast the leader is at equal agents; None where that can't be told yet."""
    meaning: str
    """What the number says, to stand behind `×`; without a number, what is missing."""
    more: tuple[str, ...] = ()
    """Short lines to go with it, the most important first."""

    @property
    def number(self) -> str:
        """`3.42`: the ratio in three digits; empty without one."""
        return "" if self.ratio is None else ratio_digits(self.ratio)


class Names(msgspec.Struct, frozen=True):
    """What the two sides are called in short."""

    left: str
    right: str

    def of(self, side: SideName) -> str:
        """Left's or right's."""
        return self.left if side == "left" else self.right


def names_of(picture: DuelSnapshot) -> Names:
    """Both sides' short names."""
    return Names(picture.left.short_name, picture.right.short_name)


def headline(picture: DuelSnapshot) -> Headline:
    """Who leads and by how much: so far, after the rounds that are over, or at the end."""
    verdict, names = picture.verdict, names_of(picture)
    if verdict is None:
        return _live(picture, names)
    if is_over(picture):
        return _final(verdict, names)
    now = _live(picture, names)
    this = [f"this run so far: {now.title.lower()}"]
    if now.number:
        this = [f"this run so far: {f'{names.of(now.leader)} ' if now.leader else ''}{now.number} ×"]
    before = _final(verdict, names)
    title = before.title if before.leader is None else f"{names.of(before.leader)} LEADS"
    meaning = f"{EQUAL}, after {verdict.rounds} of {picture.rounds} runs each"
    return msgspec.structs.replace(before, title=title, meaning=meaning, more=tuple(this))


def is_over(picture: DuelSnapshot) -> bool:
    """Every round is over, and the verdict is on all of them."""
    running = picture.running
    last = picture.verdict is not None and picture.round == picture.rounds
    return last and (running is None or running.sample.phase == "done")


def standing_words(picture: DuelSnapshot) -> str:
    """`vLLM leads, 3.42 × as fast at equal agents so far`; empty before both have run."""
    now = _live(picture, names_of(picture))
    if now.leader is None:
        return f"even: {now.number} × {now.meaning}" if now.number else ""
    by = f"{now.number} × {now.meaning}" if now.number else now.meaning
    return f"{names_of(picture).of(now.leader)} leads, {by}"


def duel_line(picture: DuelSnapshot) -> str:
    """The duel in one line: both sides' load, rate and latency over the last seconds."""
    running = picture.running
    phase = "start" if running is None else running.sample.phase
    parts = [f"{format_duration(picture.clock):>5} {phase:<5}"]
    if picture.rounds > 1:
        parts.append(f"round {picture.round}/{picture.rounds}")
    names = names_of(picture)
    parts += [_side(names.left, picture.left), _side(names.right, picture.right)]
    return " | ".join(part for part in (*parts, standing_words(picture)) if part)


def duel_title(picture: DuelSnapshot) -> str:
    """Who is in it, by their full names."""
    return f"{picture.left.full_name}  against  {picture.right.full_name}"


def difference_words(found: tuple[Difference, ...], names: Names) -> list[str]:
    """What a person would name, each with both values: `version 0.24.0 : b1`; first which value is whose."""
    told = [each for each in shown(found) if (each.left, each.right) != (names.left, names.right)]
    whose = [f"{names.left} : {names.right}"] if told else []
    return whose + [f"{each.name} {each.left} : {each.right}" for each in told]


def verdict_sentence(verdict: DuelVerdict, names: Names) -> str:
    """Who won, by how much, and how sure that is."""
    ratio = verdict.equal_agents
    if ratio.mean is None:
        return "No verdict: the two sides never made tokens at the same number of agents."
    faster, shown_ratio = winner_first(ratio)
    fact = f"{names.of(faster)} is {ratio_words(shown_ratio)} as fast as {names.of(_other(faster))} at equal agents"
    if verdict.leader is None and verdict.even:
        return f"Even: {fact}."
    if verdict.leader is None:
        return f"Not significant: the intervals overlap. So far, {fact}; more --runs can decide it."
    doubt = "" if verdict.sure else f"; {_ONE_EACH}"
    return f"{fact}{doubt}."


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
    interval = _interval(ratio)
    return f"{ratio_digits(ratio.mean)} ×{f' ({interval})' if interval else ''}"


def ratio_digits(ratio: float) -> str:
    """Three digits, so that the number does not jump about."""
    return f"{ratio:,.{ratio_places(ratio)}f}"


def ratio_places(ratio: float) -> int:
    """How many of them stand after the point."""
    return 2 if ratio < 9.995 else 1 if ratio < 99.95 else 0


def _interval(ratio: Ratio) -> str:
    if ratio.low is None or ratio.high is None:
        return ""
    return f"95 %: {ratio_digits(ratio.low)} to {ratio_digits(ratio.high)}"


def _live(picture: DuelSnapshot, names: Names) -> Headline:
    """How it stands so far, from both runs."""
    lead = picture.lead
    if lead.ratio is None and lead.leader is None:
        return Headline(leader=None, title="NO RATIO YET", meaning="both must run for some seconds")
    so_far = "" if _measured(picture.left) and _measured(picture.right) else " so far"
    if lead.leader is None:
        return Headline(leader=None, title="EVEN", ratio=lead.ratio, meaning=f"{EQUAL}{so_far}")
    meaning = (
        f"{EQUAL}{so_far}" if lead.ratio is not None else f"{names.of(_other(lead.leader))} has made no tokens yet"
    )
    more = []
    if lead.tokens_ratio is not None:
        over = _is_done(picture.left) and _is_done(picture.right)
        more.append(f"{ratio_digits(lead.tokens_ratio)} × the tokens{'' if over else ' so far'}")
    if lead.since is not None:
        more.append("ahead from the start" if lead.since < 1 else f"ahead since {format_duration(lead.since)}")
    title = f"{names.of(lead.leader)} LEADS"
    return Headline(leader=lead.leader, title=title, ratio=lead.ratio, meaning=meaning, more=tuple(more))


def _measured(view: SideView) -> bool:
    """Its ramp is over: what it makes now no longer counts."""
    return view.snapshot is not None and view.snapshot.sample.phase in ("drain", "done")


def _is_done(view: SideView) -> bool:
    """No more tokens come."""
    return view.snapshot is not None and view.snapshot.sample.phase == "done"


def _final(verdict: DuelVerdict, names: Names) -> Headline:
    """The verdict."""
    ratio, leader = verdict.equal_agents, verdict.leader
    if ratio.mean is None:
        return Headline(leader=None, title="NO VERDICT", meaning="never the same number of agents")
    title = "EVEN" if verdict.even else "NOT SIGNIFICANT"
    if leader is not None:
        title = f"{names.of(leader)} {'WINS' if verdict.sure else 'LEADS'}"
    _, shown_ratio = winner_first(ratio)
    runs = _ONE_EACH if verdict.rounds == 1 else f"{verdict.rounds} runs each"
    surely = ", ".join(filter(None, (_interval(ratio if shown_ratio is ratio else shown_ratio), runs)))
    overlap = ["the intervals overlap"] if leader is None and not verdict.even else []
    return Headline(
        leader=leader,
        title=title,
        ratio=shown_ratio.mean,
        meaning=EQUAL,
        more=(*overlap, surely, *_others(verdict, names)),
    )


def _others(verdict: DuelVerdict, names: Names) -> list[str]:
    """The other ratios, a short line each."""
    lines = []
    if verdict.peak.mean is not None:
        faster, peak = winner_first(verdict.peak)
        who = "" if faster == verdict.leader else f"{names.of(faster)} "
        lines.append(f"best second: {who}{ratio_digits(peak.mean or 0.0)} ×")
    waits = waiting_words(verdict.ttft_ms, names) or silent_words(verdict, names)
    lines += filter(None, (waits, energy_words(verdict.tokens_per_joule, names)))
    return lines


def waiting_words(pair: Pair, names: Names) -> str:
    """Who waits longer for first tokens, of both sides' TTFT; empty where they can't be compared."""
    return larger_words(pair, names, "waits {} × longer")


def energy_words(pair: Pair, names: Names) -> str:
    """Who makes more of a joule, of both sides' tokens per joule; empty where they can't be compared."""
    return larger_words(pair, names, "gets {} × the tokens per joule")


def larger_words(pair: Pair, names: Names, words: str) -> str:
    """What it means that a side's figure is so many times the other's; empty where they can't be compared."""
    if not pair.left or not pair.right:
        return ""
    side: SideName = "left" if pair.left >= pair.right else "right"
    return f"{names.of(side)} {words.format(ratio_digits(max(pair.left / pair.right, pair.right / pair.left)))}"


def winner_first(ratio: Ratio) -> tuple[SideName, Ratio]:
    """Who has more, and how many times as much; without a mean it is the left side."""
    return ("right", turned(ratio)) if ratio.mean is not None and ratio.mean < 1 else ("left", ratio)


def _other(side: SideName) -> SideName:
    return "right" if side == "left" else "left"


def _side(name: str, view: SideView) -> str:
    if view.snapshot is None:
        return f"{name}: {view.note or 'starting'}"
    sample = view.snapshot.sample
    if (whole := view.snapshot.whole) is not None:  # its last moments would say nothing of its run
        return f"{name}: done after {format_duration(whole.duration)}, {sample.output_tokens:,} tokens"
    ttft = "n/a" if sample.ttft_ms.p50 is None else f"{sample.ttft_ms.p50:,.0f} ms"
    gpus = " ".join("n/a" if gpu.util is None else f"{gpu.util:.0f}%" for gpu in sample.gpus)
    figures = f"{name}: {sample.agents} agents, {sample.tok_s:,.0f} tok/s, TTFT p50 {ttft}"
    return f"{figures}{f', GPU {gpus}' if gpus else ''}{f' ({view.note})' if view.note else ''}"


def silent_words(verdict: DuelVerdict, names: Names) -> str:
    """What it means that a side has no latency under load."""
    sides = ((names.left, verdict.ttft_ms.left), (names.right, verdict.ttft_ms.right))
    silent = [side for side, value in sides if value is None]
    return f"{' and '.join(silent)} answered no request at {verdict.load} agents or more" if silent else ""

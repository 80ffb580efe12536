"""What a duel's results card says."""

from collections.abc import Sequence

import msgspec

from stress.duel.snapshot import DuelSnapshot, SideView
from stress.duel.verdict import DuelVerdict, Ratio
from stress.fold.snapshot import Snapshot
from stress.runs.handle import Ending
from tui import numbers
from tui.panels.results import Fact, Figure, Plot, Results
from tui.results import ENERGY, KNEE, LATENCY, LIMIT, STATES, cause, run_results, saved, subtitle, time_words


def duel_results(ending: Ending, picture: DuelSnapshot) -> Results | None:
    """The card of a duel that has ended so; of a run beside its ghost that run's; None where nothing came of it."""
    running, verdict, sides = picture.running, picture.verdict, (picture.left, picture.right)
    if verdict is None and ending.summary is not None:
        return None if running is None else run_results(ending, running)
    ran = [view.snapshot for view in sides if view.snapshot is not None and view.snapshot.sample.output_tokens]
    if not ran:
        return None
    names = _short(picture.left), _short(picture.right)
    return Results(
        command="duel",
        title=" against ".join(map(_name, sides)),
        short_title=" against ".join(names),
        subtitle=subtitle(ran[0].about, ran[0].sample.gpus),
        seconds=picture.clock,
        state=STATES.get(ending.state, ending.state),
        figures=(_ratio(picture, names), *_rates(picture, names)),
        plots=tuple(
            Plot(_alone(view.snapshot), _name(view), colour, _short(view))
            for view, colour in zip(sides, ("tokens", "agents"), strict=True)
            if view.snapshot is not None
        ),
        facts=(*cause(ending), *(_facts(picture, verdict, names) if verdict else ()), saved(ending)),
    )


def _alone(snapshot: Snapshot) -> Snapshot:
    """Without its ghost: the other side's curve is beside it."""
    return msgspec.structs.replace(snapshot, about=msgspec.structs.replace(snapshot.about, ghost=None))


def _name(view: SideView) -> str:
    return view.name or view.words


def _short(view: SideView) -> str:
    return view.short or _name(view)


def _ratio(picture: DuelSnapshot, names: tuple[str, str]) -> Figure:
    """How many times as fast the leader is at equal agents: of the verdict, or without one so far."""
    verdict, lead = picture.verdict, picture.lead
    leader, ratio, at = lead.leader, lead.ratio, "at equal agents so far"
    if verdict is not None:
        leader, ratio, at = verdict.leader, verdict.equal_agents.mean, "at equal agents"
        ratio = 1 / ratio if ratio and (leader == "right" or ratio < 1) else ratio
    behind = leader == "right"
    digits = 2 if ratio is not None and ratio < 9.995 else 1 if ratio is not None and ratio < 99.95 else 0
    colour, (first, second) = ("agents", names[::-1]) if behind else ("tokens", names)
    if leader is None:
        return Figure(ratio, "×", f"{at} · no clear winner", "muted", digits)
    return Figure(ratio, f"× as fast as {second}", f"{first} · {at}", colour, digits)


def _rates(picture: DuelSnapshot, names: tuple[str, str]) -> tuple[Figure, Figure]:
    verdict, figures = picture.verdict, []
    for view, name, colour in zip((picture.left, picture.right), names, ("tokens", "agents"), strict=True):
        value = None if view.snapshot is None else view.snapshot.sample.tok_s
        if verdict is not None:
            value = verdict.throughput.left if colour == "tokens" else verdict.throughput.right
        over = verdict is not None or view.over
        figures.append(Figure(value, "tok/s", f"{name} · {'whole run' if over else 'its last seconds'}", colour))
    return figures[0], figures[1]


def _facts(picture: DuelSnapshot, verdict: DuelVerdict, names: tuple[str, str]) -> list[Fact]:
    facts = [Fact("VERDICT", _verdict(verdict, names), LIMIT, "warn")]
    whole = [view.snapshot.sample if view.snapshot else None for view in (picture.left, picture.right)]
    waits = verdict.ttft_ms.left, verdict.ttft_ms.right
    when = f"median at {verdict.load} agents or more"
    if None in waits:  # a side that answers late may have answered nothing that was asked at that load
        waits = tuple(sample.ttft_ms.p50 if sample else None for sample in whole)  # type: ignore[assignment]
        when = "median of the whole run"
    facts.append(Fact("TTFT", f"{_both(names, [time_words(wait) for wait in waits])}: {when}", LATENCY))
    gaps = [time_words(sample.itl_ms.p50 if sample else None) for sample in whole]
    facts.append(Fact("ITL", f"{_both(names, gaps)} between tokens: median of the whole run", KNEE))
    energy = verdict.tokens_per_joule
    if energy.left is not None or energy.right is not None:
        per_joule = [numbers.NOT_KNOWN if value is None else f"{value:.2f}" for value in (energy.left, energy.right)]
        facts.append(Fact("ENERGY", f"{_both(names, per_joule)} tokens/J", ENERGY))
    return facts


def _both(names: tuple[str, str], values: Sequence[str]) -> str:
    return ", ".join(f"{name} {value}" for name, value in zip(names, values, strict=True))


def _verdict(verdict: DuelVerdict, names: tuple[str, str]) -> str:
    runs = f"{verdict.rounds} run{'s' * (verdict.rounds != 1)} each"
    if verdict.equal_agents.mean is None:
        return "There is nothing to compare at equal agents"
    if verdict.leader is None:
        return f"Not decided: {_interval(verdict.equal_agents)}{runs}"
    winner = names[0] if verdict.leader == "left" else names[1]
    sure = "wins" if verdict.sure else "is ahead"
    return f"{winner} {sure} at equal agents, {_interval(verdict.equal_agents)}{runs}"


def _interval(ratio: Ratio) -> str:
    if ratio.mean is None or ratio.low is None or ratio.high is None:
        return ""
    low, high = (1 / ratio.high, 1 / ratio.low) if ratio.mean < 1 else (ratio.low, ratio.high)
    return f"95 % interval {low:.2f} to {high:.2f} ×, "

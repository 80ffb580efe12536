"""What a duel's results card says."""

from stress.duel.snapshot import DuelSnapshot, SideView
from stress.duel.verdict import DuelVerdict, Ratio
from stress.runs.handle import Ending
from tui import numbers
from tui.panels.results import Fact, Figure, Plot, Results
from tui.results import LATENCY, LIMIT, STATES, WORK, cause, machine, run_results, saved


def duel_results(ending: Ending, picture: DuelSnapshot) -> Results | None:
    """The card of a duel that has ended so; of a run beside its ghost that run's; None where nothing came of it."""
    left, right, verdict = picture.left.snapshot, picture.right.snapshot, picture.verdict
    ghost = picture.left.note == "ghost" and ending.summary is not None and verdict is None
    if left is None or right is None or ghost:
        running = picture.running
        return None if running is None else run_results(ending, running)
    names = _short(picture.left), _short(picture.right)
    return Results(
        command="duel",
        title=" against ".join(map(_name, (picture.left, picture.right))),
        subtitle=" · ".join(
            part for part in (machine(left.sample.gpus), left.about.scenario, left.about.plan.text) if part
        ),
        seconds=picture.clock,
        state=STATES.get(ending.state, ending.state),
        figures=(_ratio(picture, names), *_rates(picture, names)),
        plots=(Plot(left, _name(picture.left), "tokens"), Plot(right, _name(picture.right), "agents")),
        facts=(*cause(ending), *(_facts(verdict, names) if verdict else ()), saved(ending)),
    )


def _name(view: SideView) -> str:
    return view.name or view.words


def _short(view: SideView) -> str:
    return view.short or _name(view)


def _ratio(picture: DuelSnapshot, names: tuple[str, str]) -> Figure:
    """How many times the loser's tokens the winner makes: at equal agents, or so far."""
    verdict, lead = picture.verdict, picture.lead
    leader = lead.leader if verdict is None else verdict.leader
    ratio = lead.tokens_ratio if verdict is None else verdict.equal_agents.mean
    behind = ratio is not None and (leader == "right" or (leader is None and ratio < 1))
    if behind and ratio:
        ratio = 1 / ratio
    at = "tokens so far" if verdict is None else "at equal agents"
    first, second = names[::-1] if behind else names
    words = f"{at}: no clear winner" if leader is None else f"{first} is so much faster than {second}, {at}"
    digits = 2 if ratio is not None and ratio < 9.995 else 1 if ratio is not None and ratio < 99.95 else 0
    return Figure(ratio, "× as fast" if leader else "×", words, "agents" if behind else "tokens", digits)


def _rates(picture: DuelSnapshot, names: tuple[str, str]) -> tuple[Figure, Figure]:
    verdict, figures = picture.verdict, []
    for view, name, colour in zip((picture.left, picture.right), names, ("tokens", "agents"), strict=True):
        value = None if view.snapshot is None else view.snapshot.sample.tok_s
        if verdict is not None:
            value = verdict.throughput.left if colour == "tokens" else verdict.throughput.right
        figures.append(Figure(value, "tok/s", f"{name}, whole run", colour))
    return figures[0], figures[1]


def _facts(verdict: DuelVerdict, names: tuple[str, str]) -> list[Fact]:
    facts = [Fact("VERDICT", _verdict(verdict, names), LIMIT, "warn")]
    waits = [_pair(verdict.ttft_ms.left, verdict.ttft_ms.right, "ms"), f"at {verdict.load} agents and more"]
    facts.append(Fact("TTFT", f"{waits[0]}, {waits[1]}", LATENCY))
    facts.append(
        Fact("TPOT", f"{_pair(verdict.tpot_ms.left, verdict.tpot_ms.right, 'ms')}, once they answer", LATENCY + 1)
    )
    energy = verdict.tokens_per_joule
    if energy.left is not None or energy.right is not None:
        left, right = (numbers.NOT_KNOWN if value is None else f"{value:.2f}" for value in (energy.left, energy.right))
        facts.append(Fact("ENERGY", f"{left} against {right} tokens/J", WORK))
    return facts


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


def _pair(left: float | None, right: float | None, unit: str) -> str:
    return f"{numbers.milliseconds(left)} against {numbers.milliseconds(right)} {unit}"

"""What a duel's results card says."""

from collections.abc import Sequence

from stress.duel.snapshot import DuelSnapshot
from stress.duel.verdict import DuelVerdict
from stress.runs.handle import Ending
from stress.view.duel_words import Headline, Names, headline, names_of, ratio_places, verdict_sentence
from tui import numbers
from tui.panels.results import Fact, Figure, Plot, Results
from tui.results import ENERGY, KNEE, LATENCY, LIMIT, STATES, cause, run_results, saved, subtitle


def duel_results(ending: Ending, picture: DuelSnapshot) -> Results | None:
    """The card of a duel that has ended so; of a run beside its ghost that run's; None where nothing came of it."""
    running, verdict, sides = picture.running, picture.verdict, (picture.left, picture.right)
    if verdict is None and ending.summary is not None:
        return None if running is None else run_results(ending, running)
    ran = [view.snapshot for view in sides if view.snapshot is not None and view.snapshot.sample.output_tokens]
    if not ran:
        return None
    names = names_of(picture)
    return Results(
        command="duel",
        title=" against ".join(view.full_name for view in sides),
        short_title=" against ".join((names.left, names.right)),
        subtitle=subtitle(ran[0].about, ran[0].sample.gpus),
        seconds=picture.clock,
        state=STATES.get(ending.state, ending.state),
        figures=(_ratio(headline(picture), names), *_rates(picture, names)),
        plots=tuple(
            Plot(view.snapshot, view.full_name, colour, view.short_name)
            for view, colour in zip(sides, ("tokens", "agents"), strict=True)
            if view.snapshot is not None
        ),
        facts=(*cause(ending), *(_facts(picture, verdict, names) if verdict else ()), saved(ending)),
    )


def _ratio(told: Headline, names: Names) -> Figure:
    """How many times as fast the leader is at equal agents, as the duel's own screen has it."""
    when, digits = told.meaning.removeprefix("as fast "), 0 if told.ratio is None else ratio_places(told.ratio)
    if told.leader is None:
        return Figure(told.ratio, "×", when if told.ratio is None else f"{when} · no clear winner", "muted", digits)
    colour, slower = ("tokens", names.right) if told.leader == "left" else ("agents", names.left)
    return Figure(told.ratio, f"× as fast as {slower}", f"{names.of(told.leader)} · {when}", colour, digits)


def _rates(picture: DuelSnapshot, names: Names) -> tuple[Figure, Figure]:
    verdict, figures = picture.verdict, []
    for view, name, colour in zip(
        (picture.left, picture.right), (names.left, names.right), ("tokens", "agents"), strict=True
    ):
        value = None if view.snapshot is None else view.snapshot.sample.tok_s
        if verdict is not None:
            value = verdict.throughput.left if colour == "tokens" else verdict.throughput.right
        over = verdict is not None or view.over
        figures.append(Figure(value, "tok/s", f"{name} · {'whole run' if over else 'its last seconds'}", colour))
    return figures[0], figures[1]


def _facts(picture: DuelSnapshot, verdict: DuelVerdict, names: Names) -> list[Fact]:
    facts = [Fact("VERDICT", _verdict(verdict, names), LIMIT, "warn", headline(picture).title)]
    whole = [view.snapshot.sample if view.snapshot else None for view in (picture.left, picture.right)]
    waits = verdict.ttft_ms.left, verdict.ttft_ms.right
    when = f"median at {verdict.load} agents or more"
    if None in waits:  # a side that answers late may have answered nothing that was asked at that load
        waits = tuple(sample.ttft_ms.p50 if sample else None for sample in whole)  # type: ignore[assignment]
        when = "median of the whole run"
    facts.append(Fact("TTFT", f"{_both(names, [numbers.latency(wait) for wait in waits])}: {when}", LATENCY))
    gaps = [numbers.latency(sample.itl_ms.p50 if sample else None) for sample in whole]
    facts.append(Fact("ITL", f"{_both(names, gaps)} between tokens: median of the whole run", KNEE))
    energy = verdict.tokens_per_joule
    if energy.left is not None or energy.right is not None:
        per_joule = [numbers.NOT_KNOWN if value is None else f"{value:.2f}" for value in (energy.left, energy.right)]
        facts.append(Fact("ENERGY", f"{_both(names, per_joule)} tokens/J", ENERGY))
    return facts


def _both(names: Names, values: Sequence[str]) -> str:
    return ", ".join(f"{name} {value}" for name, value in zip((names.left, names.right), values, strict=True))


def _verdict(verdict: DuelVerdict, names: Names) -> str:
    runs = f" {verdict.rounds} runs each." if verdict.rounds > 1 else ""
    return verdict_sentence(verdict, names) + runs

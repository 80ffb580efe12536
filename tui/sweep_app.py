"""The end of a sweep: its results card, alone."""

from dataclasses import replace
from typing import Any, ClassVar

from textual.binding import BindingType

from stress.privacy.redactor import masked
from stress.runs.handle import Ending
from stress.sweep.ended import EndedSweep
from stress.sweep.results import PointResult, best, conclusions
from tui import numbers
from tui.actions import CLOSE, HELP, PICTURE, SAFE, THEME, Action, bindings
from tui.app import StressApp
from tui.panels.panel import Panel
from tui.panels.results import Bar, Fact, Figure, Results
from tui.results import saved


class SweepApp(StressApp, inherit_bindings=False):
    """Shows what a sweep came to until its viewer leaves."""

    run_handle: EndedSweep
    TITLE = "stress sweep"
    actions: ClassVar[tuple[Action, ...]] = (PICTURE, THEME, SAFE, *CLOSE, *HELP)
    BINDINGS: ClassVar[list[BindingType]] = bindings(actions)

    def panels(self) -> tuple[Panel[Any], ...]:
        return ()

    def put_card_up(self, up: bool) -> None:
        """There is nothing below it."""
        super().put_card_up(True)

    def results(self, ending: Ending) -> Results | None:
        about = self.run_handle.snapshot().about
        redactor = self.redactor if self.viewing.safe else None
        points = masked(self.run_handle.results, redactor)
        return sweep_results(masked(about.name, redactor), masked(about.scenario, redactor), points, ending)


def sweep_results(name: str, work: str, points: tuple[PointResult, ...], ending: Ending) -> Results | None:
    """The card of a sweep; None where nothing was measured."""
    winner = best(points)
    if winner is None:
        return None
    said = conclusions(points)
    troubles = [f"{point.words}: {point.trouble}" for point in points if point.trouble]
    # A doubt has a line of its own: beside what it is about there may be no room for it.
    said = [part for text in said for part in _fact_and_doubt(text)]
    facts = [Fact("RESULT" if place == 0 else "", text, place) for place, text in enumerate(said)]
    facts += [Fact("FAILED", text, len(said), "warn") for text in troubles]
    if energy := _energy(winner):
        facts.append(Fact("ENERGY", energy, len(said) + 1))
    first = winner.runs[0]
    machine = f"{winner.gpus} × {first.gpu}" if first.gpu and winner.gpus else ""
    return Results(
        command="sweep",
        title=name,
        subtitle=" · ".join(part for part in (work, machine) if part),
        seconds=sum(run.duration for point in points for run in point.runs),
        figures=(_size(winner, points), _rate(winner), _gain(winner, points)),
        facts=(*facts, replace(saved(ending), rank=0)),
        bars=tuple(
            Bar(point.words, point.mean, f"{numbers.count(point.mean)} tok/s", best=point is winner) for point in points
        ),
    )


def _fact_and_doubt(text: str) -> list[str]:
    """`Best: np=1 …` and `Not significant: the 95 % intervals overlap.` of one sentence with the other in brackets."""
    fact, _, doubt = text.partition(" (")
    return [f"{fact}.", f"{doubt[:1].upper()}{doubt[1:].rstrip(').')}."] if doubt else [text]


def _size(winner: PointResult, points: tuple[PointResult, ...]) -> Figure:
    key, _, value = winner.words.partition("=")
    words = f"the best of {len(points)}"
    if value.isdecimal():
        return Figure(float(value), key, words, "agents")
    return Figure(None, "", words, "agents", text=winner.words)


def _rate(winner: PointResult) -> Figure:
    runs = f"mean of {len(winner.runs)} run{'s' * (len(winner.runs) != 1)}"
    spread = "" if winner.margin is None else f" · 95 %: ± {numbers.count(winner.margin)}"
    return Figure(winner.mean, "tok/s", runs + spread, "tokens")


def _gain(winner: PointResult, points: tuple[PointResult, ...]) -> Figure:
    """Over the first size that was tried; where that is the best, over the next best."""
    others = [point for point in points if point is not winner and point.mean]
    other = others[0] if others and points[0] is not winner else best(others)
    if other is None or not other.mean or not winner.mean:
        return Figure(None, "×", "nothing to compare with", "muted")
    ratio = winner.mean / other.mean
    return Figure(ratio, f"× as fast as {other.words}", f"{numbers.count(other.mean)} tok/s", "waiting", digits=2)


def _energy(winner: PointResult) -> str:
    per_joule = [run.tokens_per_joule for run in winner.runs if run.tokens_per_joule is not None]
    prices = [run.per_million for run in winner.runs if run.per_million is not None]
    parts = [f"{sum(per_joule) / len(per_joule):.2f} tokens/J"] if per_joule else []
    parts += [f"costs {sum(prices) / len(prices):.3g} per million tokens"] if prices else []
    return " · ".join(parts)

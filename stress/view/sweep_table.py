"""A sweep's table and plot as plain text."""

from collections.abc import Sequence

from stress.sweep.results import PointResult, conclusions
from stress.text import visible

BAR = 40


def sweep_table(model: str, outcomes: Sequence[PointResult]) -> str:
    """Model / GPU / GPUs / avg tok/s with its spread, a plot, and what they say."""
    lines = [*_table(model, outcomes), "", *_plot(outcomes), "", *conclusions(outcomes)]
    lines += [f"{outcome.words}: {outcome.trouble}" for outcome in outcomes if outcome.trouble]
    return "\n".join(map(visible, lines))


def _table(model: str, outcomes: Sequence[PointResult]) -> list[str]:
    priced = any(run.per_million is not None for outcome in outcomes for run in outcome.runs)
    head = ["model", "point", "GPU", "GPUs", "runs", "avg tok/s", "± sd", "95 %", "per GPU", "tok/J"]
    rows = [head + ["per M tok"] * priced]
    for outcome in outcomes:
        first = outcome.runs[0] if outcome.runs else None
        energy = [run.tokens_per_joule for run in outcome.runs if run.tokens_per_joule is not None]
        prices = [run.per_million for run in outcome.runs if run.per_million is not None]
        row = [
            model,
            outcome.words,
            (first.gpu if first else None) or "n/a",
            str(outcome.gpus) if outcome.gpus else "n/a",
            str(len(outcome.runs)),
            _number(outcome.mean),
            _number(outcome.deviation),
            "n/a" if outcome.margin is None else f"± {outcome.margin:,.0f}",
            _number(outcome.per_gpu),
            f"{sum(energy) / len(energy):.2f}" if energy else "n/a",
        ]
        rows.append(row + [f"{sum(prices) / len(prices):.3g}" if prices else "n/a"] * priced)
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
    left = 3
    return [
        "  ".join(
            cell.ljust(width) if place < left else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]


def _plot(outcomes: Sequence[PointResult]) -> list[str]:
    """A bar for each point, from zero; `├─┤` is the range of its runs."""
    top = max((run.tok_s for outcome in outcomes for run in outcome.runs), default=0.0)
    width = max((len(outcome.words) for outcome in outcomes), default=0)
    lines = []
    for outcome in outcomes:
        if outcome.mean is None or top <= 0:
            lines.append(f"{outcome.words:<{width}}  n/a")
            continue
        cells = ["█" if place < round(BAR * outcome.mean / top) else " " for place in range(BAR + 1)]
        if len(outcome.runs) > 1:
            low, high = (round(BAR * pick(run.tok_s for run in outcome.runs) / top) for pick in (min, max))
            cells[low : high + 1] = "├" + "─" * max(0, high - low - 1) + "┤" if high > low else "┼"
        lines.append(f"{outcome.words:<{width}}  {''.join(cells).rstrip()}  {outcome.mean:,.0f} tok/s")
    return lines


def _number(value: float | None) -> str:
    return "n/a" if value is None else f"{value:,.0f}"

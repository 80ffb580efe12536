"""A sweep's table and plot as plain text."""

from collections.abc import Sequence

from stress.models.short_name import model_name
from stress.runs.naming import gpu_name
from stress.sweep.results import PointResult, conclusions
from stress.view.columns import columns

BAR = 40


def sweep_table(model: str, results: Sequence[PointResult]) -> list[str]:
    """Model, GPU, GPUs and average tok/s with its spread, a plot, and what they show."""
    troubles = [f"{result.words}: {result.trouble}" for result in results if result.trouble]
    return [*_table(model, results), "", *_plot(results), "", *conclusions(results), *troubles]


def _table(model: str, results: Sequence[PointResult]) -> list[str]:
    priced = any(run.per_million is not None for result in results for run in result.runs)
    head = ["model", "setting", "GPU", "GPUs", "runs", "avg tok/s", "± sd", "95 %", "tok/s per GPU", "tok/J"]
    rows = [head + ["cost per M tok"] * priced]
    for result in results:
        first = result.runs[0] if result.runs else None
        energy = [run.tokens_per_joule for run in result.runs if run.tokens_per_joule is not None]
        prices = [run.per_million for run in result.runs if run.per_million is not None]
        row = [
            model_name([model]) or "n/a",
            result.words,
            gpu_name(first.gpu) if first and first.gpu else "n/a",
            str(result.gpus) if result.gpus else "n/a",
            str(len(result.runs)),
            _number(result.mean),
            _number(result.deviation),
            "n/a" if result.margin is None else f"± {result.margin:,.0f}",
            _number(result.per_gpu),
            f"{sum(energy) / len(energy):.2f}" if energy else "n/a",
        ]
        rows.append(row + [f"{sum(prices) / len(prices):.3g}" if prices else "n/a"] * priced)
    return columns(rows, left=(0, 1, 2))


def _plot(results: Sequence[PointResult]) -> list[str]:
    """A bar for each point, from zero; `├─┤` is the range of its runs."""
    top = max((run.tok_s for result in results for run in result.runs), default=0.0)
    width = max((len(result.words) for result in results), default=0)
    lines = []
    for result in results:
        if result.mean is None or top <= 0:
            lines.append(f"{result.words:<{width}}  n/a")
            continue
        cells = ["█" if place < round(BAR * result.mean / top) else " " for place in range(BAR + 1)]
        if len(result.runs) > 1:
            low, high = (round(BAR * pick(run.tok_s for run in result.runs) / top) for pick in (min, max))
            cells[low : high + 1] = "├" + "─" * max(0, high - low - 1) + "┤" if high > low else "┼"
        lines.append(f"{result.words:<{width}}  {''.join(cells).rstrip()}  {result.mean:,.0f} tok/s")
    return lines


def _number(value: float | None) -> str:
    return "n/a" if value is None else f"{value:,.0f}"

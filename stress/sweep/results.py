"""What a sweep found: each point's runs, their mean and spread, and which point is best. Pure."""

import math
import statistics
from collections.abc import Sequence

import msgspec

from stress.stats.trend import student_t


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """One run of the work."""

    tok_s: float
    """Output tokens a second."""
    duration: float
    failed: int
    tokens_per_joule: float | None = None
    gpus: int = 0
    """GPUs that worked."""
    gpu: str | None = None
    """Their name."""
    per_million: float | None = None
    """What a million output tokens cost."""


class PointResult(msgspec.Struct, frozen=True, kw_only=True):
    """One point of the sweep."""

    words: str
    runs: tuple[Run, ...]
    trouble: str | None = None
    """Why it has no runs, or fewer than asked for."""

    @property
    def mean(self) -> float | None:
        """Output tokens a second, over the runs."""
        return statistics.fmean(run.tok_s for run in self.runs) if self.runs else None

    @property
    def deviation(self) -> float | None:
        """The runs' sample standard deviation; None for fewer than two."""
        return statistics.stdev(run.tok_s for run in self.runs) if len(self.runs) > 1 else None

    @property
    def margin(self) -> float | None:
        """Half the 95 % interval of the mean, by Student's t; None for fewer than two runs."""
        if self.deviation is None:
            return None
        return student_t(len(self.runs) - 1) * self.deviation / math.sqrt(len(self.runs))

    @property
    def gpus(self) -> int:
        """GPUs that worked."""
        return max((run.gpus for run in self.runs), default=0)

    @property
    def per_gpu(self) -> float | None:
        """Output tokens a second of each GPU; None where none is seen."""
        return self.mean / self.gpus if self.mean is not None and self.gpus else None


def best(results: Sequence[PointResult]) -> PointResult | None:
    """The point with the most tokens a second; None if none has a run."""
    measured = [result for result in results if result.mean is not None]
    return max(measured, key=lambda result: result.mean or 0.0, default=None)


def conclusions(results: Sequence[PointResult]) -> list[str]:
    """What the figures say, a sentence each: which is best and how surely, and where more GPUs were slower."""
    winner = best(results)
    if winner is None:
        return ["Nothing was measured."]
    said = [f"Best: {winner.words} with {winner.mean:,.0f} tok/s{_surely(winner, results)}."]
    said += _slower(results)
    efficient = max(
        (one for one in results if one.per_gpu is not None), key=lambda one: one.per_gpu or 0.0, default=None
    )
    if efficient is not None and efficient is not winner:
        said.append(f"Per GPU: {efficient.words} with {efficient.per_gpu:,.0f} tok/s each.")
    return said


def apart(one: PointResult, other: PointResult) -> bool | None:
    """The two means differ by more than both margins; None where a point has too few runs to tell."""
    if one.mean is None or other.mean is None or one.margin is None or other.margin is None:
        return None
    return abs(one.mean - other.mean) > one.margin + other.margin


def _surely(winner: PointResult, results: Sequence[PointResult]) -> str:
    second = best([result for result in results if result is not winner])
    if second is None:
        return ""
    by = f", {winner.mean / second.mean:.2f} × {second.words}" if winner.mean and second.mean else ""
    doubt = {
        True: "",
        False: " (not significant: the 95 % intervals overlap)",
        None: " (one run each, so the spread is unknown)",
    }
    return by + doubt[apart(winner, second)]


def _slower(results: Sequence[PointResult]) -> list[str]:
    """Where more GPUs made less, by the number of GPUs that worked."""
    measured = sorted((one for one in results if one.mean is not None and one.gpus), key=lambda one: one.gpus)
    said = []
    for fewer in measured:
        for more in measured:
            if more.gpus > fewer.gpus and (more.mean or 0.0) < (fewer.mean or 0.0) and apart(fewer, more) is not False:
                words = f"{more.words} on {more.gpus} GPUs is slower than {fewer.words} on {fewer.gpus}"
                said.append(f"{words}: {more.mean:,.0f} vs {fewer.mean:,.0f} tok/s.")
    return said

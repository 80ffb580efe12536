"""The result of a duel: the ratios of both sides' measures over its rounds, and how certain they are. Pure."""

import math
import statistics
from collections.abc import Callable, Iterable, Sequence

import msgspec

from stress.duel.lead import EVEN, SideName
from stress.duel.measure import Measured
from stress.stats.equal_load import equal_agents_ratio
from stress.stats.trend import student_t

FULL_LOAD = 0.8
"""Latencies are compared among replies asked for at this share of the agents that both had, or more."""
Round = tuple[Measured, Measured]
"""Left's run and right's."""


class Ratio(msgspec.Struct, frozen=True, kw_only=True):
    """Left over right."""

    mean: float | None
    """The geometric mean over the rounds, in which 2 and one half cancel out; None: not known."""
    low: float | None = None
    """The 95 % interval, by Student's t on the logarithms; None for fewer than two rounds."""
    high: float | None = None
    rounds: tuple[float, ...] = ()
    """Each round's."""


class Pair(msgspec.Struct, frozen=True, kw_only=True):
    """One figure of both sides; None: not known."""

    left: float | None
    right: float | None

    @property
    def ratio(self) -> float | None:
        """Left over right."""
        return self.left / self.right if self.left is not None and self.right else None


class DuelVerdict(msgspec.Struct, frozen=True, kw_only=True):
    """Everything in left over right."""

    rounds: int
    equal_agents: Ratio
    """Throughput at equal numbers of agents, see `stress.stats.equal_load`."""
    peak: Ratio
    """The best whole second."""
    throughput: Pair
    """Output tokens a second over the whole run, a mean over the rounds."""
    load: int
    """The agents at which latencies are compared: so many, or up to a quarter more."""
    ttft_ms: Pair
    """The median of all rounds' replies at that load."""
    tpot_ms: Pair
    tokens_per_joule: Pair
    """A mean over the rounds."""
    leader: SideName | None
    """Who has more throughput at equal agents; None where that is not significant, or not known."""

    @property
    def sure(self) -> bool:
        """The rounds tell the two apart: the interval does not contain 1."""
        ratio = self.equal_agents
        return ratio.low is not None and ratio.high is not None and not ratio.low <= 1 <= ratio.high

    @property
    def even(self) -> bool:
        """They are equally fast: certainly, or as far as a single round shows."""
        ratio = self.equal_agents
        if ratio.mean is None:
            return False
        low, high = (ratio.mean, ratio.mean) if ratio.low is None or ratio.high is None else (ratio.low, ratio.high)
        return low >= 1 / EVEN and high <= EVEN


def judge(rounds: Sequence[Round]) -> DuelVerdict:
    """The verdict on these rounds, at least one."""
    equal = ratio_of(equal_agents_ratio(left.by_agents, right.by_agents) for left, right in rounds)
    peak = ratio_of(_over(left.peak_output_throughput, right.peak_output_throughput) for left, right in rounds)
    load = math.ceil(FULL_LOAD * min(min(left.agents_peak, right.agents_peak) for left, right in rounds))
    return DuelVerdict(
        rounds=len(rounds),
        equal_agents=equal,
        peak=peak,
        throughput=_pair(rounds, lambda run: run.output_throughput),
        load=load,
        ttft_ms=_latency(rounds, load, 1),
        tpot_ms=_latency(rounds, load, 2),
        tokens_per_joule=_pair(rounds, lambda run: run.tokens_per_joule),
        leader=_leader(equal),
    )


def ratio_of(rounds: Iterable[float | None]) -> Ratio:
    """The mean of these ratios with its interval; rounds without one, or without one above zero, are left out."""
    known = tuple(ratio for ratio in rounds if ratio is not None and ratio > 0)
    if not known:
        return Ratio(mean=None)
    logs = [math.log(ratio) for ratio in known]
    mean = statistics.fmean(logs)
    if len(logs) < 2:
        return Ratio(mean=math.exp(mean), rounds=known)
    margin = student_t(len(logs) - 1) * statistics.stdev(logs) / math.sqrt(len(logs))
    return Ratio(mean=math.exp(mean), low=math.exp(mean - margin), high=math.exp(mean + margin), rounds=known)


def _leader(ratio: Ratio) -> SideName | None:
    if ratio.mean is None:
        return None
    low, high = (ratio.mean, ratio.mean) if ratio.low is None or ratio.high is None else (ratio.low, ratio.high)
    least = EVEN if ratio.low is None else 1.0
    if low > least:
        return "left"
    return "right" if high < 1 / least else None


def _over(left: float, right: float) -> float | None:
    return left / right if right > 0 else None


def _pair(rounds: Sequence[Round], of: Callable[[Measured], float | None]) -> Pair:
    means = []
    for runs in zip(*rounds, strict=True):
        known = [value for run in runs if (value := of(run)) is not None]
        means.append(statistics.fmean(known) if len(known) == len(runs) else None)
    return Pair(left=means[0], right=means[1])


def _latency(rounds: Sequence[Round], load: int, place: int) -> Pair:
    medians = []
    most = [min(left.agents_peak, right.agents_peak) for left, right in rounds]
    for runs in zip(*rounds, strict=True):
        pairs = zip(runs, most, strict=True)
        replies = [reply for run, upto in pairs for reply in run.replies if load <= reply[0] <= upto]
        known = [value for reply in replies if (value := reply[place]) is not None]
        medians.append(statistics.median(known) if known else None)
    return Pair(left=medians[0], right=medians[1])

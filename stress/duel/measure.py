"""What a duel takes from one recorded run."""

import math
from collections.abc import Iterable

import msgspec

from stress.events import AnyEvent, Request
from stress.fold.fold import Fold
from stress.fold.summary import summarise
from stress.runs.recording import Recording


class Measured(msgspec.Struct, frozen=True, kw_only=True):
    """One side's run."""

    output_throughput: float
    """Tokens a second, from the first agent to the last reply."""
    peak_output_throughput: float
    """Output tokens of the best whole second."""
    by_agents: dict[int, float]
    """Number of agents → output tokens a second, a mean over the whole seconds with so many, until draining."""
    agents_peak: int
    replies: tuple[tuple[int, float | None, float | None], ...]
    """(agents when it was asked for, TTFT, TPOT), both in ms, of every reply."""
    tokens_per_joule: float | None


def measure(recording: Recording) -> Measured:
    """Take the measures of a recorded run, whole or cut off."""
    return measured(Fold(recording.about), (event for _, event in recording.events()))


def measured(fold: Fold, events: Iterable[AnyEvent]) -> Measured:
    """The measures of these events, which this fold has not taken in yet."""
    replies: list[Request] = []
    for event in events:
        fold.apply(event)
        if isinstance(event, Request) and event.error is None:
            replies.append(event)
    summary = summarise(fold)
    agents_at = {second: agents for second, (agents, _) in fold.per_second.items()}
    return Measured(
        output_throughput=summary.output_throughput,
        peak_output_throughput=summary.peak_output_throughput,
        by_agents=dict(fold.at_agents),
        agents_peak=summary.agents_peak,
        replies=tuple((agents_at.get(math.floor(reply.start), 0), reply.ttft_ms, reply.tpot_ms) for reply in replies),
        tokens_per_joule=summary.output_tokens_per_joule,
    )

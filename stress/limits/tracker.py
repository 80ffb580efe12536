"""Diagnoses a run once a second while it goes on: what limits it, and how near it is to what no engine can exceed."""

import math
from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from stress.events import ABANDONED, Engine, Gpu, Host, Pulse, Request
from stress.limits.diagnose import diagnose
from stress.limits.evidence import EVIDENCE_S, Evidence, EvidenceWindow
from stress.limits.outage import Outage
from stress.limits.roofline import DecodeCost, reached
from stress.readings import TITLES, Bottleneck, BottleneckName, ClientReading, GpuReading, RooflineReading

SETTLED_S = 3.0
"""The ramp's first seconds are not judged: the readings of that window are from before it."""
CONTEXTS_KEPT = 64
REFUSES = Bottleneck(
    name="no_tokens",
    evidence=("the server refuses every connection",),
    sentence="The server refuses every connection.",
)
IMPOSSIBLE = 10
"""Windows in a row above the limit show that the model is not what its name says. One second with many corrections by
`usage` is in five of them."""
FULL_LOAD = 0.8
"""Seconds with this share of the most agents, or more, say what limits the run at full load."""


@dataclass(frozen=True)
class Judged:
    """One second's verdict, with the agents it was reached at."""

    agents: int
    verdict: Bottleneck
    roofline: RooflineReading | None


class LimitSummary(msgspec.Struct, frozen=True, kw_only=True):
    """What limited the run."""

    name: BottleneckName
    """Most often, in the seconds with at least 80 % of the most agents."""
    evidence: tuple[str, ...]
    """Of the last such second."""
    shares: dict[BottleneckName, float]
    """Of all seconds judged, the share (of 1) of each verdict."""
    roofline_tok_s: float | None
    """The rate that no engine can exceed, at the batches and contexts of these seconds (a mean); None: not known."""
    roofline_share: float | None
    """Of it, what was reached (a mean, of 1)."""
    sentence: str = ""
    """The verdict in one sentence, of the same second as the evidence; empty in older summaries."""

    @property
    def words(self) -> str:
        """The sentence and its evidence, without a full stop."""
        sentence = (self.sentence or TITLES[self.name]).rstrip(".")
        return f"{sentence} ({', '.join(self.evidence)})" if self.evidence else sentence


class BottleneckTracker:
    """Takes in a run's events beside the fold."""

    def __init__(
        self,
        outage: Outage,
        cost: DecodeCost | None = None,
        *,
        slots: int | None = None,
        tp: int | None = None,
        remote: bool = False,
    ) -> None:
        """What does not change; None: not known.

        Args:
            outage: when the server was away.
            cost: of a decode step of the model.
            slots: requests that the engine answers at the same time.
            tp: GPUs that share each layer.
            remote: the server is on another machine.
        """
        self.verdict: Bottleneck | None = None
        """The newest, and of a run whose load has ended the one at full load; None before the first."""
        self.roofline: RooflineReading | None = None
        """What no engine can exceed, in the same second; None where the model or the GPUs are not known."""
        self.judged: list[Judged] = []
        self._outage = outage
        self._cost = cost
        self._server: dict[str, Any] = {"slots": slots, "tp": tp, "remote": remote}
        if remote:  # the cores that are seen are the client's
            self._server["engine_share"] = None
        self._window = EvidenceWindow()
        self._gpus: tuple[GpuReading, ...] = ()
        self._impossible = 0
        self._contexts: deque[float] = deque(maxlen=CONTEXTS_KEPT)

    def add(self, event: Gpu | Engine | Host) -> None:
        """A reading."""
        if isinstance(event, Gpu):
            self._gpus = event.gpus
        self._window.add(event)

    def add_request(self, request: Request) -> None:
        """A reply: the tokens that a step in the middle of it had in its context."""
        if request.error != ABANDONED:
            self._window.add(request)
        if request.error is None and request.prompt_tokens is not None:
            self._contexts.append(request.prompt_tokens + request.output_tokens / 2)

    def add_pulse(self, pulse: Pulse, agents: int, in_flight: int, client: ClientReading) -> None:
        """A worker's pulse, with what all workers together hold, and what the client costs at that moment."""
        self._window.add_pulse(pulse, agents, in_flight, client.limited)

    def look(self, now: float, client: ClientReading, seconds: dict[int, tuple[int, float]]) -> None:
        """Judge the last seconds; called once a second.

        Args:
            now: seconds, on the clock of the events.
            client: what the client costs.
            seconds: of the whole run, whole second → (agents at its end, output tokens in it).
        """
        if self._outage.began is not None:  # the last seconds were none of a load
            if self._outage.away(now):
                self.verdict, self.roofline = REFUSES, None
            return
        evidence = msgspec.structs.replace(self._window.evidence(now, client, seconds), **self._server)
        self.roofline = self._reached(evidence)
        self.verdict = diagnose(msgspec.structs.replace(evidence, roofline=self.roofline))
        was_away = self._outage.touches(now - EVIDENCE_S, now)
        if was_away or evidence.failures > evidence.replies or (evidence.tok_s <= 0 and evidence.in_flight > 0):
            return  # the engine is or was down, or refuses: that is no limit of a load
        agents = seconds.get(math.floor(now) - 1, (round(evidence.agents), 0.0))[0]
        self.judged.append(Judged(agents, self.verdict, self.roofline))

    def _reached(self, evidence: Evidence) -> RooflineReading | None:
        """The share of the limit, over the same seconds.

        While requests wait, the batch is what the engine says that it runs. While none does it is our requests in
        flight, which we know all the time: the engine's word of one moment a second misses short replies. Shares that
        stay above 1 show that the model is not what its name says (quantised, say): no limit is known then.
        """
        if self._cost is None:
            return None
        waits = (evidence.waiting or 0) >= 1 and evidence.running is not None
        batch = (evidence.running or 0.0) if waits else max(evidence.in_flight, evidence.running or 0.0)
        tok_s = evidence.tok_s if evidence.gen_tok_s is None else evidence.gen_tok_s
        found = reached(self._cost, self._gpus, tok_s, batch, self.context)
        self._impossible = self._impossible + 1 if found is not None and (found.share or 0.0) > 1 else 0
        return None if self._impossible >= IMPOSSIBLE else found

    def conclude(self) -> None:
        """The load ends: from now on the verdict is what limited the run, not what its last second did.

        Where that last second was none of a load (no token came, say), its verdict stays.
        """
        if self.judged and self.judged[-1].verdict is self.verdict:
            limit = _most_frequent(self._full_load())
            self.verdict, self.roofline = limit.verdict, limit.roofline

    @property
    def context(self) -> float:
        """Tokens in a mean request's context, of the newest replies; 0 before the first."""
        return math.fsum(self._contexts) / len(self._contexts) if self._contexts else 0.0

    def summary(self) -> LimitSummary | None:
        """What limited the run; None if it was too short to say."""
        full = self._full_load()
        if not full:
            return None
        limit = _most_frequent(full).verdict
        counts = Counter(second.verdict.name for second in self.judged)
        rooflines = [second.roofline for second in full if second.roofline and second.roofline.share is not None]
        possible = math.fsum(roofline.tok_s for roofline in rooflines)
        made = math.fsum((roofline.share or 0.0) * roofline.tok_s for roofline in rooflines)
        known = 0 < made <= possible  # more than is possible: the model is not what its name says
        return LimitSummary(
            name=limit.name,
            evidence=limit.evidence,
            sentence=limit.sentence,
            shares={verdict: count / len(self.judged) for verdict, count in counts.most_common()},
            roofline_tok_s=possible / len(rooflines) if known else None,
            roofline_share=made / possible if known else None,
        )

    def _full_load(self) -> list[Judged]:
        """The seconds with at least 80 % of the most agents."""
        most = max((second.agents for second in self.judged), default=0)
        return [second for second in self.judged if second.agents >= FULL_LOAD * most]


def _most_frequent(seconds: Sequence[Judged]) -> Judged:
    """The last of these seconds with the verdict that most of them have by name."""
    name = Counter(second.verdict.name for second in seconds).most_common(1)[0][0]
    return next(second for second in reversed(seconds) if second.verdict.name == name)

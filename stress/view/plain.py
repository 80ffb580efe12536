"""A run as sober lines, for logs and ssh."""

import sys
from typing import TextIO

from stress.events import Sample, Trouble
from stress.fold.burst_progress import Progress
from stress.fold.ghost import ratio
from stress.fold.snapshot import Snapshot
from stress.privacy.redactor import Redactor
from stress.ramp import BurstPlan
from stress.runs.handle import RunHandle
from stress.units import format_bytes, format_duration
from stress.view.safe import masked_snapshot
from stress.view.status_line import StatusLine

LINE_S = 2.0


class PlainViewer:
    """One line every two seconds to stderr; stdout is left to the summary."""

    def __init__(self, stream: TextIO | None = None, redactor: Redactor | None = None) -> None:
        self._status = StatusLine(stream or sys.stderr, redactor)
        self._redactor = redactor
        self._phase: str | None = None
        self._told: tuple[Trouble, ...] = ()
        self._next_line = 0.0
        self._announced = -1.0
        """Of the last milestone that was printed, its time."""

    def watch(self, run: RunHandle) -> None:
        """Print until the run is finished."""
        about = masked_snapshot(run.snapshot(), self._redactor).about
        what = f"{about.target} · {about.model} · {about.scenario} · {about.plan.text}"
        self._status.say(what, *(f"note: {notice}" for notice in about.notices))
        while not run.wait(0.2):
            self.show(run.snapshot())
        self.show(run.snapshot())

    def show(self, snapshot: Snapshot) -> None:
        """Print the snapshot's line if it is time for one, or the run has entered another phase; troubles at once."""
        snapshot = masked_snapshot(snapshot, self._redactor)
        sample = snapshot.sample
        for trouble in snapshot.troubles:
            if not any(trouble is told for told in self._told):
                said = f"{trouble.whose.upper()} {trouble.name}: {trouble.detail}"
                self._status.say(f"{format_duration(trouble.t):>5} {said}")
        self._told = snapshot.troubles
        for milestone in (new for new in snapshot.milestones if new.t > self._announced):
            self._status.say(f"{format_duration(milestone.t):>5} ★ {milestone.text}")
        self._announced = max([self._announced, *(milestone.t for milestone in snapshot.milestones)])
        if sample.phase == self._phase and sample.t < self._next_line:
            return
        self._phase, self._next_line = sample.phase, sample.t + LINE_S
        self._status.say(plain_line(snapshot))


def plain_line(snapshot: Snapshot) -> str:
    """The snapshot in one line: units everywhere, rates over the snapshot's window."""
    sample = snapshot.sample
    parts = [
        f"{format_duration(sample.t):>5} {sample.phase:<5}",
        f"agents {sample.agents:>4}/{sample.target_agents:<4}",
        f"in flight {sample.in_flight:>4}",
        f"{sample.tok_s:>8,.0f} tok/s",
        f"TTFT p50 {_ms(sample.ttft_ms.p50)} p99 {_ms(sample.ttft_ms.p99)}",
        f"ITL p50 {_ms(sample.itl_ms.p50)} p99 {_ms(sample.itl_ms.p99)}",
        f"{sample.requests} replies",
        _load(snapshot),
    ]
    if snapshot.progress is not None:
        parts.insert(2, progress_words(snapshot.progress, snapshot.about.burst))
    if (ahead := ratio(snapshot.about.ghost, sample.tok_s, snapshot.ramp_elapsed)) is not None:
        parts.append(f"{ahead:.2f} × ghost")
    if sample.verdict is not None:
        parts.append(f"limit: {sample.verdict.title}")
    if sample.client.limited:
        parts.append("CLIENT LIMITS")
    if sample.errors:
        parts.append("errors " + ", ".join(f"{name} {count}" for name, count in sorted(sample.errors.items())))
    return " | ".join(parts)


def progress_words(progress: Progress, burst: BurstPlan | None) -> str:
    """`12/50 requests, 31 %, about 1:10 left`."""
    requests = burst.requests if burst else progress.ended
    left = "" if progress.left_s is None else f", about {format_duration(progress.left_s)} left"
    return f"{progress.ended:,}/{requests:,} requests, {100 * progress.share:.0f} %{left * (progress.share < 1)}"


def _load(snapshot: Snapshot) -> str:
    sample: Sample = snapshot.sample
    if "gpus" in sample.stale:
        return f"GPU n/a, no reading for {sample.stale['gpus']:.0f} s"
    if sample.gpus:
        return "GPU " + " ".join("n/a" if gpu.util is None else f"{gpu.util:.0f}%" for gpu in sample.gpus)
    if snapshot.host is None:
        return "host n/a"
    cores = " ".join(f"{core:.0f}%" for core in snapshot.host.cores)
    return f"no GPU, CPU {cores} mem {format_bytes(snapshot.host.mem_used)}"


def _ms(value: float | None) -> str:
    return "n/a" if value is None else f"{value:.0f} ms" if value >= 10 else f"{value:.1f} ms"

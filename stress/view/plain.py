"""A run or a duel as sober lines, for logs and ssh."""

from collections.abc import Iterator
from typing import TextIO

from stress.duel.snapshot import DuelHandle, DuelSnapshot
from stress.events import Sample, Trouble
from stress.fold.burst_progress import Progress
from stress.fold.ghost import ratio
from stress.fold.milestones import TOGETHER_S
from stress.fold.snapshot import Snapshot
from stress.privacy.redactor import Redactor
from stress.ramp import BurstPlan
from stress.runs.handle import Control, RunHandle
from stress.units import format_bytes, format_duration
from stress.view.duel_words import difference_words, duel_line, duel_title, names_of
from stress.view.safe import masked_duel, masked_snapshot
from stress.view.status_line import StatusLine

LINE_S = 2.0
POLL_S = 0.2


def write_plain(run: RunHandle, stream: TextIO, redactor: Redactor | None = None) -> None:
    """Write its lines until it is finished: one every two seconds, and one at once for all that is new.

    Once nobody reads them any more, it drains.
    """
    status = StatusLine(stream, redactor)
    try:
        for line in _duel_lines(run, redactor) if isinstance(run, DuelHandle) else _run_lines(run, redactor):
            status.say(line)
    except BrokenPipeError:
        run.control(Control("drain"))
        run.wait(None)


def _run_lines(run: RunHandle, redactor: Redactor | None) -> Iterator[str]:
    """What is tested, then a line every two seconds and for each phase, trouble and milestone."""
    about = masked_snapshot(run.snapshot(), redactor).about
    yield about.name or about.target
    yield f"{about.scenario} · {about.plan.text}"
    yield from (f"note: {notice}" for notice in about.notices)
    reported: tuple[Trouble, ...] = ()
    last_milestone = -1.0
    phase, due = None, 0.0
    finished = False
    while not finished:
        finished = run.wait(POLL_S)
        snapshot = masked_snapshot(run.snapshot(), redactor)
        sample = snapshot.sample
        for trouble in snapshot.troubles:
            if not any(trouble is known for known in reported):
                yield f"{format_duration(trouble.t):>5} {trouble.whose.upper()} {trouble.name}: {trouble.detail}"
        reported = snapshot.troubles
        for milestone in snapshot.milestones:
            whole = finished or sample.t >= milestone.t + TOGETHER_S
            if milestone.t > last_milestone and whole:
                last_milestone = milestone.t
                yield f"{format_duration(milestone.t):>5} ★ {milestone.text}"
        if sample.phase != phase or sample.t >= due:
            phase, due = sample.phase, sample.t + LINE_S
            yield plain_line(snapshot)


def _duel_lines(duel: DuelHandle, redactor: Redactor | None) -> Iterator[str]:
    """A line every two seconds, and one whenever a side enters a phase or has another note."""
    reported: tuple[object, ...] = ()
    due = 0.0
    finished = False
    told: set[str] = set()
    while not finished:
        finished = duel.wait(POLL_S)
        picture = masked_duel(duel.picture(), redactor)
        for line in _about_duel(picture):
            if line not in told:
                told.add(line)
                yield line
        sample = None if picture.running is None else picture.running.sample
        t, phase = (-1.0, None) if sample is None else (sample.t, sample.phase)
        news = (picture.round, picture.live, phase, picture.left.note, picture.right.note)
        if news != reported or t >= due:
            reported, due = news, t + LINE_S
            yield duel_line(picture)


def _about_duel(picture: DuelSnapshot) -> Iterator[str]:
    """Who is in it, what both do, and what differs, as far as it is known."""
    yield duel_title(picture)
    if picture.running is not None:
        about = picture.running.about
        yield f"{about.scenario} · {about.plan.text}"
    if words := difference_words(picture.differences, names_of(picture)):
        yield f"differs: {words[0]} — {'; '.join(words[1:])}"


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
        f"{sample.requests:,} replies",
        _load(snapshot),
    ]
    if snapshot.progress is not None:
        parts.insert(2, progress_words(snapshot.progress, snapshot.about.burst))
    if (ahead := ratio(snapshot.about.ghost, sample.tok_s, snapshot.ramp_elapsed)) is not None:
        parts.append(f"{ahead:.2f} × the ghost's tok/s")
    if sample.verdict is not None:
        parts.append(f"limit: {sample.verdict.title}")
    if sample.client.limited:
        parts.append("CLIENT LIMITS" if sample.client.cpu_user == "client" else "CLIENT LATE")
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

"""Does a sweep: for each point start the engine, warm up, do the same work so many times, and stop it."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import msgspec

from stress.engines.adapter import Adapter, EngineSpec
from stress.errors import StressError, UsageError
from stress.fold.summary import Summary
from stress.runs.directory import RunDirectory, RunRecord
from stress.session.options import SweepOptions
from stress.session.plan import RunPlan
from stress.session.preflight import plan_run, preflight
from stress.session.result import Result
from stress.session.target import Target, launch
from stress.sweep.grid import Point
from stress.sweep.results import PointResult, Run

Say = Callable[[str], None]
DoRun = Callable[[RunPlan, RunDirectory], Result]
"""Does one run and returns how it ended; it knows what a Ctrl-C is."""
WARM_UP = "warm-up"


class StoppedError(Exception):
    """The user has had enough: what is done stays."""


@dataclass(frozen=True, kw_only=True)
class Sweep:
    """What is to be done."""

    adapter: Adapter
    points: tuple[tuple[Point, EngineSpec], ...]
    """Each with the engine as it is to be there."""
    runs: int
    options: SweepOptions
    """Of every run; its burst is the work."""
    out: Path
    """Each point has a directory here, each run one in it."""

    def directory(self, point: Point, number: int) -> Path:
        """Where a run is recorded; 0 is the warm-up."""
        return self.out / point.slug / (f"run-{number}" if number else WARM_UP)


class Sweeper:
    """Goes through the points; those that a run of before has done are left alone."""

    def __init__(self, sweep: Sweep, do_run: DoRun, say: Say, progress: Say) -> None:
        """`say` gets a line for each run, `progress` how far a start is."""
        self._sweep = sweep
        self._do_run = do_run
        self._say = say
        self._progress = progress
        self.outcomes: list[PointResult] = []
        """So far, a point each."""
        first = sweep.points[0][1]
        self.model = first.model or first.name

    def run(self) -> None:
        """Do what is not done yet.

        Raises:
            StoppedError: the user broke it off; `outcomes` has what was done, that of the last point too.
        """
        for place, (point, spec) in enumerate(self._sweep.points, 1):
            self._say(f"{place} of {len(self._sweep.points)} · {point.words}")
            runs: list[Run] = []
            trouble: str | None = None
            try:
                self._do(point, spec, runs)
            except StressError as error:
                trouble = str(error)
                self._say(f"{point.words}: {trouble}")
            finally:
                self.outcomes.append(PointResult(words=point.words, runs=tuple(runs), trouble=trouble))

    def _do(self, point: Point, spec: EngineSpec, runs: list[Run]) -> None:
        numbers = range(1, self._sweep.runs + 1)
        before = (read_run(self._sweep.directory(point, number)) for number in numbers)
        runs.extend(run for run in before if run is not None)
        missing = [number for number in numbers if not _is_done(self._sweep.directory(point, number))]
        if not missing:
            return
        options = self._options(point)
        prepared = preflight(options)
        sweep, say, progress = self._sweep, self._say, self._progress
        target = launch(sweep.adapter, spec, prepared.where, prepared.wanted, prepared.scenario, say, progress)
        self.model = target.model
        try:
            for number in [0, *missing]:
                path = fresh(sweep.directory(point, number))
                plan = replace(plan_run(replace(options, out=path), prepared, target), keep_engine=True)
                found = self._once(plan, path, target)
                if number:
                    runs.append(found)
                    self._say(f"{point.words} · run {number} of {sweep.runs}: {found.tok_s:,.0f} tok/s")
        finally:
            if target.engine is not None:
                target.engine.stop()

    def _once(self, plan: RunPlan, path: Path, target: Target) -> Run:
        result = self._do_run(plan, RunDirectory(path))
        if result.state == "interrupted":
            raise StoppedError
        death = target.engine.death() if target.engine is not None else None
        if death is not None or result.state != "done":
            raise StressError(death or result.cause or f"The run ended as {result.state}.")
        return run_of(result.summary)

    def _options(self, point: Point) -> SweepOptions:
        return self._sweep.options if point.agents is None else replace(self._sweep.options, concurrency=point.agents)


def run_of(summary: Summary) -> Run:
    """What a sweep keeps of a run."""
    worked = [gpu for gpu in summary.gpus if gpu.engine] or [
        gpu for gpu in summary.gpus if gpu.engine is None and (gpu.mean_util or 0) > 0
    ]
    return Run(
        tok_s=summary.output_throughput,
        duration=summary.duration,
        failed=summary.failed,
        tokens_per_joule=summary.output_tokens_per_joule,
        gpus=len(worked),
        gpu=worked[0].name if worked else None,
        per_million=summary.cost_per_million_output_tokens,
    )


def read_run(path: Path) -> Run | None:
    """A run that was done before; null if it was not, or not to its end."""
    if not _is_done(path):
        return None
    return run_of(msgspec.json.decode((path / "summary.json").read_bytes(), type=Summary))


def fresh(path: Path) -> Path:
    """The directory of a run that begins: what one that was broken off has left there goes.

    Raises:
        StressError: it cannot be written.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
        for file in ("events.jsonl", "run.json", "summary.json", "engine.log"):
            (path / file).unlink(missing_ok=True)
    except OSError as error:
        raise StressError(f"{path} cannot be written ({error.strerror}); give --out a directory that can.") from None
    return path


def _is_done(path: Path) -> bool:
    try:
        record = msgspec.json.decode((path / "run.json").read_bytes(), type=RunRecord)
        return record.state == "done" and (path / "summary.json").is_file()
    except (OSError, msgspec.DecodeError):
        return False


def save_work(out: Path, work: dict[str, Any]) -> None:
    """Keep what a sweep does in its directory, or see that it is the same that was begun there.

    Raises:
        UsageError: another sweep was begun there, or the directory cannot be written.
    """
    file = out / "sweep.json"
    try:
        out.mkdir(parents=True, exist_ok=True)
        before = msgspec.json.decode(file.read_bytes()) if file.exists() else None
        if before is None:
            file.write_bytes(msgspec.json.format(msgspec.json.encode(work), indent=2) + b"\n")
    except (OSError, msgspec.DecodeError) as error:
        raise UsageError(f"{file} cannot be used ({error}); give --out a directory of its own.") from None
    if before is not None and before != work:
        differs = ", ".join(sorted(key for key in {*before, *work} if before.get(key) != work.get(key)))
        raise UsageError(f"{out} holds a sweep of other work (its {differs}); resume that one, or give another --out.")

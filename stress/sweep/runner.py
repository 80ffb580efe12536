"""Does a sweep: for each point start the engine, warm up, do the same work so many times, and stop it."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import msgspec

from stress.engines.adapter import Adapter, EngineSpec
from stress.errors import StressError, UsageError
from stress.fold.summary import Summary
from stress.runs.directory import RunDirectory, read_record
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


@dataclass(kw_only=True)
class Sweeper:
    """Goes through the points; runs that are done already are left alone."""

    adapter: Adapter
    points: tuple[tuple[Point, EngineSpec], ...]
    """Each with the engine as it is to be there."""
    options: SweepOptions
    """Of every run; its burst is the work."""
    out: Path
    """Each point has a directory here, each run one in it."""
    do_run: DoRun
    say: Say
    """Gets a line for each run."""
    progress: Say
    """Gets how far a start is."""

    def __post_init__(self) -> None:
        self.results: list[PointResult] = []
        """So far, a point each."""
        first = self.points[0][1]
        self.model = first.model or first.name

    def run(self) -> None:
        """Do what is not done yet.

        Raises:
            StoppedError: the user broke it off; `results` has what was done, that of the last point too.
        """
        for place, (point, spec) in enumerate(self.points, 1):
            self.say(f"{place} of {len(self.points)} · {point.words}")
            runs: list[Run] = []
            trouble: str | None = None
            try:
                self._do(point, spec, runs)
            except StressError as error:
                trouble = str(error)
                self.say(f"{point.words}: {trouble}")
            finally:
                self.results.append(PointResult(words=point.words, runs=tuple(runs), trouble=trouble))

    def _do(self, point: Point, spec: EngineSpec, runs: list[Run]) -> None:
        count, place = self.options.runs, self.out / point.slug
        before = {number: read_run(place / f"run-{number}") for number in range(1, count + 1)}
        runs.extend(run for run in before.values() if run is not None)
        missing = [number for number, run in before.items() if run is None]
        if not missing:
            return
        options = self.options if point.agents is None else replace(self.options, concurrency=point.agents)
        prepared = preflight(options)
        wanted, scenario = prepared.wanted, prepared.scenario
        target = launch(self.adapter, spec, prepared.where, wanted, scenario, self.say, self.progress)
        self.model = target.model
        try:
            for number in (0, *missing):
                path = fresh(place / (f"run-{number}" if number else WARM_UP))
                plan = replace(plan_run(replace(options, out=path), prepared, target), keep_engine=True)
                run = self._once(plan, path, target)
                if number:
                    runs.append(run)
                    self.say(f"{point.words} · run {number} of {count}: {run.tok_s:,.0f} tok/s")
        finally:
            if target.engine is not None:
                target.engine.stop()

    def _once(self, plan: RunPlan, path: Path, target: Target) -> Run:
        result = self.do_run(plan, RunDirectory(path))
        if result.state == "interrupted":
            raise StoppedError
        death = target.engine.death() if target.engine is not None else None
        if death is not None or result.state != "done":
            raise StressError(death or result.cause or f"The run ended with the state {result.state}.")
        return run_of(result.summary)


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
    """A run that was done before; None if it was not, or not to its end."""
    record, file = read_record(path), path / "summary.json"
    if record is None or record.state != "done" or not file.is_file():
        return None
    return run_of(msgspec.json.decode(file.read_bytes(), type=Summary))


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
        raise StressError(f"{path} can't be written ({error.strerror}); choose another directory with --out.") from None
    return path


def save_work(out: Path, work: dict[str, Any]) -> None:
    """Keep what a sweep does in its directory, or see that it is the same that was begun there.

    Raises:
        UsageError: another sweep was begun there, or the directory cannot be written.
    """
    file, page = out / "sweep.json", msgspec.json.encode(work)
    work = msgspec.json.decode(page)  # as it is read again
    try:
        out.mkdir(parents=True, exist_ok=True)
        before = msgspec.json.decode(file.read_bytes()) if file.exists() else None
        if before is None:
            file.write_bytes(msgspec.json.format(page, indent=2) + b"\n")
    except (OSError, msgspec.DecodeError) as error:
        raise UsageError(f"{file} can't be used ({error}); choose a new directory with --out.") from None
    if before is not None and before != work:
        differs = ", ".join(sorted(key for key in {*before, *work} if before.get(key) != work.get(key)))
        raise UsageError(f"{out} holds another sweep (with other {differs}); resume that one, or choose another --out.")

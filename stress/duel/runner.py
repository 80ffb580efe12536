"""A duel in progress: its engines started, run at once or in turns, and stopped, in a thread of its own."""

import contextlib
import threading
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import msgspec

from stress.duel.differences import differences
from stress.duel.lead import SIDES, SideName, lead
from stress.duel.measure import measure
from stress.duel.record import DuelRecord, save_duel
from stress.duel.servers import Servers
from stress.duel.sides import SideSpec, turns
from stress.duel.snapshot import DuelSnapshot, SideView
from stress.duel.verdict import Round, judge
from stress.errors import StressError
from stress.fold.fold import Fold
from stress.fold.snapshot import About, Plan, Snapshot
from stress.privacy.private_text import without_secrets
from stress.runs.directory import PICTURES, create_directory, read_record
from stress.runs.handle import ENDING, STEERING, Control, Ending
from stress.runs.naming import RecordedTarget, TargetName, name_target, told_apart
from stress.runs.playback import Playback
from stress.runs.recording import Recording
from stress.session.options import DuelOptions
from stress.session.preflight import plan_run, preflight
from stress.session.session import Session
from stress.session.target import Target

WAITING = "waiting for its turn"
SOON = "about to start"
POLL_S = 0.2


class StoppedError(Exception):
    """The user stopped the duel; finished runs are kept."""


class DuelRunner:
    """A `DuelHandle`."""

    def __init__(self, options: DuelOptions, sides: Mapping[SideName, SideSpec], out: Path, *, at_once: bool) -> None:
        """Get ready.

        Args:
            options: those of every run; where the load goes is the sides'.
            sides: both.
            out: each run has a directory here.
            at_once: both run at the same time, not in turns.
        """
        self._options = options
        self._out = out
        self._prepared = preflight(options)
        self.record = DuelRecord(
            left=sides["left"].text,
            right=sides["right"].text,
            argv=[without_secrets(word) for word in options.argv],
            at_once=at_once,
            seed=options.seed,
        )
        self._call_them({side: spec.target() for side, spec in sides.items()})
        ramp, title = options.ramp, self._prepared.scenario.title
        plan = Plan(points=ramp.outline(), duration=ramp.duration, text=ramp.describe())
        self._nothing = Fold(About(command="duel", target="", model="", scenario=title, plan=plan)).snapshot()
        """What is known of the runs before there is one."""
        self._servers = Servers(sides, self._prepared, self._start_note, lambda side: self._names[side].short)
        self._sessions: dict[SideName, Session] = {}
        """Of the present round, also those that are over."""
        self._ghosts: dict[SideName, Playback] = {}
        """The run that was first in this round, as the other's ghost."""
        self._idle = SOON if at_once else WAITING
        """The note of a side that has not begun."""
        self._notes: dict[SideName, str] = dict.fromkeys(SIDES, self._idle)
        self._live: SideName = "left"
        self._round = 1
        self._measured: list[Round] = []
        self._playing = threading.Lock()
        self._stopping: str | None = None
        self._error: BaseException | None = None
        self._finished = threading.Event()
        self._thread = threading.Thread(target=self._run_thread, name="duel")

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    @property
    def finished(self) -> bool:
        return self._finished.is_set()

    def wait(self, seconds: float | None = None) -> bool:
        """As for any run.

        Raises:
            StressError: an engine would not start, or a run failed; the runs that are there stay.
        """
        done = self._finished.wait(seconds)
        if done:
            self._thread.join()
            if self._error is not None:
                raise self._error
        return done

    def finish(self) -> None:
        """Wait until it is finished, whatever became of it."""
        self._thread.join()

    def picture(self) -> DuelSnapshot:
        views = {side: self._view(side) for side in SIDES}
        return DuelSnapshot(
            left=views["left"],
            right=views["right"],
            live=self._live,
            round=self._round,
            rounds=self._options.runs,
            lead=lead(views["left"].snapshot, views["right"].snapshot),
            differences=self.record.differences,
            verdict=self.record.verdict,
        )

    def snapshot(self) -> Snapshot:
        session = self._sessions.get(self._live)
        return self._nothing if session is None else session.snapshot()

    @property
    def ending(self) -> Ending | None:
        if not self.finished:
            return None
        return Ending(state=self.record.state, cause=self.record.cause, place=str(self._out))

    @property
    def pictures(self) -> Path:
        return self._out / PICTURES

    def watch(self, agent: str | None) -> None:
        """Do nothing: a duel's screen shows no single agent."""

    def control(self, control: Control) -> str | None:
        if control.name in STEERING:
            return "A duel can't be steered: both sides get the same agents for the same time."
        if control.name in ENDING:
            self._stopping = control.name
        answers = [session.control(control) for session in self._sessions.values()]
        return None if self._stopping or None in answers else "Nothing is running right now."

    def _view(self, side: SideName) -> SideView:
        name = self._names[side]
        words = self.record.left if side == "left" else self.record.right
        view = SideView(words=words, name=name.full, short=name.short, note=self._notes[side])
        session, ghost = self._sessions.get(side), self._ghosts.get(side)
        if session is None:
            return view
        other = self._sessions.get("right" if side == "left" else "left")
        if ghost is None or other is None:
            return msgspec.structs.replace(view, snapshot=session.snapshot())
        with self._playing:  # a ghost: as far as the one that runs, also while that drains
            running = other.snapshot()
            at = max(0.0, running.sample.t - (running.ramp_started or running.sample.t))
            if other.result is not None and other.result.state == "done":
                at = ghost.length
            ghost.go_to(at)
            return msgspec.structs.replace(view, snapshot=ghost.snapshot, note="ghost")

    # Inside the duel's thread.

    def _run_thread(self) -> None:
        try:
            self._run()
            self.record.state = "done"
        except StoppedError:
            self.record.state, self.record.cause = "interrupted", "It was interrupted."
        except BaseException as error:  # raised again in wait()
            self.record.state, self.record.cause = "failed", str(error)
            self._error = error
        finally:
            for side in SIDES:
                self._servers.let_go(side)
            with contextlib.suppress(StressError):
                self._save()
            self._finished.set()

    def _run(self) -> None:
        self._call_them(self._servers.check())
        self._save()
        if self.record.at_once:
            for side in SIDES:
                self._servers.get(side)
        for number, order in enumerate(turns(self._options.runs), 1):
            self._round, self._sessions, self._ghosts = number, {}, {}
            self._notes = dict.fromkeys(SIDES, self._idle)
            for group in (SIDES,) if self.record.at_once else ((order[0],), (order[1],)):
                self._play(number, group)
            self._count(number)

    def _play(self, number: int, group: tuple[SideName, ...]) -> None:
        """The runs of these sides, at the same time; a second one of the round has the first as its ghost."""
        first = next(iter(self._sessions), None)
        ghost = None if first is None else Recording(self._path(first, number))
        sessions = {side: self._session(side, number, ghost) for side in group}
        if first is not None and ghost is not None:
            self._ghosts = {first: Playback(ghost, ghost.ramp_started)}
        self._live = group[0]
        try:
            for side, session in sessions.items():
                self._notes[side] = ""
                session.start()
                self._sessions = {**self._sessions, side: session}
            self._compare(number)
            if self._stopping:
                self.control(Control(self._stopping))
            self._wait(sessions)
        except BaseException:
            for session in self._sessions.values():
                session.control(Control("stop"))
                session.wait(None)
            raise
        finally:
            if not self.record.at_once:  # the other side needs the hardware; and whoever stays warm has it easier
                for side in group:
                    self._servers.let_go(side)

    def _session(self, side: SideName, number: int, ghost: Recording | None) -> Session:
        """A run that is ready to begin. Each round has a seed of its own: no cache knows the conversation."""
        options = replace(
            self._options,
            out=self._path(side, number),
            seed=self.record.seed + number - 1,
            ghost=None if ghost is None else ghost.path,
        )
        target = self._target(side)
        plan = replace(plan_run(options, self._prepared, target), keep_engine=True, name=self._names[side])
        return Session(plan, create_directory(options.out, options.command, plan.target.name))

    def _call_them(self, targets: Mapping[SideName, RecordedTarget]) -> None:
        """Name both sides: as the user wants it, else by what is known of them."""
        given = self._options.names
        left, right = (
            told_apart(*(name_target(targets[side]) for side in SIDES))
            if given is None
            else (TargetName(full=name, short=name) for name in given)
        )
        self._names: dict[SideName, TargetName] = {"left": left, "right": right}
        self.record.names = left.full, right.full
        self.record.short_names = left.short, right.short

    def _target(self, side: SideName) -> Target:
        try:
            return self._servers.get(side)
        except StressError as error:
            if self._stopping:
                raise StoppedError from None
            raise type(error)(f"{error} {self._kept()}".strip()) from None

    def _wait(self, sessions: Mapping[SideName, Session]) -> None:
        """Until all are over; one that fails ends the others."""
        waiting = dict(sessions)
        while waiting:
            for side, session in list(waiting.items()):
                if session.wait(POLL_S):
                    del waiting[side]
                    self._live = next(iter(waiting), side)
                    self._see(side, session)

    def _see(self, side: SideName, session: Session) -> None:
        """How this run has ended."""
        result, target = session.result, self._servers.get(side)
        if self._stopping or result is None or result.state == "interrupted":
            raise StoppedError
        death = target.engine.death() if target.engine is not None else None
        if death is not None or result.state != "done":
            cause = death or result.cause or f"The run ended as {result.state}."
            raise StressError(f"{self._names[side].short} failed: {cause} {self._kept()}".strip())

    def _compare(self, number: int) -> None:
        """What differs, once both sides' records are there."""
        left, right = (read_record(self._path(side, number)) for side in SIDES)
        if left is not None and right is not None:
            self.record.differences = differences(left, right)

    def _count(self, number: int) -> None:
        """The round is whole: the verdict so far."""
        left, right = (Recording(self._path(side, number)) for side in SIDES)
        self._measured.append((measure(left), measure(right)))
        self.record.rounds.append((left.path.name, right.path.name))
        self.record.verdict = judge(self._measured)
        self._compare(number)
        self._save()

    def _save(self) -> None:
        save_duel(self._out, self.record, self._options.redactor)

    def _path(self, side: SideName, number: int) -> Path:
        return self._out / f"{side}-{number}"

    def _start_note(self, side: SideName, line: str) -> None:
        """How far a start is; the way out of one, too."""
        self._notes[side] = line
        if self._stopping:
            raise StoppedError

    def _kept(self) -> str:
        """Where the finished runs are."""
        runs = sorted(str(path.parent) for path in self._out.glob("*/summary.json"))
        return f"Finished runs are kept in {', '.join(runs)}." if runs else ""

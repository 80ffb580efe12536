"""The viewer that fills the terminal, run without one."""

import io
import subprocess
import sys
from dataclasses import replace
from functools import partialmethod
from types import SimpleNamespace

import pytest
from duel_pictures import FakeDuel, picture
from happenings import small_run
from pictures import FakeRun, snapshot

from stress.cli.screen import ScreenOptions
from stress.duel.replay import DuelReplay
from stress.events import to_line
from stress.runs.handle import Control
from stress.runs.playback import Playback
from stress.runs.recording import Recording
from stress.runs.replay import Replay
from tui.app import SWITCH, StressApp
from tui.duel.app import DuelApp, DuelReplayApp
from tui.replay_app import ReplayApp
from tui.start import ScreenViewer
from tui.theme import DARK, LIGHT


class RunThatEnds(FakeRun):
    """Finished after so many snapshots, or when it is asked to drain."""

    def __init__(self, snapshots: int) -> None:
        self.left = snapshots
        super().__init__(snapshot())

    def snapshot(self):
        self.left -= 1
        return super().snapshot()

    @property
    def finished(self):
        return self.left <= 0 or Control("drain") in self.asked

    @finished.setter
    def finished(self, value):
        pass


@pytest.fixture(autouse=True)
def _no_terminal(monkeypatch):
    monkeypatch.setattr(StressApp, "run", partialmethod(StressApp.run, headless=True))


def test_it_returns_when_the_run_is_finished():
    run = RunThatEnds(snapshots=5)
    ScreenViewer().watch(run)
    assert run.finished
    assert run.asked == []


def test_a_run_that_is_finished_already_opens_no_screen(monkeypatch):
    monkeypatch.setattr(StressApp, "run", lambda *_, **__: pytest.fail("opened"))
    ScreenViewer().watch(RunThatEnds(snapshots=0))


def test_if_the_screen_breaks_the_run_is_drained_and_waited_for(monkeypatch, capsys):
    def broken(_app):
        raise RuntimeError("the screen is broken")

    monkeypatch.setattr(StressApp, "poll", broken)
    run = RunThatEnds(snapshots=5)
    ScreenViewer().watch(run)
    assert run.asked == [Control("drain")]
    assert "the screen is broken" in capsys.readouterr().err


def test_to_the_ghost_and_back_goes_what_the_viewer_has_chosen_above_all_that_the_screen_is_safe(monkeypatch, tmp_path):
    (tmp_path / "events.jsonl").write_bytes(b"".join(map(to_line, small_run())))
    shown = []

    def run(app, **_):
        shown.append((type(app), app.viewing.theme, app.viewing.safe))
        app.viewing = replace(app.viewing, theme=LIGHT, safe=True)
        return SWITCH if len(shown) < 3 else None

    monkeypatch.setattr(StressApp, "run", run)
    ScreenViewer(theme="dark", ghost=tmp_path).watch(RunThatEnds(snapshots=5))
    assert shown == [(StressApp, DARK, False), (DuelApp, LIGHT, True), (StressApp, LIGHT, True)]


def test_with_log_the_screen_begins_with_a_logarithmic_axis(monkeypatch):
    shown = []
    monkeypatch.setattr(StressApp, "run", lambda app, **_: shown.append(app.viewing.log))
    for log in (False, True):
        with monkeypatch.context() as terminal:
            for name in ("stdin", "stdout", "stderr"):
                terminal.setattr(sys, name, SimpleNamespace(isatty=lambda: True))
            options = ScreenOptions(ui="tui", log=log)
        options.show(RunThatEnds(snapshots=5), None)
    assert shown == [False, True]


def test_a_run_and_a_duel_in_progress_or_recorded_have_a_screen_each(monkeypatch, tmp_path):
    (tmp_path / "events.jsonl").write_bytes(b"".join(map(to_line, small_run())))
    shown, recording = [], Recording(tmp_path)

    def run(app, **_):
        shown.append(type(app))
        app.run_handle.finished = True

    monkeypatch.setattr(StressApp, "run", run)
    for what in (
        FakeRun(snapshot()),
        FakeDuel(picture()),
        Replay(Playback(recording)),
        DuelReplay(recording, recording),
    ):
        ScreenViewer().watch(what)
    assert shown == [StressApp, DuelApp, ReplayApp, DuelReplayApp]


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(("layout", "stage"), [("auto", False), ("stage", True)])
def test_the_screen_begins_in_the_layout_that_was_asked_for(layout, stage, monkeypatch):
    shown = []

    def run(app, **_):
        shown.append(app.viewing.stage)
        app.run_handle.finished = True

    for name in ("stdin", "stdout", "stderr"):
        monkeypatch.setattr(sys, name, Terminal())
    monkeypatch.setattr(StressApp, "run", run)
    ScreenOptions(ui="tui", layout=layout).show(FakeRun(snapshot()), redactor=None)
    assert shown == [stage]


def test_the_cli_starts_without_textual():
    code = "import sys, stress.cli, stress.runs.handle; sys.exit('textual' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], timeout=60).returncode == 0

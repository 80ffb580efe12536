"""Every key of every screen, at every size: something answers, nothing breaks, and nothing is left open."""

import pytest
from duel_pictures import FakeDuel, FakeDuelPlayback
from duel_pictures import picture as duel_picture
from pictures import Clock, FakePlayback, FakeRun, snapshot
from test_layouts import text_of
from test_requests import FIVE
from textual.geometry import Region

from tui.app import StressApp, Viewing
from tui.duel.app import DuelApp, DuelReplayApp
from tui.panels.keys import Keys
from tui.replay_app import ReplayApp

SIZES = [(60, 15), (80, 24), (120, 40), (200, 60), (300, 80)]
APPS = {
    "live": lambda: StressApp(FakeRun(snapshot(gpu_number=2)), Viewing(clock=Clock())),
    "burst": lambda: StressApp(FakeRun(FIVE), Viewing(clock=Clock())),
    "replay": lambda: ReplayApp(FakePlayback(snapshot()), Viewing(clock=Clock())),
    "duel": lambda: DuelApp(FakeDuel(duel_picture()), Viewing(clock=Clock())),
    "duel replay": lambda: DuelReplayApp(FakeDuelPlayback(duel_picture()), Viewing(clock=Clock())),
}
ENDS = [(60, 15), (200, 60)]
"""Enough for all screens but the first: they have the same panels and answers."""
LEAVING = ("leave", "interrupt", "stop")
"""What these do shows once the run drains: `test_keys` has it."""


@pytest.mark.parametrize(
    ("kind", "size"), [(kind, size) for kind in APPS for size in SIZES if kind == "live" or size in ENDS]
)
async def test_every_key_answers_and_nothing_is_left_open(kind, size, monkeypatch):
    monkeypatch.setattr(StressApp, "_save_picture", lambda *_: None)  # `test_keys` draws one
    app = APPS[kind]()
    async with app.run_test(size=size) as pilot:
        places, keys = regions(app), app.query_one(Keys)
        for action in app.actions:
            for key in () if action.name in LEAVING else action.keys:
                keys.answer = ""
                await pilot.press(key)
                await pilot.pause()
                changed = regions(app) != places or len(app.screen_stack) > 1
                assert keys.answer.endswith((".", ".png")) or changed or action.name == "close", key
                if action.name in ("palette", "find"):
                    await pilot.press("escape")
                elif changed:
                    await pilot.press(key)
                    await pilot.pause()
        assert len(app.screen_stack) == 1
        assert regions(app) == places
        lines = text_of(app)
        assert app.is_running
    assert all(len(line) == size[0] for line in lines)
    assert sum(not line.strip() for line in lines) < size[1] / 2


def regions(app: StressApp) -> dict[str | None, Region]:
    """What is shown, and where."""
    return {panel.id: panel.region for panel in app.query("Panel") if panel.region}

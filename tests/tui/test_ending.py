"""The end of a run on the screen: the card comes, stays, turns, and goes."""

from dataclasses import replace

import pytest
from duel_pictures import FakeDuel, over
from ended import ended, ending
from pictures import Clock, FakePlayback, FakeRun, snapshot
from test_keys import app_on, drawn

from stress.runs.handle import Ending
from tui.app import StressApp, Viewing
from tui.duel.app import DuelApp
from tui.panels.keys import Keys
from tui.panels.results import ResultsCard
from tui.replay_app import ReplayApp

SIZE = (120, 40)


def over_with(app: StressApp, how: Ending | None) -> None:
    """Its run has just ended so."""
    run = app.run_handle
    run.shown, run.ending, run.finished = ended(), how, True
    app.poll()


def the_card(app: StressApp) -> str:
    card = app.query_one(ResultsCard)
    return drawn(card) if card.up else ""


async def test_when_the_run_ends_its_results_cover_the_screen_and_stay():
    app = app_on(FakeRun(snapshot()))
    async with app.run_test(size=SIZE) as pilot:
        assert not the_card(app)
        over_with(app, ending())
        await pilot.pause()
        assert app.query_one(ResultsCard).size == (120, 39)
        for words in ("STRESS RAMP", "DONE", "a server", "best second · average 10", "LIMIT", "SAVED"):
            assert words in the_card(app)
        assert "Finished and saved. Press q to exit" in drawn(app.query_one(Keys))
        app.poll()
        await pilot.pause()
        assert app.is_running


@pytest.mark.parametrize("key", ["q", "ctrl+c"])
async def test_q_leaves_the_results_and_asks_the_run_for_nothing(key):
    run = FakeRun(snapshot())
    app = app_on(run)
    async with app.run_test(size=SIZE) as pilot:
        over_with(app, ending())
        await pilot.press(key)
        app.poll()
        await pilot.pause()
        assert not app.is_running
    assert run.asked == []


async def test_q_while_it_ran_does_not_leave_the_results():
    app = app_on(FakeRun(snapshot()))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("q")
        over_with(app, ending("interrupted", "It was interrupted."))
        app.poll()
        await pilot.pause()
        assert app.is_running
        assert "INTERRUPTED" in the_card(app)
        assert "Interrupted and saved. Press q to exit" in drawn(app.query_one(Keys))


async def test_c_goes_to_the_last_frame_and_back():
    app = app_on(FakeRun(snapshot()))
    async with app.run_test(size=SIZE) as pilot:
        over_with(app, ending())
        await pilot.press("c")
        app.poll()
        await pilot.pause()
        assert not the_card(app)
        assert "whole run: average" in drawn(app.query_one("#throughput"))
        assert "Press q to exit" in drawn(app.query_one(Keys))
        await pilot.press("c")
        await pilot.pause()
        assert the_card(app)


@pytest.mark.parametrize("log", [False, True])
async def test_l_changes_the_axis_of_the_cards_curve_too(log):
    app = StressApp(FakeRun(snapshot()), Viewing(clock=Clock(), log=log))
    async with app.run_test(size=SIZE) as pilot:
        over_with(app, ending())
        await pilot.pause()
        assert ("tok/s, log" in the_card(app)) is log
        await pilot.press("l")
        assert ("tok/s, log" in the_card(app)) is not log


async def test_escape_and_the_panels_keys_uncover_the_last_frame():
    app = app_on(FakeRun(snapshot()))
    async with app.run_test(size=SIZE) as pilot:
        over_with(app, ending())
        await pilot.press("4")
        await pilot.pause()
        assert not the_card(app)
        assert app.query_one("#agents").size == (120, 36)
        await pilot.press("escape", "escape")
        assert the_card(app)
        await pilot.press("escape")
        assert not the_card(app)


async def test_before_the_end_c_says_that_there_are_no_results_yet():
    async with app_on(FakeRun(snapshot())).run_test(size=SIZE) as pilot:
        await pilot.press("c")
        assert "when the run is over" in drawn(pilot.app.query_one(Keys))


async def test_an_engine_that_died_is_named_on_the_card():
    app = app_on(FakeRun(snapshot()))
    async with app.run_test(size=SIZE) as pilot:
        over_with(app, ending("failed", "vLLM died: out of memory."))
        await pilot.pause()
        assert "FAILED" in the_card(app)
        assert "vLLM died: out of memory." in the_card(app)


async def test_a_run_of_which_nothing_came_leaves_at_once():
    app = app_on(FakeRun(snapshot()))
    async with app.run_test(size=SIZE) as pilot:
        run = app.run_handle
        run.shown, run.ending, run.finished = snapshot(), Ending(state="failed", cause="No reply.", place="/x"), True
        app.poll()
        await pilot.pause()
        assert not app.is_running


async def test_streamer_safe_hides_where_the_record_is_also_when_it_is_turned_on_later():
    app = app_on(FakeRun(snapshot()))
    async with app.run_test(size=SIZE) as pilot:
        over_with(app, ending("failed", "cannot write /home/ada/x"))
        await pilot.pause()
        assert "/home/ada" in the_card(app)
        await pilot.press("S")
        assert "ada" not in the_card(app)
        await pilot.press("S", "c", "S")
        assert not the_card(app)


async def test_a_picture_of_the_card_has_no_line_of_keys_and_a_name_of_its_own(tmp_path):
    run = FakeRun(snapshot())
    run.place = tmp_path
    app = app_on(run)
    async with app.run_test(size=SIZE) as pilot:
        over_with(app, ending())
        await pilot.press("s", "s", "s")
        await app.workers.wait_for_complete()
        assert "Press" not in (tmp_path / "results-120x40.svg").read_text()
        assert f"Saved {tmp_path}" in drawn(app.query_one(Keys))
    names = {path.name for path in tmp_path.iterdir()}
    assert names == {f"results-120x40{number}.{kind}" for number in ("", "-2", "-3") for kind in ("svg", "png")}


async def test_a_replay_ends_in_the_same_card_which_goes_when_it_is_sought_back():
    playback = FakePlayback(snapshot())
    app = ReplayApp(playback, Viewing(clock=Clock()))
    async with app.run_test(size=SIZE) as pilot:
        playback.shown, playback.ending = ended(), ending()
        app.poll()
        await pilot.pause()
        assert "STRESS RAMP" in the_card(app)
        assert "End of the recording. Press q to exit" in drawn(app.query_one(Keys))
        playback.shown, playback.ending = snapshot(), None
        app.poll()
        assert not the_card(app)
        assert "Press q to exit" not in drawn(app.query_one(Keys))
        playback.shown, playback.ending = ended(), ending()
        app.poll()
        assert the_card(app)
        await pilot.press("q")
        playback.finished = True
        app.poll()
        await pilot.pause()
        assert not app.is_running


async def test_a_duel_ends_in_a_card_with_its_verdict():
    app = DuelApp(FakeDuel(over()), Viewing(clock=Clock()))
    async with app.run_test(size=SIZE) as pilot:
        app.run_handle.ending, app.run_handle.finished = Ending(state="done", place="runs/duel"), True
        app.poll()
        await pilot.pause()
        assert "STRESS DUEL" in the_card(app)
        assert "(95 %: 11.9 to 12.8)" in the_card(app)
        await pilot.press("q")
        app.poll()
        await pilot.pause()
        assert not app.is_running


async def test_a_theme_that_is_chosen_on_the_card_is_its_own_too():
    app = app_on(FakeRun(snapshot()))
    async with app.run_test(size=SIZE) as pilot:
        over_with(app, ending())
        before = app.query_one(ResultsCard).render_line(20)
        await pilot.press("t")
        assert app.query_one(ResultsCard).render_line(20) != before
        assert app.viewing == replace(app.viewing, theme=app.query_one(ResultsCard).theme)

"""The keys of a recorded run's screen, pressed."""

import pytest
from pictures import Clock, FakePlayback, snapshot
from test_keys import drawn

from stress.runs.handle import Control
from tui.app import Viewing
from tui.panels.keys import Keys
from tui.replay_app import ReplayApp


def app_on(playback: FakePlayback) -> ReplayApp:
    return ReplayApp(playback, Viewing(clock=Clock()))


@pytest.mark.parametrize(
    ("key", "asked"),
    [
        ("space", ("pause", True)),
        ("right", ("seek", 10.0)),
        ("left", ("seek", -10.0)),
        ("up", ("seek", 60.0)),
        ("down", ("seek", -60.0)),
        ("plus", ("faster", 2)),
        ("equals_sign", ("faster", 2)),
        ("minus", ("faster", 0.5)),
        ("m", ("mark", 1)),
        ("n", ("mark", -1)),
        ("q", Control("drain")),
        ("ctrl+c", Control("drain")),
    ],
)
async def test_a_key_asks_the_playback_for_its_action_and_nothing_else(key, asked):
    playback = FakePlayback(snapshot())
    async with app_on(playback).run_test() as pilot:
        await pilot.press(key)
        assert playback.asked == [asked]


async def test_where_the_recording_stands_is_on_screen_and_moves_without_events():
    playback = FakePlayback(snapshot(phase="done"))
    async with app_on(playback).run_test(size=(120, 40)) as pilot:
        keys = pilot.app.query_one(Keys)
        assert "REPLAY 4×  0:35 / 2:30" in drawn(keys)
        assert "Saving" not in drawn(keys)
        playback.position, playback.paused = 36.0, True
        pilot.app.poll()
        assert "REPLAY PAUSED  0:36 / 2:30" in drawn(keys)


async def test_where_a_mark_led_to_is_said():
    playback = FakePlayback(snapshot())
    async with app_on(playback).run_test() as pilot:
        await pilot.press("m")
        assert "At the peak." in drawn(pilot.app.query_one(Keys))


async def test_what_has_been_skipped_is_said():
    playback = FakePlayback(snapshot())
    async with app_on(playback).run_test() as pilot:
        playback.skipped = "Skipped 0:58 without news."
        pilot.app.poll()
        assert "Skipped 0:58 without news." in drawn(pilot.app.query_one(Keys))


async def test_without_a_ghost_d_says_how_to_see_two_runs():
    async with app_on(FakePlayback(snapshot())).run_test(size=(120, 40)) as pilot:
        await pilot.press("d")
        assert "This run has no ghost. To see two recorded runs side by side: stress replay" in drawn(
            pilot.app.query_one(Keys)
        )


async def test_where_a_key_has_gone_and_how_fast_it_plays_is_said():
    playback = FakePlayback(snapshot())
    async with app_on(playback).run_test(size=(120, 40)) as pilot:
        for key, answer in (
            ("right", "10 seconds forward."),
            ("down", "60 seconds back."),
            ("plus", "Playing at 4 × the speed of the run."),
        ):
            await pilot.press(key)
            assert answer in drawn(pilot.app.query_one(Keys))


async def test_it_stays_on_its_last_picture_until_the_viewer_leaves():
    playback = FakePlayback(snapshot(phase="done"))
    app = app_on(playback)
    async with app.run_test() as pilot:
        pilot.app.poll()
        assert app.is_running
        playback.finished = True
        pilot.app.poll()
        await pilot.pause()
        assert not app.is_running


@pytest.mark.parametrize(
    ("key", "position", "answer"), [("right", 150.0, "This is the end."), ("left", 0.0, "This is the start.")]
)
async def test_at_an_end_of_the_recording_a_key_does_not_say_that_it_went_further(key, position, answer):
    playback = FakePlayback(snapshot())
    playback.position = position
    async with app_on(playback).run_test(size=(120, 40)) as pilot:
        await pilot.press(key)
        assert answer in drawn(pilot.app.query_one(Keys))
        assert playback.asked == []


@pytest.mark.parametrize(("paused", "label"), [(False, "space pause"), (True, "space play")])
async def test_the_line_of_keys_says_what_space_does_now(paused, label):
    playback = FakePlayback(snapshot())
    playback.paused = paused
    async with app_on(playback).run_test(size=(120, 40)) as pilot:
        assert label in drawn(pilot.app.query_one(Keys))

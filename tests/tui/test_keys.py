"""Every key, pressed."""

import msgspec
import pytest
from pictures import Clock, FakeRun, changed, snapshot

from tui.actions import ACTIONS
from tui.app import StressApp
from tui.panels.help import Help
from tui.panels.keys import Keys


def app_on(run: FakeRun, clock: Clock | None = None) -> StressApp:
    return StressApp(run, clock=clock or Clock())


def drawn(panel) -> str:
    return "\n".join(panel.render_line(y).text for y in range(panel.size.height))


@pytest.mark.parametrize(
    ("key", "asked"),
    [
        ("space", ("hold", True)),
        ("plus", ("nudge", 1)),
        ("equals_sign", ("nudge", 1)),
        ("minus", ("nudge", -1)),
        ("m", ("mark", "")),
        ("q", "drain"),
        ("ctrl+c", "drain"),
        ("ctrl+q", "drain"),
    ],
)
async def test_a_key_asks_the_run_for_its_action_and_nothing_else(key, asked):
    run = FakeRun(snapshot())
    async with app_on(run).run_test() as pilot:
        await pilot.press(key)
        assert run.asked == [asked]


async def test_space_resumes_a_held_ramp():
    run = FakeRun(snapshot(held=True))
    async with app_on(run).run_test() as pilot:
        await pilot.press("space")
        assert run.asked == [("hold", False)]


@pytest.mark.parametrize("first", ["q", "ctrl+c"])
@pytest.mark.parametrize("second", ["q", "ctrl+c"])
async def test_asked_twice_to_leave_it_stops_at_once(first, second):
    run = FakeRun(snapshot())
    async with app_on(run).run_test() as pilot:
        await pilot.press(first, second)
        assert run.asked == ["drain", "stop"]


async def test_leaving_a_run_that_drains_by_itself_stops_it():
    run = FakeRun(snapshot(phase="drain"))
    async with app_on(run).run_test() as pilot:
        await pilot.press("q")
        assert run.asked == ["stop"]
        assert "saving" in drawn(pilot.app.query_one(Keys))


async def test_leaving_neither_closes_the_screen_nor_hides_that_the_run_drains():
    run = FakeRun(snapshot())
    async with app_on(run).run_test() as pilot:
        await pilot.press("q")
        run.shown = changed(run.shown, phase="drain", in_flight=17)
        pilot.app.poll()
        assert pilot.app.is_running
        assert "draining: 17 replies in flight" in drawn(pilot.app.query_one(Keys))


async def test_help_opens_explains_every_key_and_closes_again():
    run = FakeRun(snapshot())
    async with app_on(run).run_test() as pilot:
        page = pilot.app.query_one(Help)
        assert not page.display
        await pilot.press("question_mark")
        await pilot.pause()
        for action in ACTIONS:
            assert action.help in drawn(page)
        await pilot.press("question_mark")
        assert not page.display
        await pilot.press("question_mark", "escape")
        assert not page.display
        assert run.asked == []


async def test_keys_work_while_the_help_is_open():
    run = FakeRun(snapshot())
    async with app_on(run).run_test() as pilot:
        await pilot.press("question_mark", "space", "q")
        assert run.asked == [("hold", True), "drain"]


async def test_a_mark_is_answered_on_screen_for_a_moment():
    run, clock = FakeRun(snapshot()), Clock()
    async with app_on(run, clock).run_test() as pilot:
        keys = pilot.app.query_one(Keys)
        await pilot.press("m")
        assert "marked" in drawn(keys)
        clock.now += 5
        pilot.app.poll()
        assert "marked" not in drawn(keys)


async def test_the_line_of_keys_names_every_labelled_action_at_every_size():
    for size in ((80, 24), (120, 40), (200, 60)):
        async with app_on(FakeRun(snapshot())).run_test(size=size) as pilot:
            line = drawn(pilot.app.query_one(Keys))
            assert all(action.caps in line and action.label in line for action in ACTIONS if action.label)


async def test_the_screen_closes_when_the_run_is_finished():
    run = FakeRun(snapshot())
    app = app_on(run)
    async with app.run_test() as pilot:
        run.finished = True
        pilot.app.poll()
        await pilot.pause()
        assert not app.is_running


async def test_a_run_that_finished_before_the_screen_opened_closes_it():
    app = app_on(FakeRun(snapshot(phase="done"), finished=True))
    async with app.run_test() as pilot:
        await pilot.pause()
        assert not app.is_running


async def test_what_the_snapshot_says_is_on_screen_after_a_poll():
    run = FakeRun(snapshot(tok_s=0.0))
    async with app_on(run).run_test(size=(120, 40)) as pilot:
        run.shown = msgspec.structs.replace(run.shown, peak_tok_s=7654.0)
        pilot.app.poll()
        assert "7,654" in drawn(pilot.app.query_one("#throughput"))


async def test_the_screen_follows_the_terminals_size():
    async with app_on(FakeRun(snapshot())).run_test(size=(200, 60)) as pilot:
        for size in ((80, 24), (120, 40), (40, 10), (1, 1), (200, 60)):
            await pilot.resize_terminal(*size)
            await pilot.pause()
        assert "THROUGHPUT" in drawn(pilot.app.query_one("#curve"))

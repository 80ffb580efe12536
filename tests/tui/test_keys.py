"""Every key, pressed."""

import msgspec
import pytest
from pictures import Clock, FakeRun, changed, snapshot
from test_burst_shown import burst

from stress.fold.burst_progress import Progress
from stress.runs.handle import Control
from tui.actions import ACTIONS, DUEL_ACTIONS
from tui.app import SWITCH, StressApp, Viewing
from tui.duel.app import DuelApp, DuelReplayApp
from tui.layouts import FILLING
from tui.panels.curve import Curve
from tui.panels.keys import Keys
from tui.panels.load import Load
from tui.replay_app import ACTIONS as REPLAY_ACTIONS
from tui.replay_app import ReplayApp


def app_on(run: FakeRun, clock: Clock | None = None) -> StressApp:
    return StressApp(run, Viewing(clock=clock or Clock()))


def drawn(panel) -> str:
    return "\n".join(panel.render_line(y).text for y in range(panel.size.height))


@pytest.mark.parametrize(
    ("key", "asked"),
    [
        ("space", Control("hold")),
        ("plus", Control("step", 1)),
        ("equals_sign", Control("step", 1)),
        ("minus", Control("step", -1)),
        ("m", Control("mark")),
        ("n", Control("next_stage")),
        ("x", Control("stop")),
        ("q", Control("drain")),
        ("ctrl+c", Control("drain")),
        ("ctrl+q", Control("drain")),
    ],
)
async def test_a_key_asks_the_run_for_its_action_and_nothing_else(key, asked):
    run = FakeRun(snapshot())
    async with app_on(run).run_test() as pilot:
        await pilot.press(key)
        assert run.asked == [asked]


@pytest.mark.parametrize("key", ["plus", "m", "n"])
async def test_why_the_run_refuses_what_a_key_asks_is_said_in_place_of_its_answer(key):
    run = FakeRun(snapshot())
    run.refusal = "The run is ending."
    async with app_on(run).run_test(size=(120, 40)) as pilot:
        await pilot.press(key)
        assert drawn(pilot.app.query_one(Keys)).strip() == run.refusal


async def test_space_holds_the_ramp_and_resumes_a_held_one_and_says_so():
    run = FakeRun(snapshot())
    async with app_on(run).run_test() as pilot:
        await pilot.press("space")
        assert "The ramp is held. Press space to resume it." in drawn(pilot.app.query_one(Keys))
        run.shown = msgspec.structs.replace(run.shown, held=True)
        await pilot.press("space")
        assert "The ramp is resumed." in drawn(pilot.app.query_one(Keys))
        assert run.asked == [Control("hold"), Control("resume")]


async def test_the_next_stage_of_a_held_ramp_is_refused_in_a_sentence():
    run = FakeRun(snapshot(held=True))
    async with app_on(run).run_test(size=(120, 40)) as pilot:
        await pilot.press("n")
        assert "The ramp is held. Press space to resume it" in drawn(pilot.app.query_one(Keys))
        assert run.asked == []


@pytest.mark.parametrize(("key", "answer"), [("n", "A burst has no stages."), ("space", "A burst has no ramp to hold")])
async def test_a_burst_says_that_it_follows_no_ramp(key, answer):
    run = FakeRun(burst(Progress(share=0.5, ended=12, left_s=75.0)))
    async with app_on(run).run_test(size=(120, 40)) as pilot:
        await pilot.press(key)
        assert answer in drawn(pilot.app.query_one(Keys))
        assert run.asked == []


async def test_there_is_always_one_agent():
    run = FakeRun(snapshot(agents=1, target=1))
    async with app_on(run).run_test() as pilot:
        await pilot.press("minus", "left_square_bracket")
        assert "One agent is the minimum." in drawn(pilot.app.query_one(Keys))
        assert run.asked == []


@pytest.mark.parametrize("first", ["q", "ctrl+c"])
@pytest.mark.parametrize("second", ["q", "ctrl+c"])
async def test_asked_twice_to_leave_it_stops_at_once(first, second):
    run = FakeRun(snapshot())
    async with app_on(run).run_test() as pilot:
        await pilot.press(first, second)
        assert run.asked == [Control("drain"), Control("stop")]


async def test_leaving_a_run_that_already_drains_stops_it():
    run = FakeRun(snapshot(phase="drain"))
    async with app_on(run).run_test() as pilot:
        await pilot.press("q")
        assert run.asked == [Control("stop")]
        assert "Saving" in drawn(pilot.app.query_one(Keys))


async def test_leaving_neither_closes_the_screen_nor_hides_that_the_run_drains():
    run = FakeRun(snapshot())
    async with app_on(run).run_test() as pilot:
        await pilot.press("q")
        run.shown = changed(run.shown, phase="drain", in_flight=17)
        pilot.app.poll()
        assert pilot.app.is_running
        assert "Draining: 17 replies in flight. Press q again to stop now." in drawn(pilot.app.query_one(Keys))


async def test_keys_work_while_the_help_is_open():
    run = FakeRun(snapshot())
    async with app_on(run).run_test() as pilot:
        await pilot.press("question_mark", "space", "q")
        assert run.asked == [Control("hold"), Control("drain")]


async def test_a_mark_is_answered_on_screen_for_a_moment():
    run, clock = FakeRun(snapshot()), Clock()
    async with app_on(run, clock).run_test() as pilot:
        keys = pilot.app.query_one(Keys)
        await pilot.press("m")
        assert "Marked." in drawn(keys)
        clock.now += 5
        pilot.app.poll()
        assert "Marked." not in drawn(keys)


@pytest.mark.parametrize("size", [(60, 15), (80, 24), (120, 40), (200, 60)])
async def test_the_line_of_keys_names_the_labelled_actions_and_always_the_help(size):
    async with app_on(FakeRun(snapshot())).run_test(size=size) as pilot:
        line = drawn(pilot.app.query_one(Keys))
        assert "? help" in line
        named = [action for action in ACTIONS if action.label and f"{action.caps} {action.label}" in line]
        assert len(named) == sum(bool(action.label) for action in ACTIONS) or size[0] < 120
        assert "q quit" in line or size[0] < 80
        assert len(named) >= 4


@pytest.mark.parametrize(("key", "agents"), [("right_square_bracket", 10), ("left_square_bracket", -10)])
async def test_a_step_is_a_twentieth_of_the_ramps_most_agents(key, agents):
    run = FakeRun(snapshot())
    async with app_on(run).run_test() as pilot:
        await pilot.press(key)
        assert run.asked == [Control("step", agents)]


async def test_a_step_of_a_small_ramp_is_one_agent():
    run = FakeRun(snapshot(agents=4, target=4, peak=6))
    async with app_on(run).run_test() as pilot:
        await pilot.press("right_square_bracket")
        assert run.asked == [Control("step", 1)]


@pytest.mark.parametrize(("number", "name"), enumerate(FILLING, 1))
async def test_a_number_fills_the_screen_with_its_panel_and_escape_shows_all_again(number, name):
    run = FakeRun(snapshot(gpu_number=6))
    async with app_on(run).run_test(size=(120, 40)) as pilot:
        before = pilot.app.query_one(f"#{name}").size
        await pilot.press(str(number))
        await pilot.pause()
        assert pilot.app.query_one(f"#{name}").size == (120, 36)
        assert run.asked == [Control(next(action.name for action in ACTIONS if str(number) in action.keys))]
        await pilot.press("escape")
        await pilot.pause()
        assert pilot.app.query_one(f"#{name}").size == before


async def test_the_same_number_again_shows_all_panels_and_another_fills_the_screen_in_its_place():
    async with app_on(FakeRun(snapshot())).run_test(size=(120, 40)) as pilot:
        await pilot.press("1", "4")
        await pilot.pause()
        assert pilot.app.query_one("#agents").size == (120, 36)
        await pilot.press("4")
        await pilot.pause()
        assert pilot.app.query_one("#curve").size.height < 20


async def test_g_goes_through_the_gpus_metrics_and_round_again():
    async with app_on(FakeRun(snapshot(gpu_number=2))).run_test(size=(120, 40)) as pilot:
        heads = []
        for _ in range(5):
            heads.append(drawn(pilot.app.query_one(Load)).splitlines()[1])
            await pilot.press("g")
    words = ("utilisation", "power draw", "memory in use", "tensor cores", "utilisation")
    assert all(word in head for word, head in zip(words, heads, strict=True))


async def test_without_a_gpu_the_key_for_its_views_says_so():
    async with app_on(FakeRun(snapshot())).run_test(size=(120, 40)) as pilot:
        await pilot.press("g")
        assert "There is no GPU here" in drawn(pilot.app.query_one(Keys))


async def test_a_metric_that_a_gpu_does_not_report_is_n_a_with_an_empty_bar():
    picture = snapshot(gpu_number=1)
    gpu = msgspec.structs.replace(picture.sample.gpus[0], power_limit_w=None, tensor=None)
    async with app_on(FakeRun(changed(picture, gpus=(gpu,)))).run_test(size=(120, 40)) as pilot:
        await pilot.press("g")
        assert "n/a" in drawn(pilot.app.query_one(Load)).splitlines()[2]


async def test_on_a_narrow_screen_the_name_of_a_saved_picture_is_whole(tmp_path):
    run = FakeRun(snapshot())
    run.place = tmp_path / "a-directory-with-a-long-name" / "screenshots"
    async with app_on(run).run_test(size=(60, 15)) as pilot:
        await pilot.press("s")
        assert drawn(pilot.app.query_one(Keys)).strip() == "Saved 00083.0s-60x15.svg and .png"
        await pilot.app.workers.wait_for_complete()


async def test_a_picture_of_the_screen_goes_into_the_run_as_svg_and_png(tmp_path):
    run = FakeRun(snapshot())
    run.place = tmp_path / "screenshots"
    async with app_on(run).run_test(size=(120, 40)) as pilot:
        await pilot.press("s")
        assert "Saved " in drawn(pilot.app.query_one(Keys))
        await pilot.app.workers.wait_for_complete()
        assert Control("screenshot") in run.asked
    svg, png = (run.place / f"00083.0s-120x40.{kind}" for kind in ("svg", "png"))
    assert "THROUGHPUT" in svg.read_text()
    assert png.read_bytes().startswith(b"\x89PNG")


async def test_a_picture_that_cannot_be_written_is_said_and_the_screen_goes_on(tmp_path):
    (tmp_path / "screenshots").write_text("a file")
    run = FakeRun(snapshot())
    run.place = tmp_path / "screenshots"
    async with app_on(run).run_test(size=(120, 40)) as pilot:
        await pilot.press("s")
        await pilot.app.workers.wait_for_complete()
        await pilot.pause()
        assert "No picture" in drawn(pilot.app.query_one(Keys))
        assert pilot.app.is_running


async def test_the_palette_lists_every_action_and_does_what_is_chosen():
    run = FakeRun(snapshot())
    async with app_on(run).run_test(size=(120, 40)) as pilot:
        await pilot.press("ctrl+p")
        await pilot.pause()
        await pilot.press(*"next stage")
        await pilot.pause(0.5)
        await pilot.press("down", "enter")
        await pilot.pause()
        assert run.asked == [Control("next_stage")]


async def test_no_key_stands_for_two_actions():
    for actions in (ACTIONS, DUEL_ACTIONS, REPLAY_ACTIONS):
        keys = [key for action in actions for key in action.keys]
        assert len(keys) == len(set(keys))
        names = [action.name for action in actions]
        assert len(names) == len(set(names))


@pytest.mark.parametrize("screen", [StressApp, DuelApp, ReplayApp, DuelReplayApp])
def test_every_action_names_a_method_of_its_screen(screen):
    for action in screen.actions:
        assert callable(getattr(screen, f"action_{action.do.partition('(')[0]}", None)), action.name


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


async def test_slash_finds_an_agent_by_its_number_and_shows_it_alone_until_escape():
    run = FakeRun(snapshot())
    async with app_on(run).run_test(size=(120, 40)) as pilot:
        await pilot.press("slash")
        await pilot.pause()
        await pilot.press("4", "2")
        await pilot.pause(0.5)
        await pilot.press("down", "enter")
        await pilot.pause()
        assert ("watch", "a42") in run.asked
        assert pilot.app.query_one("#agent").size == (120, 36)
        await pilot.press("escape")
        await pilot.pause()
        assert run.asked[-1] == ("watch", None)
        assert pilot.app.query_one("#curve").size.height > 0


async def test_d_leaves_for_the_other_screen_of_a_run_with_a_ghost():
    app = StressApp(FakeRun(snapshot()), Viewing(has_ghost=True, clock=Clock()))
    async with app.run_test() as pilot:
        await pilot.press("d")
        await pilot.pause()
    assert app.return_value == SWITCH


async def test_without_a_ghost_d_says_how_to_have_one():
    async with app_on(FakeRun(snapshot())).run_test(size=(120, 40)) as pilot:
        await pilot.press("d")
        assert "This run has no ghost. To run beside a recorded run: stress ramp" in drawn(pilot.app.query_one(Keys))
        assert pilot.app.is_running


@pytest.mark.parametrize("log", [False, True])
async def test_l_changes_between_a_linear_and_a_logarithmic_axis(log):
    run = FakeRun(snapshot())
    app = StressApp(run, Viewing(clock=Clock(), log=log))
    async with app.run_test(size=(120, 40)) as pilot:
        curve = app.query_one(Curve)
        assert ("tok/s, log" in drawn(curve)) is log
        await pilot.press("l")
        assert ("tok/s, log" in drawn(curve)) is not log
        assert f"The tok/s axis is {'linear' if log else 'logarithmic'}." in drawn(app.query_one(Keys))
        assert app.viewing.log is not log
        assert run.asked == [Control("log axis")]

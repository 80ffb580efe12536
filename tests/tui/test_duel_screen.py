"""The split screen: compared with pictures that a person has looked at, and its keys pressed."""

import msgspec
import pytest
from duel_pictures import DIFFERENCES, VERDICT, FakeDuel, FakeDuelPlayback, over, picture, side, starting
from hypothesis import given
from hypothesis import strategies as st
from pictures import Clock
from test_keys import drawn

from stress.duel.differences import Difference
from stress.duel.snapshot import SideView
from stress.duel.verdict import Ratio
from stress.fold.ghost import Ghost
from stress.runs.handle import Control
from tui.app import Viewing
from tui.duel.app import DuelApp, DuelReplayApp
from tui.duel.differs import Differs
from tui.duel.score import Score
from tui.duel.side import SidePace
from tui.layouts import SMALLEST, arrange_duel
from tui.panels.curve import Curve
from tui.panels.keys import Keys

PICTURES = {
    "small-duel": ((80, 24), picture),
    "standard-duel": ((120, 40), picture),
    "large-duel": ((200, 60), picture),
    "standard-duel-starting": ((120, 40), starting),
    "standard-duel-over": ((120, 40), over),
}


def app_on(shown) -> DuelApp:
    return DuelApp(FakeDuel(shown), Viewing(clock=Clock()))


@pytest.mark.parametrize("name", PICTURES)
def test_a_duel_looks_as_it_did(name, snap_compare):
    size, make = PICTURES[name]
    assert snap_compare(app_on(make()), terminal_size=size)


@given(st.integers(1, 400), st.integers(1, 150))
def test_every_panel_of_a_duel_has_a_place_inside_and_both_halves_are_equal(width, height):
    places = arrange_duel(width, height)
    width, height = max(width, SMALLEST[0]), max(height, SMALLEST[1])
    taken = set()
    for name, place in places.items():
        assert place.area > 0, name
        cells = {(x, y) for x in range(place.x, place.right) for y in range(place.y, place.bottom)}
        assert not cells & taken, name
        taken |= cells
        if name.startswith("left-"):
            assert places[name.replace("left", "right")].size == place.size
    assert max(x for x, _ in taken) == width - 1
    assert max(y for _, y in taken) == height - 1


async def shown_at(picture, panel, size=(120, 40)) -> str:
    async with app_on(picture).run_test(size=size) as pilot:
        return drawn(pilot.app.query_one(panel))


async def test_the_leaders_ratio_and_lead_are_in_words_too():
    words = await shown_at(picture(), Score)
    assert "LEFT LEADS" in words
    assert "since 0:0" in words
    assert "× the tokens so far" in words


async def test_the_one_who_is_behind_is_never_shown_as_the_leader():
    turned = picture()
    turned = msgspec.structs.replace(
        turned, lead=msgspec.structs.replace(turned.lead, ratio=0.5, tokens_ratio=0.25, leader="right", since=3)
    )
    words = await shown_at(turned, Score)
    assert "RIGHT LEADS" in words
    assert "4.00 × the tokens so far" in words


@pytest.mark.parametrize(
    ("changes", "head"),
    [
        ({}, "LEFT WINS"),
        ({"leader": None}, "NOT DECIDED"),
        ({"leader": None, "equal_agents": Ratio(mean=1.0, low=0.99, high=1.01)}, "EVEN"),
        ({"leader": "right"}, "RIGHT WINS"),
        ({"equal_agents": Ratio(mean=12.3), "rounds": 1}, "LEFT IS AHEAD"),
        ({"equal_agents": Ratio(mean=None), "peak": Ratio(mean=None), "leader": None}, "the sides never made"),
    ],
)
async def test_at_the_end_stands_the_verdict_with_how_sure_it_is(changes, head):
    end = msgspec.structs.replace(over(), verdict=msgspec.structs.replace(VERDICT, **changes))
    assert head in await shown_at(end, Score)


async def test_both_curves_have_the_same_axes():
    async with app_on(picture()).run_test(size=(120, 40)) as pilot:
        left, right = (drawn(pilot.app.query_one(f"#{name}", Curve)) for name in ("left-curve", "right-curve"))
    axes = [[line[:6] for line in half.splitlines()[1:-1]] for half in (left, right)]
    assert axes[0] == axes[1]
    assert left.splitlines()[-1] == right.splitlines()[-1]


async def test_both_times_to_the_first_token_are_on_one_axis():
    slow = side(tok_s=100.0)
    times = msgspec.structs.replace(slow.sample.ttft_ms, p50=8420.0, p99=12_040.0)
    slow = msgspec.structs.replace(slow, sample=msgspec.structs.replace(slow.sample, ttft_ms=times))
    shown = picture(right=SideView(words="slow", snapshot=slow))
    async with app_on(shown).run_test(size=(120, 40)) as pilot:
        bars = [
            next(line for line in drawn(pilot.app.query_one(f"#{name}", SidePace)).splitlines() if "p50" in line[:10])
            for name in ("left-pace", "right-pace")
        ]
    assert bars[0].count("▆") * 20 < bars[1].count("▆")


async def test_a_side_that_has_not_begun_says_why_and_shows_nothing_of_a_round_before():
    async with app_on(picture()).run_test(size=(120, 40)) as pilot:
        pilot.app.run_handle.now = starting()
        pilot.app.poll()
        assert drawn(pilot.app.query_one("#left-curve")).strip() == ""
        assert "loading weights, 40 %" in drawn(pilot.app.query_one("#left-side"))
        assert "waits for its turn" in drawn(pilot.app.query_one("#right-side"))


@pytest.mark.parametrize(("note", "badge"), [("ghost", "• ghost, done"), ("", " done ")])
async def test_a_side_that_is_over_says_so_and_that_its_numbers_are_its_last(note, badge):
    ended = side(tok_s=100.0)
    ended = msgspec.structs.replace(ended, sample=msgspec.structs.replace(ended.sample, phase="done"))
    shown = picture(left=SideView(words="ended", snapshot=ended, note=note))
    assert badge in await shown_at(shown, "#left-side")
    assert "tok/s, its last 2 s" in await shown_at(shown, "#left-pace", (200, 60))
    assert "done" not in await shown_at(shown, "#right-side")
    assert "its last" not in await shown_at(shown, "#right-pace", (200, 60))


async def test_what_differs_is_named_and_what_does_not_fit_is_counted():
    words = await shown_at(picture(), Differs, (200, 60))
    for difference in DIFFERENCES:
        assert f"{difference.name} {difference.left} : {difference.right}" in words
    many = tuple(Difference(f"setting-{number}", "a" * 20, "b" * 20) for number in range(30))
    assert "more, in duel.json" in await shown_at(picture(differences=many), Differs)


async def test_a_duel_of_unlike_work_says_so():
    words = await shown_at(picture(differences=(Difference("seed", "1", "2"),)), Differs)
    assert "the work itself too: seed" in words


@pytest.mark.parametrize(
    ("key", "asked"),
    [("m", Control("mark")), ("q", Control("drain")), ("ctrl+c", Control("drain")), ("ctrl+q", Control("drain"))],
)
async def test_a_key_of_a_duel_asks_for_its_action(key, asked):
    async with app_on(picture()).run_test() as pilot:
        await pilot.press(key)
        assert pilot.app.run_handle.asked == [asked]


@pytest.mark.parametrize("key", ["plus", "minus", "equals_sign", "space", "n"])
async def test_nobody_gets_more_agents_or_time_in_a_duel(key):
    async with app_on(picture()).run_test() as pilot:
        await pilot.press(key)
        assert pilot.app.run_handle.asked == []
        assert "more" not in drawn(pilot.app.query_one(Keys))


async def test_before_anything_runs_it_can_be_left():
    async with app_on(starting()).run_test() as pilot:
        await pilot.press("q", "q")
        assert pilot.app.run_handle.asked == [Control("drain"), Control("stop")]


async def test_it_stays_on_its_verdict_until_the_viewer_leaves():
    app = app_on(over())
    async with app.run_test(size=(120, 40)) as pilot:
        app.run_handle.finished = True
        app.poll()
        assert "Finished and saved. Press q to exit." in drawn(app.query_one(Keys))
        assert app.is_running
        await pilot.press("q")
        app.poll()
        await pilot.pause()
        assert not app.is_running


async def test_a_recorded_one_that_has_come_to_its_verdict_can_be_left():
    app = DuelReplayApp(FakeDuelPlayback(over()), Viewing(clock=Clock()))
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("q")
        app.run_handle.finished = True
        app.poll()
        await pilot.pause()
        assert not app.is_running


async def test_without_a_verdict_it_closes_when_it_is_over():
    app = app_on(picture())
    async with app.run_test(size=(120, 40)) as pilot:
        app.run_handle.finished = True
        app.poll()
        await pilot.pause()
        assert not app.is_running


async def test_on_a_small_screen_too_a_side_says_what_it_waits_for():
    async with app_on(starting()).run_test(size=(80, 24)) as pilot:
        assert "vLLM: loading weights" in drawn(pilot.app.query_one("#left-side"))
        assert "waits for its turn" in drawn(pilot.app.query_one("#right-side"))


async def test_a_ghost_that_will_rise_higher_is_on_both_halves_axes():
    shown = picture()
    ghost = Ghost(label="vLLM", points=((0.0, 0.0, 1), (149.0, 90_000.0, 200)), peak_tok_s=90_000.0)
    run = shown.right.snapshot
    haunted = msgspec.structs.replace(run, about=msgspec.structs.replace(run.about, ghost=ghost))
    shown = msgspec.structs.replace(shown, right=msgspec.structs.replace(shown.right, snapshot=haunted))
    async with app_on(shown).run_test(size=(120, 40)) as pilot:
        tops = [drawn(pilot.app.query_one(f"#{side}-curve")).splitlines()[1][:6].strip() for side in ("left", "right")]
    assert tops == ["100k", "100k"]

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pictures import Clock, FakeRun, snapshot
from textual.geometry import Region

from tui.app import StressApp, Viewing
from tui.duel.app import DuelApp
from tui.layouts import (
    BAR,
    FILLING,
    LEAST,
    SMALLEST,
    TOO_SMALL,
    Places,
    arrange,
    arrange_duel_stage,
    arrange_stage,
    fill,
)

MATTERS = {"header", "throughput", "agents", "curve", "limit", "keys"}
ALWAYS = MATTERS | {"latency", "ramp", "load", "conversation", "errors", "vitals"}
WIDTHS, HEIGHTS = st.integers(LEAST[0], 400), st.integers(LEAST[1], 150)
SIZES = [(60, 15), (70, 20), (79, 24), (80, 23), (80, 24), (120, 40), (200, 60), (300, 80)]


def check(places: Places, width: int, height: int) -> None:
    """No two panels overlap, and all that stays empty is the gap of one column between neighbours."""
    for place in places.values():
        assert place.area > 0
        assert place in Region(0, 0, width, height)
        assert sum(place.overlaps(other) for other in places.values()) == 1
    assert width * height - sum(place.area for place in places.values()) <= 2 * height


@given(WIDTHS, HEIGHTS, st.sampled_from([None, BAR]))
def test_every_panel_has_a_place_inside_and_none_overlap(width, height, ramp):
    places = arrange(width, height, ramp)
    check(places, width, height)
    if width >= SMALLEST[0] and height >= SMALLEST[1]:
        assert set(places) == ALWAYS
    assert set(places) >= MATTERS


@given(WIDTHS, HEIGHTS)
def test_the_stage_is_filled_with_four_panels_and_the_line_that_answers(width, height):
    places = arrange_stage(width, height)
    check(places, width, height)
    assert list(places) == ["header", "giant", "curve", "load", "keys"]
    assert places["giant"].height >= 6


@given(WIDTHS, HEIGHTS)
def test_a_duels_stage_is_filled_and_both_halves_are_equal(width, height):
    places = arrange_duel_stage(width, height)
    check(places, width, height)
    assert places["left-pace"].size == places["right-pace"].size


@given(st.sampled_from(FILLING), WIDTHS, HEIGHTS)
def test_one_panel_fills_the_screen(name, width, height):
    check(fill(name, width, height), width, height)


@pytest.mark.parametrize(("size", "digits"), [((60, 15), 6), ((80, 24), 8), ((120, 40), 16), ((200, 60), 18)])
def test_larger_screens_give_the_numbers_more_room(size, digits):
    assert arrange(*size)["throughput"].height == digits


def app_on(run: FakeRun, **viewing) -> StressApp:
    return StressApp(run, Viewing(clock=Clock(), **viewing))


def text_of(app: StressApp) -> list[str]:
    return [strip.text for strip in app.screen._compositor.render_strips()]


@pytest.mark.parametrize("size", [(59, 15), (60, 14), (50, 12), (20, 10), (120, 5)])
async def test_a_screen_that_is_too_small_says_what_is_needed_and_nothing_else(size):
    app = app_on(FakeRun(snapshot()))
    async with app.run_test(size=size):
        said = " ".join("".join(f"{line} " for line in text_of(app)).split())
    needed = f"This screen is {size[0]}×{size[1]}; stress needs 60×15. Make the window larger or the font smaller."
    assert said == needed


async def test_a_duels_screen_that_is_too_small_says_so_too():
    from duel_pictures import FakeDuel, picture

    app = DuelApp(FakeDuel(picture()), Viewing(clock=Clock()))
    async with app.run_test(size=(59, 14)):
        assert "stress needs 60×15" in " ".join(text_of(app))


async def test_a_window_that_grows_gets_its_panels_back():
    app = app_on(FakeRun(snapshot()))
    async with app.run_test(size=(40, 10)) as pilot:
        await pilot.resize_terminal(60, 15)
        await pilot.pause()
        assert "LIMIT" in text_of(app)[-2]
        assert not app.query_one(f"#{TOO_SMALL}").region


@pytest.mark.parametrize("size", SIZES)
async def test_the_number_the_agents_the_curve_and_the_limit_are_on_every_screen(size):
    app = app_on(FakeRun(snapshot(gpu_number=2, errors={"timeout": 3})))
    async with app.run_test(size=size):
        lines = text_of(app)
    assert all(len(line) == size[0] for line in lines)
    whole = "\n".join(lines)
    for word in ("OUTPUT TOKENS", "AGENTS", "THROUGHPUT", "LIMIT", "? help", "132/134" if size[1] < 36 else "target"):
        assert word in whole
    assert "×" in whole  # agents that failed

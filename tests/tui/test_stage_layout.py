"""The stage: for a stream that is watched from far away."""

import pytest
from duel_pictures import FakeDuel, picture
from pictures import Clock, FakePlayback, FakeRun, changed, snapshot
from rich.cells import cell_len
from test_layouts import text_of

from stress.runs.handle import Control
from tui.app import StressApp, Viewing
from tui.draw.digits import LARGE, big_number
from tui.duel.app import DuelApp
from tui.panels.giant import Giant
from tui.replay_app import ReplayApp

SIZES = [(60, 15), (80, 24), (120, 40), (200, 60), (300, 80)]


def rows_of(drawn: list[str]) -> int:
    """Lines that hold parts of large digits."""
    return sum(any(char in line for char in "█▀▄") for line in drawn)


@pytest.mark.parametrize("size", SIZES)
def test_the_digits_are_as_large_as_fit(size):
    width, height = size[0], max(6, (size[1] - 2) * 9 // 20)
    drawn = [strip.text for strip in Giant("giant").draw(snapshot(gpu_number=2), width, height)]
    assert len(drawn) == height
    assert all(cell_len(line) == width for line in drawn)
    assert rows_of(drawn) >= min(height - 2, width // 10)
    assert "output tok/s, last 2 s" in drawn[-1]
    assert drawn[-1].rstrip().endswith("agents")


def test_once_the_run_is_over_its_number_is_of_the_whole_run():
    *_, units = Giant("giant").draw(snapshot(phase="done"), 120, 17)
    assert "output tok/s, whole run" in units.text


def test_the_digits_keep_their_size_while_the_number_falls():
    giant = Giant("giant")
    high, low = (giant.draw(changed(snapshot(), tok_s=tok_s), 120, 17) for tok_s in (1300.0, 7.0))
    assert rows_of([strip.text for strip in high]) == rows_of([strip.text for strip in low])


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("kind", ["live", "replay"])
async def test_it_shows_the_number_the_curve_and_the_gpus_and_nothing_else(kind, size):
    viewing = Viewing(clock=Clock(), stage=True)
    shown = snapshot(gpu_number=2)
    app = StressApp(FakeRun(shown), viewing) if kind == "live" else ReplayApp(FakePlayback(shown), viewing)
    async with app.run_test(size=size):
        lines = text_of(app)
    whole = "\n".join(lines)
    assert "THROUGHPUT" in whole
    assert "GPUs" in whole
    for word in ("LATENCY", "CONVERSATION", "LIMIT", "? help"):
        assert word not in whole
    assert ("REPLAY" in lines[-1]) is (kind == "replay")


async def test_its_key_shows_it_answers_and_shows_all_panels_again():
    run = FakeRun(snapshot(gpu_number=2))
    app = StressApp(run, Viewing(clock=Clock()))
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("0")
        await pilot.pause()
        assert "LATENCY" not in "\n".join(text_of(app))
        assert "all panels back" in text_of(app)[-1]
        assert run.asked == [Control("stage")]
        await pilot.press("0")
        await pilot.pause()
        assert "LATENCY" in "\n".join(text_of(app))
        await pilot.press("0", "escape")
        await pilot.pause()
        assert "LATENCY" in "\n".join(text_of(app))


async def test_one_panel_can_fill_the_screen_from_the_stage_and_escape_leads_back_to_it():
    app = StressApp(FakeRun(snapshot(gpu_number=2)), Viewing(clock=Clock(), stage=True))
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("4")
        await pilot.pause()
        assert app.query_one("#agents").size == (120, 36)
        await pilot.press("escape")
        await pilot.pause()
        assert app.query_one("#giant").size.height > 10
        assert not app.query_one("#agents").region


@pytest.mark.parametrize("size", SIZES)
async def test_a_duels_stage_has_the_ratio_both_names_and_both_speeds(size):
    app = DuelApp(FakeDuel(picture()), Viewing(clock=Clock(), stage=True))
    async with app.run_test(size=size):
        lines = text_of(app)
        places = {panel.id for panel in app.query("Panel") if panel.region}
    assert places == {"header", "score", "left-side", "right-side", "left-pace", "right-pace", "keys"}
    # The digits of the ratio are as high as the stage allows.
    assert rows_of(lines) > len(big_number("1", LARGE)) or size[1] < 40

"""The end of a sweep on the screen."""

from pathlib import Path

from pictures import Clock
from test_card import SIZES
from test_keys import drawn

from stress.sweep.ended import EndedSweep
from tui.app import Viewing
from tui.panels.keys import Keys
from tui.panels.results import ResultsCard
from tui.sweep_app import SweepApp


def app_on(place: Path = Path("/home/ada/sweep"), **viewing) -> SweepApp:
    sweep = EndedSweep("vLLM · Llama-3.1-8B", "2 runs at each size", SIZES, place)
    return SweepApp(sweep, Viewing(clock=Clock(), **viewing))


async def test_its_card_stays_until_q_whatever_else_is_pressed():
    app = app_on()
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("escape", "t", "c", "4", "question_mark", "question_mark")
        app.poll()
        await pilot.pause()
        card = app.query_one(ResultsCard)
        assert card.size == (120, 39)
        assert "STRESS SWEEP" in drawn(card)
        assert "Theme: light." in drawn(app.query_one(Keys))
        await pilot.press("q")
        app.poll()
        await pilot.pause()
        assert not app.is_running


async def test_streamer_safe_hides_where_it_is():
    async with app_on(safe=True).run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        card = pilot.app.query_one(ResultsCard)
        assert "ada" not in drawn(card)
        assert " SAFE " in drawn(card)


async def test_a_picture_of_it_lies_with_the_sweep(tmp_path):
    async with app_on(tmp_path).run_test(size=(120, 40)) as pilot:
        await pilot.press("s")
        await pilot.app.workers.wait_for_complete()
    assert (tmp_path / "screenshots" / "results-120x40.png").exists()

"""The help and the palette: boxes over the show."""

import pytest
from duel_pictures import FakeDuel, FakeDuelPlayback
from duel_pictures import picture as duel_picture
from pictures import Clock, FakePlayback, FakeRun, changed, snapshot
from test_layouts import text_of
from textual import events

from tui.app import StressApp, Viewing
from tui.duel.app import DuelApp, DuelReplayApp
from tui.panels.glossary import GLOSSARY
from tui.panels.help import Help
from tui.replay_app import ReplayApp

SIZES = [(60, 15), (80, 24), (120, 40), (200, 60), (300, 80)]
APPS = {
    "live": lambda: StressApp(FakeRun(snapshot(gpu_number=2)), Viewing(clock=Clock())),
    "replay": lambda: ReplayApp(FakePlayback(snapshot()), Viewing(clock=Clock())),
    "duel": lambda: DuelApp(FakeDuel(duel_picture()), Viewing(clock=Clock())),
    "duel replay": lambda: DuelReplayApp(FakeDuelPlayback(duel_picture()), Viewing(clock=Clock())),
}


def box(page: Help) -> list[str]:
    return [page.render_line(y).text.strip() for y in range(page.size.height)]


@pytest.mark.parametrize("kind", APPS)
@pytest.mark.parametrize("width", [46, 72])
def test_it_explains_every_key_of_the_screen_and_every_word_however_narrow_it_is(kind, width):
    app = APPS[kind]()
    whole = " ".join(" ".join(strip.text for strip in Help("help", app.actions).draw(snapshot(), width, 999)).split())
    for action in app.actions:
        assert f"{action.caps} {action.help}" in whole or not action.help, action.name
    for _, entries in GLOSSARY:
        for word, meaning in entries:
            assert f"{word} {meaning}" in whole


@pytest.mark.parametrize("size", [(60, 15), (300, 80)])
async def test_all_of_it_can_be_reached(size):
    app = APPS["live"]()
    async with app.run_test(size=size) as pilot:
        await pilot.press("question_mark")
        await pilot.pause()
        page = app.query_one(Help)
        whole = [strip.text.strip() for strip in page.draw(snapshot(), page.size.width, 999)[1:]]
        seen = box(page)[1:]
        while len(seen) < len(whole):
            before = box(page)
            await pilot.press("pagedown")
            assert box(page) != before
            seen = whole[: len(seen) + page.size.height - 2]
        assert box(page)[-1] == whole[-1]


def test_every_word_that_the_screen_uses_is_explained():
    words = {word for _, entries in GLOSSARY for name, _ in entries for word in (name, *name.split(", "))}
    assert words >= {
        "knee", "peak", "ghost", "prefix hits", "KV cache", "TTFT", "ITL", "TPOT", "E2EL", "SM", "tensor", "DRAM",
        "in flight", "DRAIN", "goodput", "n/a", "LIMIT", "roofline", "loop lag", "waiting", "thinking", "idle",
        "prefill",
    }  # fmt: skip


@pytest.mark.parametrize("size", SIZES)
async def test_it_lies_over_the_show_which_goes_on_behind_it(size):
    run = FakeRun(snapshot(tok_s=1111.0))
    app = StressApp(run, Viewing(clock=Clock()))
    async with app.run_test(size=size) as pilot:
        await pilot.press("question_mark")
        await pilot.pause()
        page = app.query_one(Help)
        assert page.region.width < size[0]
        assert page.region.height < size[1]
        assert page.region.right <= size[0]
        before = text_of(app)
        run.shown = changed(run.shown, agents=77, target_agents=77, t=99.0)
        app.poll()
        await pilot.pause()
        after = text_of(app)
        assert "1:23" in before[0]
        assert "1:39" in after[0]
        assert any("HELP" in line for line in after)


@pytest.mark.parametrize("key", ["question_mark", "escape"])
async def test_it_closes_and_opens_at_its_beginning_again(key):
    app = APPS["live"]()
    async with app.run_test(size=(60, 15)) as pilot:
        page = app.query_one(Help)
        await pilot.press("question_mark", "end")
        assert "KEYS" not in box(page)
        await pilot.press(key)
        await pilot.pause()
        assert not page.region
        await pilot.press("question_mark")
        await pilot.pause()
        assert box(page)[1] == "KEYS"


async def test_arrows_and_pages_scroll_it_and_nothing_else_while_it_is_open():
    playback = FakePlayback(snapshot())
    app = ReplayApp(playback, Viewing(clock=Clock()))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("question_mark", "down", "up", "pagedown", "pageup", "end", "home")
        assert playback.asked == []
        page = app.query_one(Help)
        top = box(page)
        await pilot.press("down")
        assert box(page)[1] == top[2]
        await pilot.press("up", "up", "up")
        assert box(page) == top
        await pilot.press("end")
        assert "more" not in box(page)[0]
        await pilot.press("escape", "down")
        assert playback.asked == [("seek", -60.0)]


async def test_the_mouse_wheel_scrolls_it():
    app = APPS["live"]()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("question_mark")
        await pilot.pause()
        page = app.query_one(Help)
        top = box(page)
        at = page.region.center
        page.post_message(events.MouseScrollDown(page, *map(int, at), 0, 1, 0, False, False, False))
        await pilot.pause()
        assert box(page)[1] == top[4]


@pytest.mark.parametrize("size", [SIZES[0], SIZES[-1]])
@pytest.mark.parametrize("key", ["ctrl+p", "slash"])
async def test_the_palette_lies_over_the_show_which_goes_on_behind_it(key, size):
    run = FakeRun(snapshot())
    app = StressApp(run, Viewing(clock=Clock()))
    async with app.run_test(size=size) as pilot:
        await pilot.press(key)
        await pilot.pause(0.2)
        run.shown = changed(run.shown, t=99.0)
        app.poll()
        await pilot.pause(0.2)
        lines = text_of(app)
        assert "1:39" in lines[0]
        assert any("a01" in line for line in lines) or "hold (space)" in "\n".join(lines)
        await pilot.press("escape")
        await pilot.pause()
        assert len(app.screen_stack) == 1

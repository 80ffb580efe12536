"""Whatever a model, an engine or a file says, the screen stays a screen: every line its width, no byte a command."""

import unicodedata

import msgspec
import pytest
from duel_pictures import FakeDuel
from duel_pictures import picture as duel_picture
from hypothesis import given, settings
from hypothesis import strategies as st
from pictures import Clock, changed, messages, snapshot
from rich.cells import cell_len

from stress.duel.differences import Difference
from stress.duel.snapshot import SideView
from stress.events import Trouble
from stress.fold.milestones import Milestone
from tui.duel.differs import Differs
from tui.duel.race import Race
from tui.duel.score import DuelHeader, Score
from tui.duel.side import SidePace, SideTitle
from tui.panels.agents import Agents
from tui.panels.conversation import Conversation
from tui.panels.curve import Curve
from tui.panels.errors import Errors
from tui.panels.header import Header
from tui.panels.latency import Latency
from tui.panels.limit import Limit
from tui.panels.load import Load
from tui.panels.ramp import Ramp
from tui.panels.throughput import Throughput
from tui.panels.vitals import Vitals

PIECES = [
    "\x1b[2J\x1b[H",
    "\x1b]0;title\x07",
    "\x1b]52;c;aGk=\x07",
    "\x9b31m",
    "[/b][red]",
    "[@click=app.quit]x[/]",
    "👩‍👩‍👧‍👦",
    "🏳️‍🌈",
    "e\u0301\u0301\u0301",
    "\u202eevil\u202c",
    "שלום עולם",
    "\u200b\u200d\ufeff",
    "漢字かな",
    "\r\n\t\x00\x07\x08\x7f",
    "x" * 10_000,
    "\U0010ffff\ue000",
]
hostile = st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=20)), max_size=6).map("".join)
sizes = st.sampled_from([(30, 6), (59, 14), (71, 20), (200, 55)])


def checked(strips, width: int) -> None:
    for strip in strips:
        assert strip.cell_length == width
        assert cell_len(strip.text) == width
        for char in strip.text:
            assert unicodedata.category(char) not in ("Cc", "Cs", "Zl", "Zp"), repr(char)
            assert char not in "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069", repr(char)


@settings(max_examples=40)
@given(hostile, sizes)
def test_no_text_of_a_run_breaks_a_panel(text, size):
    picture = snapshot(
        gpu_number=2,
        talk=messages(8, text=text),
        notices=(text,),
        engine=text,
        model=text,
        scenario=text,
        errors={text: 3},
    )
    gpus = tuple(msgspec.structs.replace(gpu, name=text, host=text, lost=text) for gpu in picture.sample.gpus)
    verdict = msgspec.structs.replace(picture.sample.verdict, evidence=(text, text))
    picture = changed(picture, gpus=gpus, verdict=verdict)
    picture = msgspec.structs.replace(
        picture, milestones=(Milestone(picture.sample.t, text),), troubles=(Trouble(t=1.0, name="x", detail=text),)
    )
    kinds = (Agents, Curve, Errors, Header, Latency, Limit, Load, Ramp, Throughput, Vitals)
    for panel in (*(kind("panel") for kind in kinds), Conversation("talk", Clock())):
        checked(panel.draw(picture, *size), size[0])


@settings(max_examples=40)
@given(hostile, sizes)
def test_no_text_of_a_duel_breaks_a_panel(text, size):
    shown = duel_picture()
    told = {"words": text, "name": text, "short": text, "note": text}
    sides = [SideView(**told, snapshot=side.snapshot) for side in (shown.left, shown.right)]
    shown = msgspec.structs.replace(
        shown, left=sides[0], right=sides[1], differences=(Difference(text, text, text),) * 3
    )
    panels = (DuelHeader("a"), Score("b"), Differs("c"), SideTitle("d", "left"), SidePace("e", "right"), Race("f"))
    for panel in panels:
        checked(panel.draw(shown, *size), size[0])


@pytest.mark.parametrize("piece", PIECES)
async def test_a_whole_screen_of_it_is_drawn(piece):
    from pictures import FakeRun

    from tui.app import StressApp, Viewing
    from tui.duel.app import DuelApp

    talk = messages(40, text=f"before {piece} after")
    async with StressApp(FakeRun(snapshot(talk=talk)), Viewing(clock=Clock())).run_test(size=(120, 40)) as pilot:
        pilot.app.poll()
        assert pilot.app.is_running
    shown = duel_picture(
        left=SideView(words=piece, name=piece, short=piece, snapshot=snapshot(engine=piece), note=piece)
    )
    fake = FakeDuel(shown)
    async with DuelApp(fake, Viewing(clock=Clock())).run_test(size=(120, 40)) as pilot:
        pilot.app.poll()
        assert pilot.app.is_running


MARKUP = "[bold red]x[/] [@click=app.quit]y[/] [/]\x1b[31mz"
SHOWN = "[bold red]x[/] [@click=app.quit]y[/] [/]z"


def on_screen(app) -> str:
    return "\n".join(strip.text for strip in app.screen._compositor.render_strips())


async def test_markup_and_sequences_of_others_are_shown_as_text(tmp_path):
    from pictures import FakeRun

    from tui.app import StressApp, Viewing

    gpus = tuple(msgspec.structs.replace(gpu, name=MARKUP) for gpu in snapshot(gpu_number=1).sample.gpus)
    talk = messages(3, text=MARKUP)
    talk = tuple(msgspec.structs.replace(one, sender=MARKUP, to=(MARKUP,)) for one in talk)
    shown = snapshot(engine=MARKUP, model=MARKUP, notices=(MARKUP,), errors={MARKUP: 2}, talk=talk)
    run = FakeRun(msgspec.structs.replace(changed(shown, gpus=gpus), troubles=(Trouble(t=1, name=MARKUP, detail="d"),)))
    run.place = tmp_path / MARKUP.replace("/", "")
    async with StressApp(run, Viewing(clock=Clock())).run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        assert on_screen(pilot.app).count(SHOWN) >= 4  # target, model, notice, conversation
        checked([*pilot.app.screen._compositor.render_strips()], 120)
        await pilot.press("s")
        await pilot.app.workers.wait_for_complete()
        (svg,) = run.place.glob("*.svg")
        assert not [char for char in svg.read_text() if unicodedata.category(char) == "Cc" and char != "\n"]
        for keys in (["1", "2", "3", "4", "5", "6"], ["slash", "1"], ["escape", "ctrl+p"], ["x"]):
            await pilot.press(*keys)
            checked([*pilot.app.screen._compositor.render_strips()], 120)
        assert pilot.app.is_running
        assert (pilot.app.title, pilot.app.sub_title) == ("stress", "")

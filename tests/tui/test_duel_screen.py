"""The split screen: compared with pictures that a person has looked at, and its keys pressed."""

import msgspec
import pytest
from duel_pictures import DIFFERENCES, LLAMA, VERDICT, VLLM, FakeDuel, FakeDuelPlayback, over, picture, side, starting
from hypothesis import given
from hypothesis import strategies as st
from pictures import Clock, changed
from test_keys import drawn

from stress.duel.differences import Difference
from stress.duel.lead import SIDES
from stress.duel.snapshot import SideView
from stress.duel.verdict import Ratio
from stress.fold.ghost import Ghost
from stress.fold.snapshot import Point, Snapshot
from stress.fold.waiting import Waiting
from stress.readings import Percentiles
from stress.runs.handle import Control, Ending
from tui.app import Viewing
from tui.draw.digits import LARGE, SMALL, big_number
from tui.duel.app import DuelApp, DuelReplayApp
from tui.duel.differs import Differs
from tui.duel.race import Race
from tui.duel.score import Score
from tui.duel.side import SidePace
from tui.layouts import arrange_duel
from tui.panels.curve import Curve
from tui.panels.keys import Keys
from tui.panels.panel import Panel
from tui.theme import DARK

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
    width, height = max(width, 60), max(height, 15)
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
    assert "vLLM LEADS" in words
    assert "× as fast at equal agents so far" in words
    assert "ahead from the start" in words
    assert "× the tokens so far" in words


async def test_the_one_who_is_behind_is_never_shown_as_the_leader():
    turned = picture()
    turned = msgspec.structs.replace(
        turned, lead=msgspec.structs.replace(turned.lead, ratio=2.0, tokens_ratio=4.0, leader="right", since=3)
    )
    words = await shown_at(turned, Score)
    assert "llama.cpp LEADS" in words
    assert big_number("2.00×", LARGE)[-1] in words
    assert "4.00 × the tokens so far" in words


@pytest.mark.parametrize(
    ("changes", "head"),
    [
        ({}, "vLLM WINS"),
        ({"leader": None}, "NOT SIGNIFICANT"),
        ({"leader": None, "equal_agents": Ratio(mean=1.0, low=0.99, high=1.01)}, "EVEN"),
        ({"leader": "right"}, "llama.cpp WINS"),
        ({"equal_agents": Ratio(mean=12.3), "rounds": 1}, "vLLM LEADS"),
        ({"equal_agents": Ratio(mean=None), "peak": Ratio(mean=None), "leader": None}, "NO VERDICT"),
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


async def labels(app: DuelApp) -> list[list[str]]:
    """Everything that is written beside both curves, and below them."""
    halves = [drawn(app.query_one(f"#{side}-curve")).splitlines() for side in SIDES]
    return [[*(line[:6] + line[-6:] for line in half[1:-1]), half[-1]] for half in halves]


def with_curve(highest: float, seconds: float = 60.0, **changes) -> Snapshot:
    points = tuple(Point(t, highest, 100, 100) for t in range(int(seconds)))
    return msgspec.structs.replace(side(tok_s=highest, t=seconds, **changes), curve=points)


@pytest.mark.parametrize("logarithmic", [False, True])
async def test_both_halves_keep_one_axis_while_the_points_of_the_one_that_is_over_become_fewer(logarithmic):
    # The first side has run alone, and its axis has grown with a moment that fewer points no longer show.
    alone = picture(
        left=SideView(**VLLM, snapshot=with_curve(1600.0)), right=SideView(**LLAMA, note="waits for its turn")
    )
    both = picture(
        left=SideView(**VLLM, snapshot=with_curve(1400.0, phase="done"), note="ghost"),
        right=SideView(**LLAMA, snapshot=with_curve(100.0, seconds=130.0)),
    )
    app = DuelApp(FakeDuel(alone), Viewing(clock=Clock(), log=logarithmic))
    async with app.run_test(size=(120, 40)):
        for shown in (both, alone, both):
            app.run_handle.now = shown
            app.poll()
        left, right = await labels(app)
        assert left == right
        assert left[0].startswith("   2k")


async def test_the_slower_side_is_a_flat_line_with_advice_until_the_axis_is_logarithmic():
    shown = picture(
        left=SideView(**VLLM, snapshot=with_curve(10_000.0)), right=SideView(**LLAMA, snapshot=with_curve(150.0))
    )
    async with app_on(shown).run_test(size=(120, 40)) as pilot:

        def rows() -> tuple[int, str]:
            title, *lines = drawn(pilot.app.query_one("#right-curve")).splitlines()
            return sum(line[20] in "▁▂▃▄▅▆▇█" for line in lines[:-1]), title

        flat, title = rows()
        assert flat == 1
        assert "l: log axis" in title
        assert "l: log axis" not in drawn(pilot.app.query_one("#left-curve"))
        await pilot.press("l")
        seen, title = rows()
        assert seen >= 3
        assert "← tok/s, log" in title
        assert "l: log axis" not in title
        await pilot.press("l")
        assert rows()[0] == 1


async def test_both_sides_race_on_one_scale_each_under_its_name_and_with_its_figure():
    fast, slow = with_curve(2000.0), with_curve(500.0)
    slow = changed(slow, output_tokens=fast.sample.output_tokens // 10)
    shown = picture(left=SideView(**VLLM, snapshot=fast), right=SideView(**LLAMA, snapshot=slow))
    title, first, second = (await shown_at(shown, Race)).splitlines()
    assert title.split("  ")[0].strip() == "TOKENS SO FAR"
    assert "TOK/S NOW" in title
    for line, name, tokens, rate in ((first, "vLLM", "98,765", "2,000"), (second, "llama.cpp", "9,876", "500")):
        halves = line[:60], line[60:]
        assert [name in half for half in halves] == [True, True]
        assert tokens in halves[0]
        assert rate in halves[1]
    bars = [[half.count("▆") for half in (line[:60], line[60:])] for line in (first, second)]
    assert bars[1] == [-(-bars[0][0] // 10), -(-bars[0][1] // 4)]


async def test_once_a_side_is_over_the_race_is_of_both_averages():
    fast = with_curve(2000.0, phase="done")
    shown = picture(left=SideView(**VLLM, snapshot=fast), right=SideView(**LLAMA, snapshot=with_curve(500.0)))
    lines = (await shown_at(shown, Race)).splitlines()
    assert "TOK/S, AVERAGE" in lines[0]
    assert lines[1].rstrip().endswith(" 2,000")
    assert lines[2].rstrip().endswith(f" {98_765 / 59:,.0f}")  # the ramp began at second 1
    both = msgspec.structs.replace(shown, right=SideView(**LLAMA, snapshot=with_curve(500.0, phase="done")))
    lines = (await shown_at(both, Race)).splitlines()
    assert "TOK/S, WHOLE RUN" in lines[0]
    assert [line.split()[-1] for line in lines[1:]] == ["2,000", "500"]


def asking(in_flight: int, waiting: int, longest: float | None, slots: int | None = None) -> Snapshot:
    shown = changed(side(tok_s=100.0), in_flight=in_flight)
    about = msgspec.structs.replace(shown.about, slots=slots)
    return msgspec.structs.replace(shown, about=about, waiting=Waiting(agents=waiting, longest_s=longest))


@pytest.mark.parametrize(
    ("run", "words"),
    [
        (asking(200, 199, 46.2, slots=1), "1 at a time: 199 agents wait, the longest 46 s"),
        (asking(200, 150, 0.4, slots=50), "50 at a time: 150 agents wait"),
        (asking(196, 3, 0.3), "answers 196 at once"),
        (asking(151, 145, 0.6), "answers 151 at once"),
        (asking(200, 72, 130.0), "72 agents wait, the longest 2:10 min; answers 128 at once"),
        (asking(40, 12, 0.2, slots=64), "answers 40 at once"),
        (asking(0, 0, None), "no requests in flight"),
    ],
)
async def test_a_side_says_why_it_is_as_fast_as_it_is(run, words):
    shown = picture(right=SideView(**LLAMA, snapshot=run))
    assert drawn_line(await shown_at(shown, "#right-side"), 1) == words


def drawn_line(text: str, number: int) -> str:
    return text.splitlines()[number].strip()


@pytest.mark.parametrize(
    ("size", "words"),
    [((80, 24), "1 at a time: 199 wait, up to 46 s"), ((60, 15), "199 wait, up to 46 s")],
)
async def test_on_a_small_screen_the_reason_is_shorter_and_never_cut(size, words):
    shown = picture(right=SideView(**LLAMA, snapshot=asking(200, 199, 46.2, slots=1)))
    assert drawn_line(await shown_at(shown, "#right-side", size), 1) == words


async def test_what_one_agent_sees_is_in_plain_units():
    slow = side(tok_s=100.0)
    slow = changed(slow, ttft_ms=Percentiles(p50=46_200.0), itl_ms=Percentiles(p50=5.55))
    shown = picture(right=SideView(**LLAMA, snapshot=slow))
    words = await shown_at(shown, "#right-pace")
    assert "first token after 46 s" in words
    assert "then 180 tok/s each" in words
    assert "first token 46 s, then 180 tok/s each" in await shown_at(shown, "#right-pace", (80, 24))


def test_where_there_is_room_digits_grow_and_the_captions_stand_below_them():
    lines = [strip.text for strip in SidePace("pace", "left").draw(picture(), 59, 11)]
    face = big_number("12,345", LARGE)
    assert [line.strip().removesuffix("tok/s").strip() for line in lines[:7]] == [row.strip() for row in face]
    assert [line.strip() for line in lines[7:]] == ["first token after 0.08 s", "then 137 tok/s each"]


@pytest.mark.parametrize(
    ("width", "title"),
    [(120, "llama.cpp  Llama-3.1-8B · np=1 · 2×H200"), (80, "llama.cpp  Llama-3.1-8B · np=1"), (60, "llama.cpp")],
)
async def test_a_sides_title_has_whole_parts_of_its_name_and_no_path(width, title):
    words = await shown_at(picture(), "#right-side", (width, {120: 40, 80: 24, 60: 15}[width]))
    first = drawn_line(words, 0)
    assert first.startswith(title)
    assert "/models" not in words
    assert "…" not in first


async def test_beside_its_own_panel_a_ghost_has_no_dots():
    shown = picture()
    ghost = Ghost(label="vLLM", points=((0.0, 0.0, 1), (149.0, 90_000.0, 200)), peak_tok_s=90_000.0)
    run = shown.right.snapshot
    haunted = msgspec.structs.replace(run, about=msgspec.structs.replace(run.about, ghost=ghost))
    shown = msgspec.structs.replace(shown, right=SideView(**LLAMA, snapshot=haunted))
    async with app_on(shown).run_test(size=(120, 40)) as pilot:
        curves = "".join(drawn(pilot.app.query_one(f"#{side}-curve")) for side in SIDES)
    assert "•" not in curves
    assert "ghost" not in curves
    assert "100k" not in curves


async def test_a_side_that_has_not_begun_says_why_and_shows_nothing_of_a_round_before():
    async with app_on(picture()).run_test(size=(120, 40)) as pilot:
        pilot.app.run_handle.now = starting()
        pilot.app.poll()
        assert drawn(pilot.app.query_one("#left-curve")).strip() == ""
        assert "loading weights, 40 %" in drawn(pilot.app.query_one("#left-side"))
        assert "waits for its turn" in drawn(pilot.app.query_one("#right-side"))


@pytest.mark.parametrize(("note", "badge"), [("ghost", "• ghost, done"), ("", " done ")])
async def test_a_side_that_is_over_says_so_and_what_its_whole_run_came_to(note, badge):
    ended = changed(side(tok_s=6_592.0, phase="done", t=69.0), output_tokens=448_256)
    shown = picture(left=SideView(**VLLM, snapshot=ended, note=note))
    title, words = (await shown_at(shown, "#left-side")).splitlines()
    assert badge in title
    assert words.strip() == "2,345 replies to 132 agents"
    pace = await shown_at(shown, "#left-pace")
    assert "tok/s, whole run" in pace
    assert "448,256 tokens in 1:08" in pace
    assert big_number("6,592", SMALL)[0] in pace
    assert "done" not in await shown_at(shown, "#right-side")
    assert "tok/s now" in await shown_at(shown, "#right-pace")


async def test_the_load_of_a_side_that_is_over_is_what_it_was():
    ended = side(tok_s=100.0, gpu_number=2, phase="done")
    loaded = tuple(
        msgspec.structs.replace(gpu, util=util) for gpu, util in zip(ended.sample.gpus, (90, 60), strict=True)
    )
    ended = msgspec.structs.replace(changed(ended, gpus=loaded), gpu_history=((90.0, 0.0), (60.0, 0.0)))
    idle = tuple(msgspec.structs.replace(gpu, util=0.0) for gpu in loaded)
    ended = msgspec.structs.replace(ended, sample=msgspec.structs.replace(ended.sample, gpus=idle))
    words = await shown_at(picture(left=SideView(**VLLM, snapshot=ended)), "#left-load", (200, 60))
    assert "GPUs UNDER LOAD" in words
    assert "1.50 of 2 GPUs busy" in words
    assert " 90 %" in words
    assert " 60 %" in words
    assert " 0 %" not in words


async def test_what_differs_is_named_and_a_key_shows_all_of_it():
    words = await shown_at(picture(), Differs, (200, 60))
    for difference in DIFFERENCES:
        assert f"{difference.name} {difference.left} : {difference.right}".replace("n/a", "–") in words
    many = tuple(Difference(f"setting-{number}", "a" * 20, "b" * 20) for number in range(30))
    async with app_on(picture(differences=many)).run_test(size=(120, 40)) as pilot:
        panel = pilot.app.query_one(Differs)
        assert "f: all 30" in drawn(panel)
        await pilot.press("f")
        await pilot.pause()
        lines = drawn(panel).splitlines()
        assert [line.split() for line in lines[1:31]] == [[f"setting-{n}", "a" * 20, "b" * 20] for n in range(30)]
        await pilot.press("escape")
        await pilot.pause()
        assert "f: all 30" in drawn(panel)


async def test_what_differs_has_the_screen_to_itself_at_any_size_and_counts_what_is_left():
    many = tuple(Difference(f"setting-{number}", "a" * 50, "b" * 50) for number in range(30))
    async with app_on(picture(differences=many)).run_test(size=(60, 15)) as pilot:
        await pilot.press("f")
        await pilot.pause()
        assert "and 19 more, in duel.json" in drawn(pilot.app.query_one(Differs))


async def test_a_duel_of_unlike_work_says_so():
    words = await shown_at(picture(differences=(Difference("seed", "1", "2"),)), Differs)
    assert "unfair: not the same seed" in words


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
        app.run_handle.ending = Ending(state="done", place="runs/duel")
        app.poll()
        assert "Finished and saved. Press q to exit" in drawn(app.query_one(Keys))
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


SIZES = [(60, 15), (80, 24), (120, 40), (200, 60), (300, 80)]


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("make", [picture, starting, over])
async def test_on_a_screen_of_any_size_nothing_is_cut(size, make):
    async with app_on(make()).run_test(size=size) as pilot:
        words = "\n".join(drawn(panel) for panel in pilot.app.query(Panel) if panel.size)
    assert "…" not in words


def colours(panel) -> set[str]:
    """Of everything that is visible of the panel, inks and grounds."""
    styles = [
        segment.style for y in range(panel.size.height) for segment in panel.render_line(y) if segment.text.strip()
    ]
    return {colour.name for style in styles for colour in (style.color, style.bgcolor)}


@pytest.mark.parametrize("make", [picture, starting, over])
async def test_a_sides_colour_is_its_own_on_the_whole_screen(make):
    async with app_on(make()).run_test(size=(120, 40)) as pilot:
        for side, own, others in (("left", DARK.tokens, DARK.agents), ("right", DARK.agents, DARK.tokens)):
            half = [pilot.app.query_one(f"#{side}-{panel}") for panel in ("side", "pace", "curve")]
            assert own in colours(half[0])
            assert others not in set().union(*map(colours, half))

"""A burst's requests, a column each."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pictures import Clock, FakeRun
from rich.cells import cell_len
from test_burst_shown import burst
from test_layouts import text_of

from stress.events import AgentState
from stress.fold.burst_progress import Progress
from stress.fold.burst_requests import FAILED, OPEN, REPLIED, BurstRequests
from stress.fold.snapshot import Snapshot
from tui.app import StressApp, Viewing
from tui.panels.requests import Requests
from tui.theme import DARK, MONO

G, W, T = AgentState.GENERATING, AgentState.WAITING, AgentState.THINKING


def shown(tokens, ended, states, concurrency: int | None = None) -> Snapshot:
    picture = burst(Progress(share=0.4, ended=sum(map(bool, ended)), left_s=10.0))
    plan = msgspec.structs.replace(picture.about.burst, concurrency=concurrency or len(tokens))
    return msgspec.structs.replace(
        picture,
        about=msgspec.structs.replace(picture.about, burst=plan),
        cells=bytes(states),
        requests=BurstRequests(tuple(tokens), bytes(ended)),
    )


FIVE = shown([2000, 1000, 50, None, 7], [REPLIED, OPEN, OPEN, OPEN, FAILED], [T, G, G, W, AgentState.FAILED])


def lines(picture: Snapshot, width: int = 60, height: int = 9, theme=DARK) -> list[str]:
    panel = Requests("requests")
    panel.theme = theme
    return [strip.text for strip in panel.draw(picture, width, height)]


def test_a_column_rises_with_its_tokens_to_those_that_were_asked_for():
    _, *rows = lines(FIVE)
    columns = ["".join(row[1 + 8 * at] for row in rows) for at in range(5)]
    assert columns[0] == "████████"
    assert columns[1] == "    ████"
    assert columns[2].strip() in ("▁", "▂")


def test_who_waits_and_what_failed_has_a_glyph_at_its_foot():
    assert lines(FIVE)[-1].count("…") == 1
    assert lines(FIVE)[-1].count("×") == 1


def test_the_title_counts_them_and_says_how_far_the_slowest_is():
    title = lines(FIVE, width=100)[0]
    assert "a column each, full at 2,000 tokens" in title
    assert "2 generating · 1 waiting · 1 failed · slowest at 2 %" in title


def test_the_slow_ones_have_another_colour_than_those_that_are_done():
    strips = Requests("requests").draw(FIVE, 60, 9)
    inks = {segment.style.color.name for segment in strips[-1] if segment.text.startswith("█") and segment.style.color}
    assert inks == {DARK.tokens_area, DARK.tokens}


def test_an_older_record_shows_states_only_and_says_so():
    title, *rows = lines(shown([None, None], [OPEN, OPEN], [G, W]), width=70)
    assert "older record: states only" in title
    assert ">" in rows[-1]
    assert "…" in rows[-1]
    assert "slowest" not in title


def test_requests_that_are_not_sent_yet_have_their_place():
    assert "2 generating" in lines(shown([10, 10], [OPEN, OPEN], [G, G], concurrency=30))[0]


def test_of_more_requests_than_there_is_room_for_the_slowest_are_shown():
    many = shown([2000] * 999 + [20], [REPLIED] * 999 + [OPEN], [T] * 999 + [G])
    assert "a column for 2: the slowest of them" in lines(many, width=102, height=6)[0]
    title, *rows = lines(many, width=57, height=6)
    assert "4 a column" in title
    assert "".join(rows).count("▁") == 1


@given(st.integers(1, 200), st.integers(1, 40), st.integers(1, 3000), st.sampled_from([DARK, MONO]))
def test_every_line_is_as_wide_as_the_panel_and_none_is_too_many(width, height, number, theme):
    picture = shown([number % 7 * 300] * number, [OPEN] * number, [G] * number)
    drawn = lines(picture, width, height, theme)
    assert len(drawn) <= height
    assert all(cell_len(line) == width for line in drawn)


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)])
async def test_in_a_burst_it_takes_the_conversations_place(size):
    app = StressApp(FakeRun(FIVE), Viewing(clock=Clock()))
    async with app.run_test(size=size) as pilot:
        whole = "\n".join(text_of(app))
        assert "REQUESTS" in whole
        assert "CONVERSATION" not in whole
        await pilot.press("5")
        await pilot.pause()
        assert app.query_one("#requests").size == (size[0], size[1] - 4)

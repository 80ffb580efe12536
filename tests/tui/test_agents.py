import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pictures import changed, snapshot

from stress.events import AgentState
from stress.fold.waiting import Waiting
from tui.draw.digits import MEDIUM, SMALL, big_number
from tui.panels.agents import STATES, Agents, fit, most_common, state_colour
from tui.theme import DARK

G, W, F, GONE = AgentState.GENERATING, AgentState.WAITING, AgentState.FAILED, AgentState.GONE


@given(st.integers(1, 20000), st.integers(1, 200), st.integers(1, 60))
def test_all_agents_fit(agents, width, height):
    grid = fit(agents, width, height)
    tiles = -(-agents // grid.each)
    rows = -(-tiles // grid.columns)
    assert grid.columns * grid.tile.width <= width
    assert rows * grid.tile.height <= height


def test_few_agents_get_large_cells_and_many_share_one():
    assert fit(6, 60, 10).tile.width == 14
    assert fit(200, 46, 9).tile.width == 2
    assert fit(2000, 46, 9).each == 5
    assert fit(400, 40, 10).each == 1


@pytest.mark.parametrize(
    ("states", "shown"),
    [
        ([G, W, G], G),
        ([W, W, G], W),
        ([GONE, GONE, F], F),
        ([GONE, GONE], GONE),
        ([], GONE),
        ([W, G], G),
    ],
)
def test_a_shared_cell_shows_what_most_do(states, shown):
    assert most_common(bytes(states)) == shown


def test_no_state_is_shown_by_colour_alone():
    present = [state for state in AgentState if state != GONE]
    assert len({STATES[state].glyph for state in present}) == len(present)
    assert len({state_colour(DARK, state) for state in present}) == len(present)


def test_the_legend_counts_every_state():
    drawn = "\n".join(strip.text for strip in Agents("agents").draw(snapshot(agents=7), 48, 12))
    for entry in ("generating 4", "waiting 1", "thinking 1", "idle 1", "failed 0"):
        assert entry in drawn


def test_agents_that_share_a_cell_are_said_to():
    drawn = Agents("agents").draw(snapshot(agents=2000, peak=2000), 48, 15)
    assert "1 cell = 4 agents" in drawn[0].text


def test_large_cells_name_their_agents():
    drawn = "\n".join(strip.text for strip in Agents("agents").draw(snapshot(agents=6, peak=6), 48, 12))
    assert all(f"a0{number}" in drawn for number in range(1, 7))


def test_places_do_not_move_while_the_population_grows():
    early, late = (Agents("agents").draw(snapshot(agents=number), 48, 15)[1] for number in (20, 200))
    assert early.text[:40] == late.text[:40]


def waits(agents: int, longest_s: float | None, width: int, height: int, panel: Agents | None = None) -> list:
    """The panel's lines while so many agents wait."""
    picture = msgspec.structs.replace(snapshot(), waiting=Waiting(agents=agents, longest_s=longest_s))
    return (panel or Agents("agents")).draw(picture, width, height)


@pytest.mark.parametrize(("width", "height", "face"), [(48, 11, SMALL), (62, 21, MEDIUM)])
def test_who_waits_and_for_how_long_stands_there_in_large_digits(width, height, face):
    drawn = "\n".join(strip.text for strip in waits(150, 32.4, width, height))
    for number in ("150", "32"):
        for row in big_number(number, face):
            assert row in drawn
    for word in ("agents", "wait", "seconds", "longest"):
        assert word in drawn


def test_in_a_small_place_the_title_says_who_waits_once_that_is_long():
    title = waits(150, 32.4, 80, 7)[0].text
    assert "150 agents wait, the longest 32 s" in title
    assert "150 wait, longest 32 s" in waits(150, 32.4, 35, 7)[0].text
    assert "1 agent waits, the longest 9.2 s" in waits(1, 9.2, 80, 7)[0].text
    assert "wait" not in waits(150, 0.4, 80, 7)[0].text


def test_a_long_wait_has_a_colour_of_its_own_and_its_end_moves_nothing():
    panel = Agents("agents")
    long, short = waits(20, 9.4, 48, 11, panel), waits(20, 0.4, 48, 11, panel)
    digits = big_number("20", SMALL)[0]
    rows = [next(y for y, strip in enumerate(lines) if digits in strip.text) for lines in (short, long)]
    assert rows[0] == rows[1]
    inks = [next(part.style for part in lines[rows[0]] if digits in part.text) for lines in (short, long)]
    assert inks[0] != inks[1]
    assert [strip.text for strip in short[: rows[0]]] == [strip.text for strip in long[: rows[0]]]


def test_the_grid_has_all_the_room_until_someone_has_waited_for_long():
    panel = Agents("agents")
    calm = waits(20, 0.4, 48, 13, panel)
    tense = waits(20, 9.4, 48, 13, panel)
    rows = [sum(">" in strip.text for strip in drawn[1:-2]) for drawn in (calm, tense)]
    assert rows[0] > rows[1] > 0
    assert "longest" in "".join(strip.text for strip in tense)
    earlier = msgspec.structs.replace(changed(snapshot(), t=5.0), waiting=Waiting(agents=20, longest_s=0.4))
    for drawn in (calm, panel.draw(earlier, 48, 13)):  # at first, and in a replay that went back
        assert not any("longest" in strip.text for strip in drawn)


def test_where_nobody_waits_no_time_is_shown():
    assert not any("seconds" in strip.text for strip in waits(0, None, 48, 11))

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pictures import snapshot

from stress.events import AgentState
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
    assert fit(6, 60, 10).tile.width == 10
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
    drawn = Agents("agents").draw(snapshot(agents=2000, peak=2000), 48, 12)
    assert "1 cell = 6 agents" in drawn[0].text


def test_large_cells_name_their_agents():
    drawn = "\n".join(strip.text for strip in Agents("agents").draw(snapshot(agents=6, peak=6), 48, 12))
    assert all(f"a0{number}" in drawn for number in range(1, 7))


def test_places_do_not_move_while_the_population_grows():
    early, late = (Agents("agents").draw(snapshot(agents=number), 48, 12)[1] for number in (20, 200))
    assert early.text[:40] == late.text[:40]

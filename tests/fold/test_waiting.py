import pytest
from happenings import pulse
from hypothesis import given
from hypothesis import strategies as st
from test_fold import folded

from stress.events import AgentState, Phase
from stress.fold.waiting import Waiting, WaitingLine

IDLE, WAITING, GENERATING = (int(state) for state in (AgentState.IDLE, AgentState.WAITING, AgentState.GENERATING))


def line(*changes: tuple[float, int, int]) -> WaitingLine:
    """Each change as (seconds, agent's index, state)."""
    found = WaitingLine()
    for t, index, state in changes:
        found.add(t, [(index, state)])
    return found


def test_nobody_waits_at_first():
    assert line().now(5.0) == Waiting(agents=0, longest_s=None)


def test_those_with_a_request_and_no_token_wait_the_longest_since_the_first_of_them():
    assert line((1.0, 7, WAITING), (2.0, 3, WAITING)).now(10.0) == Waiting(agents=2, longest_s=9.0)


def test_one_that_gets_its_first_token_waits_no_more():
    changes = (1.0, 7, WAITING), (2.0, 3, WAITING), (4.0, 7, GENERATING)
    assert line(*changes).now(10.0) == Waiting(agents=1, longest_s=8.0)
    assert line(*changes, (5.0, 3, IDLE)).now(10.0) == Waiting()


def test_one_whose_reply_came_and_went_between_two_pulses_waits_anew():
    assert line((1.0, 7, WAITING), (4.0, 3, WAITING), (6.0, 7, WAITING)).now(10.0) == Waiting(agents=2, longest_s=6.0)


def test_the_snapshot_says_who_waits_on_the_events_own_clock():
    fold = folded(
        Phase(t=0, name="ramp"), pulse(1.0, cells=((0, WAITING), (1, WAITING))), pulse(2.0, cells=((1, GENERATING),))
    )
    assert fold.snapshot().waiting == Waiting(agents=1, longest_s=1.0)
    fold.apply(pulse(33.5))
    assert fold.snapshot().waiting.longest_s == pytest.approx(32.5)


@given(st.lists(st.tuples(st.integers(0, 9), st.sampled_from([IDLE, WAITING, GENERATING])), max_size=60))
def test_it_agrees_with_the_cells(changes):
    fold = folded(*(pulse(float(t), cells=(change,)) for t, change in enumerate(changes)))
    snapshot = fold.snapshot()
    assert snapshot.waiting.agents == snapshot.cells.count(WAITING)
    since = {index: t for t, (index, state) in enumerate(changes)}
    waits = [len(changes) - 1 - since[index] for index, state in enumerate(snapshot.cells) if state == WAITING]
    assert snapshot.waiting.longest_s == max(waits, default=None)

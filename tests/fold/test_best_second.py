import pytest
from happenings import ABOUT, pulse, reply, small_run
from hypothesis import given
from hypothesis import strategies as st

from stress.events import Phase
from stress.fold.fold import Fold
from stress.fold.summary import summarise


def folded(*events) -> Fold:
    fold = Fold(ABOUT)
    for event in events:
        fold.apply(event)
    return fold


def run(start: float, pulses: list[tuple[float, int]], late: float = 0.05) -> list:
    """A run whose pulses come so many seconds after each other; its one reply ends a little before the last."""
    events: list = [Phase(t=start, name="ramp")]
    t = start
    for gap, tokens in pulses:
        t += gap
        events.append(pulse(t, tokens))
    made = sum(tokens for _, tokens in pulses)
    events.insert(-1, reply(max(start, t - late), start=start, output_tokens=made))
    return events


GAPS = st.lists(st.tuples(st.floats(0.001, 3.0), st.integers(0, 5000)), min_size=1, max_size=60)


@given(st.floats(0, 50), GAPS, st.floats(0, 0.1))
def test_the_best_second_is_never_below_the_average(start, pulses, late):
    summary = summarise(folded(*run(start, pulses, late)))
    assert summary.peak_output_throughput >= summary.output_throughput


@given(st.floats(0, 50), GAPS)
def test_nothing_that_was_called_a_peak_while_it_ran_is_above_the_summarys(start, pulses):
    fold, seen = Fold(ABOUT), 0.0
    for event in run(start, pulses):
        fold.apply(event)
        seen = max(seen, fold.peak_tok_s)
    fold.apply(Phase(t=fold.t, name="done"))
    assert seen <= fold.peak_tok_s == summarise(fold).peak_output_throughput


def test_a_run_of_half_a_second_has_its_own_rate_as_its_best():
    summary = summarise(folded(*run(7.75, [(0.25, 300), (0.25, 700)], late=0.0)))
    assert summary.output_throughput == pytest.approx(2000)
    assert summary.peak_output_throughput == pytest.approx(2000)


def test_a_long_run_has_the_tokens_of_its_best_whole_second():
    assert summarise(folded(*small_run())).peak_output_throughput == 100

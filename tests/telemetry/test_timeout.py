import threading

import pytest

from stress.telemetry.timeout import call_with_timeout


def test_an_answer_in_time_is_given():
    assert call_with_timeout(30.0, lambda: 5) == 5


def test_a_driver_that_never_answers_is_left_behind():
    never = threading.Event()
    with pytest.raises(TimeoutError):
        call_with_timeout(0.05, never.wait)
    never.set()


def test_what_the_call_raises_is_raised():
    with pytest.raises(KeyError):
        call_with_timeout(30.0, lambda: {}["x"])

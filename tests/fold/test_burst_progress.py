import pytest
from hypothesis import given
from hypothesis import strategies as st

from stress.fold.burst_progress import SOBER_S, Progress, progress
from stress.fold.replies import Replies
from stress.ramp import BurstPlan


def far(completed=0, failed=0, their_tokens=0, all_tokens=0, elapsed=20.0) -> Progress:
    replies = Replies()
    replies.completed, replies.failed, replies.output_tokens = completed, failed, their_tokens
    return progress(BurstPlan(requests=50, tokens=2000, concurrency=50), replies, all_tokens, elapsed)


def test_before_a_reply_has_ended_what_was_asked_for_counts():
    assert far(all_tokens=25_000) == Progress(share=0.25, ended=0, left_s=pytest.approx(60))


def test_replies_that_end_early_tell_how_long_the_others_will_be():
    found = far(completed=10, their_tokens=5_000, all_tokens=10_000)
    assert found.share == pytest.approx(10_000 / 25_000)
    assert found.left_s == pytest.approx(30)


def test_failed_requests_are_ended_and_nothing_more_comes_of_them():
    assert far(failed=25, all_tokens=25_000).share == 0.5


def test_at_first_it_is_too_early_to_say():
    assert far(all_tokens=5_000, elapsed=SOBER_S - 0.1).left_s is None
    assert far(all_tokens=0).left_s is None


def test_at_the_end_nothing_is_left():
    assert far(completed=48, failed=2, their_tokens=96_000, all_tokens=96_000) == Progress(share=1, ended=50, left_s=0)


@given(st.integers(0, 60), st.integers(0, 60), st.integers(0, 10**6), st.integers(0, 10**7), st.floats(0, 1e5))
def test_whatever_came_the_share_is_one(completed, failed, their_tokens, all_tokens, elapsed):
    found = far(completed=completed, failed=failed, their_tokens=their_tokens, all_tokens=all_tokens, elapsed=elapsed)
    assert 0 <= found.share <= 1
    assert found.left_s is None or found.left_s >= 0

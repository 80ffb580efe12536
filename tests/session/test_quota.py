from happenings import reply
from hypothesis import given
from hypothesis import strategies as st

from stress.events import WorkerLost
from stress.session.jobs import Quota
from stress.session.protocol import first_id, worker_of


@given(st.integers(1, 100_000), st.integers(1, 64))
def test_the_shares_of_all_workers_add_up_and_differ_by_one_at_most(requests, workers):
    quota = Quota(requests, workers)
    shares = [quota.of(worker) for worker in range(workers)]
    assert sum(shares) == requests
    assert max(shares) - min(shares) <= 1


def test_it_is_done_when_every_request_has_ended():
    quota = Quota(3, 1)
    quota.of(0)
    for number in (1, 2):
        quota.take(reply(1.0, number))
        assert not quota.done
    quota.take(reply(2.0, 3, error="timeout"))
    assert quota.done


def test_who_takes_a_dead_workers_place_sends_what_it_has_not():
    quota = Quota(20, 2)
    assert (quota.of(0), quota.of(1)) == (10, 10)
    for number in range(4):
        quota.take(reply(1.0, first_id(1) + 1 + number))
    quota.take(WorkerLost(t=2.0, worker=1, agents=5, requests=3, cause="signal 9"))
    assert quota.of(2) == 10 - 4 - 3


def test_requests_that_a_dead_worker_had_begun_have_ended():
    quota = Quota(4, 1)
    quota.of(0)
    quota.take(reply(1.0, 1))
    quota.take(WorkerLost(t=2.0, worker=0, agents=3, requests=3, cause="signal 9"))
    assert quota.done
    assert quota.of(1) == 0


@given(st.integers(0, 1000), st.integers(1, 2**32 - 1))
def test_a_number_tells_its_worker(worker, count):
    assert worker_of(first_id(worker) + count) == worker


def test_two_workers_send_each_prompt_once():
    quota = Quota(5, 2)
    prompts = ("a", "b", "c", "d", "e")
    sent = [prompt for worker in (0, 1) for prompt in quota.prompts_of(worker, prompts)[: quota.of(worker)]]
    assert sorted(sent) == list(prompts)
    assert quota.prompts_of(0, ()) == ()

from happenings import pulse

from stress.events import AgentState, Request
from stress.fold.burst_requests import FAILED, OPEN, REPLIED, BurstRequests, RequestTracker

WAITING, GENERATING, THINKING = AgentState.WAITING, AgentState.GENERATING, AgentState.THINKING


def seen(*events) -> BurstRequests:
    tracker = RequestTracker()
    for event in events:
        (tracker.add_request if isinstance(event, Request) else tracker.add_pulse)(event)
    return tracker.view()


def ended(agent: str, tokens: int = 20, error: str | None = None) -> Request:
    return Request(t=2.0, id=1, agent=agent, start=1.0, output_tokens=tokens, error=error)


def test_tokens_are_those_of_the_newest_pulse_that_holds_them():
    found = seen(
        pulse(1.0, cells=((0, WAITING), (1, GENERATING))),
        pulse(1.5, streamed=((1, 4),)),
        pulse(1.6),
        pulse(2.0, streamed=((0, 1), (1, 9))),
    )
    assert found == BurstRequests((1, 9), bytes((OPEN, OPEN)))


def test_at_its_end_a_request_has_the_servers_count():
    found = seen(pulse(1.0, streamed=((0, 19), (1, 3))), ended("a01", 20), ended("a02", 3, "timeout"))
    assert found == BurstRequests((20, 3), bytes((REPLIED, FAILED)))


def test_the_agents_next_request_begins_at_nothing():
    found = seen(ended("a01"), pulse(2.0, cells=((0, WAITING),)))
    assert found == BurstRequests((None,), bytes((OPEN,)))


def test_a_request_that_generates_since_the_last_pulse_is_the_next_one_too():
    assert seen(ended("a01"), pulse(2.0, cells=((0, GENERATING),))).ended == bytes((OPEN,))


def test_an_agent_without_a_next_request_keeps_its_last_one():
    assert seen(ended("a01"), pulse(2.0, cells=((0, THINKING),))).ended == bytes((REPLIED,))


def test_an_older_record_holds_no_tokens_of_replies_on_their_way():
    found = seen(pulse(1.0, cells=((0, GENERATING), (1, GENERATING))), ended("a02"))
    assert found == BurstRequests((None, 20), bytes((OPEN, REPLIED)))


def test_it_is_the_same_object_while_nothing_changes():
    tracker = RequestTracker()
    tracker.add_request(ended("a01"))
    before = tracker.view()
    tracker.add_pulse(pulse(2.0))
    assert tracker.view() is before

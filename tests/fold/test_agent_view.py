import msgspec
from happenings import failure, message, reply

from stress.events import Message
from stress.fold.agent_view import TRANSCRIPT_KEPT, AgentTracker, CastAbout, Role

CAST = CastAbout(personas=(Role("Ada", "a smith"), Role("Bo", "a baker")))


def heard(number: int, sender: str = "a01", to: tuple[str, ...] = ("a02",)) -> Message:
    return msgspec.structs.replace(message(float(number), number, to), sender=sender)


def watching(name: str = "a02", talk=()) -> AgentTracker:
    watch = AgentTracker()
    watch.look_at(name, talk)
    return watch


def test_nobody_is_watched_until_somebody_is_named():
    assert AgentTracker().view(CAST) is None


def test_what_it_said_and_heard_is_kept_and_what_others_say_to_others_is_not():
    watch = watching(talk=(heard(1), heard(2, to=("a03",))))
    watch.add_message(heard(3, sender="a02", to=("a01",)))
    watch.add_message(heard(4, sender="a05", to=("a06",)))
    assert [each.id for each in watch.view(CAST).transcript] == [1, 3]


def test_mail_waits_in_the_inbox_until_one_of_its_replies_answers_it():
    watch = watching()
    for number in (1, 2, 3):
        watch.add_message(heard(number))
    watch.add_request(reply(4.0, agent="a02", answers=(1, 3)))
    assert [each.id for each in watch.view(CAST).inbox] == [2]
    watch.add_request(reply(5.0, agent="a01", answers=(2,)))
    assert [each.id for each in watch.view(CAST).inbox] == [2]


def test_its_numbers_are_since_the_runs_start_also_from_before_it_was_watched():
    watch = AgentTracker()
    watch.add_request(reply(1.0, agent="a02", ttft_ms=100.0, e2el_ms=1000.0))
    watch.add_request(reply(2.0, agent="a02", ttft_ms=300.0, e2el_ms=2000.0))
    watch.add_request(failure(3.0))
    watch.look_at("a02", ())
    view = watch.view(CAST)
    assert (view.replies, view.failed, view.output_tokens) == (2, 1, 20)
    assert (view.mean_ttft_ms, view.mean_e2el_ms) == (200, 1500)


def test_an_agent_that_has_done_nothing_has_no_means():
    view = watching("a09").view(None)
    assert (view.replies, view.mean_ttft_ms, view.part, view.transcript) == (0, None, None, ())


def test_another_agent_begins_with_an_empty_inbox():
    watch = watching()
    watch.add_message(heard(1))
    watch.look_at("a01", (heard(1),))
    view = watch.view(CAST)
    assert (view.inbox, [each.id for each in view.transcript]) == ((), [1])


def test_a_long_transcript_keeps_its_newest():
    watch = watching()
    for number in range(TRANSCRIPT_KEPT + 10):
        watch.add_message(heard(number))
    assert watch.view(CAST).transcript[0].id == 10


def test_parts_are_given_out_in_turn_and_leads_where_the_topology_has_them():
    assert [CAST.part_of(index).name for index in range(4)] == ["Ada", "Bo", "Ada", "Bo"]
    led = msgspec.structs.replace(CAST, lead=Role("Lu", "the judge"), lead_every=3)
    assert [led.part_of(index).name for index in range(5)] == ["Lu", "Bo", "Ada", "Lu", "Ada"]
    assert CastAbout(personas=()).part_of(3) is None

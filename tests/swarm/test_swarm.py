import itertools

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from town import Town, make_scenario

from stress.events import AgentState
from stress.swarm.agent import Agent
from stress.swarm.office import Mail


def test_every_agent_that_joins_starts_with_an_opener_of_the_scenario():
    town = Town(make_scenario())
    town.steer(3)
    assert sorted(town.begin_all()) == ["a01", "a02", "a03"]
    assert all(town.heard(handle).startswith("Opener number") for handle in ("a01", "a02", "a03"))


def test_a_reply_lies_in_the_next_prompt_of_those_the_topology_names():
    town = Town(make_scenario("ring"))
    town.steer(3)
    town.begin_all()
    _, message = town.reply("a01", "The rope is wet.")
    assert message.to == ("a02",)
    town.reply("a02", "I saw nothing.")
    assert town.begin() == "a02"
    assert "a01 (" in town.heard("a02")
    assert "The rope is wet." in town.heard("a02")


def test_a_turn_answers_all_unread_mail_and_the_record_says_which():
    town = Town(make_scenario("star"))
    town.steer(4)
    town.begin_all()
    sent = [town.reply(handle, f"From {handle}.")[1] for handle in ("a02", "a03", "a04")]
    town.reply("a01", "I chair.")
    assert "a01" in town.begin_all()
    assert all(f"From {handle}." in town.heard("a01") for handle in ("a02", "a03", "a04"))
    request, _ = town.reply("a01", "Noted.")
    assert request.answers == tuple(message.id for message in sent)


def test_a_name_in_the_reply_overrides_the_topology_if_it_is_a_neighbours():
    town = Town(make_scenario("all"))
    town.steer(5)
    town.begin_all()
    assert town.reply("a01", "@a04 is it you, or @a02?")[1].to == ("a04", "a02")
    assert town.reply("a02", "@a99 and @a02 are nobody I can write to.")[1].to == ("a01", "a03", "a04", "a05")


def test_in_a_ring_a_name_that_is_no_neighbours_changes_nothing():
    town = Town(make_scenario("ring"))
    town.steer(4)
    town.begin_all()
    assert town.reply("a01", "@a03 come here")[1].to == ("a02",)


def test_fanout_draws_that_many_readers_anew_for_each_message():
    town = Town(make_scenario("all", fanout=2))
    town.steer(30)
    readers = set()
    for _ in range(8):
        town.begin_all()
        _, message = town.reply("a01", "Hear, hear.")
        assert len(set(message.to)) == 2
        readers |= set(message.to)
        for handle in list(town.flying):
            town.reply(handle, "@a01 yes")
    assert len(readers) > 4


def test_an_agent_without_mail_is_given_an_opener_when_its_patience_ends():
    town = Town(make_scenario("ring", patience="4s"))
    town.steer(2)
    town.begin_all()
    town.reply("a01")
    assert town.begin() is None
    town.pass_time(3.9)
    assert town.begin() is None
    town.pass_time(0.2)
    assert town.begin() == "a01"
    assert town.heard("a01").startswith("Opener number")


def test_an_agent_alone_goes_on_with_openers_at_once():
    town = Town(make_scenario("none"))
    town.steer(1)
    heard = set()
    for _ in range(10):
        assert town.begin() == "a01"
        heard.add(town.heard("a01"))
        assert town.reply("a01")[1] is None
    assert len(heard) == 10


def test_the_rate_cap_keeps_an_agents_messages_apart():
    town = Town(make_scenario("none"))
    town.steer(1, rate=30)
    begun = []
    for _ in range(200):
        town.pass_time(0.1)
        if town.begin():
            begun.append(town.now)
            town.reply("a01")
    assert len(begun) in (9, 10)
    assert all(later - earlier >= 1.99 for earlier, later in itertools.pairwise(begun))


def test_a_failed_turn_is_tried_again_later_with_its_mail_and_the_new_one():
    town = Town(make_scenario("pairs"))
    town.steer(2)
    town.begin_all()
    _, first = town.reply("a01", "First thing.")
    town.reply("a02")
    assert "a02" in town.begin_all()
    town.fail("a02")
    town.steer(3)  # a third, the pair's odd one, who writes to it during its pause
    assert town.begin() == "a03"
    _, second = town.reply("a03", "@a02 Second thing.")
    assert town.begin() is None
    town.pass_time(1)
    assert "a02" in town.begin_all()
    assert "First thing." in town.heard("a02")
    assert "Second thing." in town.heard("a02")
    request, _ = town.reply("a02", "Both, then.")
    assert request.answers == (first.id, second.id)


def test_an_agent_that_keeps_failing_pauses_longer_each_time_up_to_a_limit():
    town = Town(make_scenario("none"))
    town.steer(1)
    pauses = []
    for _ in range(9):
        assert town.begin() == "a01"
        town.fail("a01")
        failed_at = town.now
        while not town.ready:
            town.pass_time(0.05)
        pauses.append(town.now - failed_at)
    assert pauses[:5] == pytest.approx([0.5, 1, 2, 4, 8], abs=0.06)
    assert pauses[5:] == pytest.approx([15] * 4, abs=0.06)


def test_an_agent_that_leaves_finishes_its_reply_first():
    town = Town(make_scenario("ring"))
    town.steer(3)
    town.begin_all()
    town.steer(2)
    assert town.swarm.present == 3
    _, message = town.reply("a03", "My last words.")
    assert message.to == ("a01",)
    assert town.swarm.present == 2


def test_a_waiting_agent_leaves_at_once_and_its_turn_never_begins():
    town = Town(make_scenario("ring"))
    town.steer(3)
    town.steer(1)
    assert town.swarm.present == 1
    assert town.begin_all() == ["a01"]


def test_an_agent_that_was_leaving_stays_when_the_ramp_grows_again():
    town = Town(make_scenario("ring"))
    town.steer(3)
    town.begin_all()
    town.steer(2)
    town.steer(3)
    town.reply("a03", "Still here.")
    assert town.swarm.present == 3
    town.reply("a02", "@a03 good")
    assert town.begin() == "a03"


def test_the_same_seed_casts_and_opens_the_same():
    def script(seed: int) -> dict[str, list[dict[str, str]]]:
        town = Town(make_scenario("random:2"), seed)
        town.steer(9)
        town.begin_all()
        return town.prompts

    assert script(7) == script(7)
    assert script(7) != script(8)


def test_mail_beyond_half_the_memory_is_dropped_oldest_first_and_counted():
    town = Town(make_scenario("star", memory=200))
    town.steer(30)
    town.begin_all()
    sent = [town.reply(handle, f"{handle} says " + "word " * 10)[1] for handle in list(town.flying) if handle != "a01"]
    town.reply("a01", "Order!")
    assert "a01" in town.begin_all()
    request, _ = town.reply("a01", "Noted.")
    assert request.unread == len(sent) - len(request.answers) > 0
    assert request.answers == tuple(message.id for message in sent[-len(request.answers) :])


def test_a_prompt_too_long_for_the_server_makes_the_agent_forget_its_oldest_half():
    town = Town(make_scenario("none", memory=100_000))
    town.steer(1)
    for _ in range(6):
        town.begin()
        town.reply("a01")
    town.begin()
    long = len(town.prompts["a01"])
    town.fail("a01", "context_exceeded")
    town.pass_time(60)
    town.begin()
    assert len(town.prompts["a01"]) < long
    assert town.heard("a01").startswith("Opener number")


def test_a_closed_swarm_begins_nothing_more():
    town = Town(make_scenario("ring"))
    town.steer(3)
    town.begin()
    town.swarm.close()
    assert town.begin() is None


@settings(max_examples=60)
@given(
    st.sampled_from(["pairs", "ring", "rooms:3", "star", "tree:2", "all", "random:3", "none"]),
    st.lists(
        st.one_of(
            st.tuples(st.just("steer"), st.integers(1, 12)),
            st.tuples(st.just("time"), st.floats(0, 10)),
            st.tuples(st.just("begin"), st.integers(1, 12)),
            st.tuples(st.sampled_from(["reply", "empty", "fail"]), st.integers(0, 11)),
        ),
        max_size=80,
    ),
)
def test_whatever_happens_requests_never_exceed_the_population_and_talk_never_dies(topology, happenings):
    town = Town(make_scenario(topology))
    town.steer(3)
    for what, amount in happenings:
        if what == "steer":
            town.steer(amount)
        elif what == "time":
            town.pass_time(amount)
        elif what == "begin":
            for _ in range(amount):
                town.begin()
        elif town.flying:
            handle = list(town.flying)[amount % len(town.flying)]
            if what == "fail":
                town.fail(handle)
            else:
                town.reply(handle, "A word." if what == "reply" else "")
        assert town.swarm.in_flight == len(town.flying) <= town.swarm.present
    for handle in list(town.flying):
        town.reply(handle)
    town.pass_time(60)
    assert town.begin() is not None


def test_state_changes_are_reported_once():
    town = Town(make_scenario("ring"))
    town.steer(2)
    town.begin()
    assert dict(town.swarm.take_changes()) == {0: AgentState.WAITING, 1: AgentState.THINKING}
    assert town.swarm.take_changes() == ()


@pytest.mark.parametrize("topology", ["star", "rooms:3"])
def test_the_lead_stands_where_the_topology_puts_it(topology):
    town = Town(make_scenario(topology, lead={"name": "Zoe", "is": "in charge."}))
    town.steer(6)
    town.begin_all()
    leads = [handle for handle, prompt in town.prompts.items() if "You are Zoe" in prompt[0]["content"]]
    assert leads == (["a01"] if topology == "star" else ["a01", "a04"])


def test_mail_to_an_agent_of_another_worker_goes_to_the_post():
    town = Town(make_scenario("ring"))
    town.swarm.steer(4, None, [0, 2], [], town.now)
    town.begin_all()
    _, message = town.reply("a01", "Over there.")
    assert message.to == ("a02",)
    ((mail, to),) = town.posted
    assert (mail.sender, mail.text, to) == ("a01", "Over there.", [1])


def test_mail_from_another_worker_is_read_like_any_other():
    town = Town(make_scenario("ring"))
    town.swarm.steer(2, None, [0], [], town.now)
    town.begin_all()
    town.reply("a01")
    town.swarm.deliver(Mail(77, "a02", "Bo", "From afar."), [0], town.now)
    assert town.begin() == "a01"
    assert "a02 (Bo): From afar." in town.heard("a01")
    assert town.reply("a01")[0].answers == (77,)


def test_mail_from_another_worker_to_one_who_has_left_is_dropped():
    town = Town(make_scenario("ring"))
    town.swarm.steer(3, None, [0], [], town.now)
    town.swarm.deliver(Mail(77, "a02", "Bo", "Too late."), [2], town.now)
    assert town.begin_all() == ["a01"]


TOPOLOGIES = ("none", "pairs", "ring", "rooms:3", "star", "tree:2", "all", "random:2")


@pytest.mark.parametrize("topology", TOPOLOGIES)
@pytest.mark.parametrize("reasoning", ["I should greet @a02 first", ""])
def test_replies_without_text_keep_the_talk_alive_without_waiting(topology, reasoning):
    town = Town(make_scenario(topology))
    town.steer(16)
    for _ in range(20):
        began = town.begin_all()
        assert began
        for handle in began:
            town.reply(handle, " ", reasoning=reasoning)


def test_a_reply_of_thoughts_alone_is_posted_as_thoughts_and_its_names_are_no_addresses():
    town = Town(make_scenario("all"))
    town.steer(3)
    town.begin_all()
    request, message = town.reply("a01", "\n", reasoning="@a02 would like that. Perhaps ")
    assert (request.instead, message.thoughts, message.text) == ("thoughts", True, "@a02 would like that. Perhaps")
    assert message.to == ("a02", "a03")
    town.reply("a02")
    town.begin_all()
    assert "), thinking: @a02 would like that." in town.heard("a02")
    assert town.prompts["a01"][-2]["content"] == "(thinking) @a02 would like that. Perhaps "


def test_an_empty_reply_is_posted_as_nothing_and_heard_as_silence():
    town = Town(make_scenario("ring"))
    town.steer(2)
    town.begin_all()
    request, message = town.reply("a01", " ")
    assert (request.instead, message.thoughts, message.text, message.to) == ("nothing", False, "", ("a02",))
    town.reply("a02")
    town.begin_all()
    assert "): …" in town.heard("a02")


def test_a_reply_with_text_beside_its_thoughts_is_text():
    town = Town(make_scenario("ring"))
    town.steer(2)
    town.begin_all()
    request, message = town.reply("a01", "Hello.", reasoning="I greet them.")
    assert (request.instead, message.thoughts, message.text) == (None, False, "Hello.")


def test_a_request_that_was_given_up_leaves_its_agent_idle():
    town = Town(make_scenario("ring"))
    town.steer(2)
    town.begin_all()
    town.swarm.take_changes()
    assert town.fail("a01", "abandoned").instead is None
    town.fail("a02")
    assert town.swarm.take_changes() == ((0, AgentState.IDLE), (1, AgentState.FAILED))
    assert town.swarm.in_flight == 0


def move(one: Town, other: Town) -> None:
    """Bring the agents that have left one worker to the other, as on the wire."""
    for agent in one.moved:
        other.swarm.take_over(msgspec.msgpack.decode(msgspec.msgpack.encode(agent), type=Agent))
    one.moved.clear()


def two_workers() -> tuple[Town, Town]:
    """Three agents of a ring in one worker, none in the other yet."""
    one, other = Town(make_scenario("ring")), Town(make_scenario("ring"))
    one.steer(3)
    other.swarm.steer(3, None, [], [], 0.0)
    return one, other


def test_an_agent_that_moves_ends_its_reply_and_takes_along_what_it_remembers_and_its_mail():
    one, other = two_workers()
    one.begin_all()
    one.swarm.hand_over([1], 7)
    assert one.moved == []
    one.reply("a01", "For Bo.")
    one.reply("a02", "My last word here.")
    assert [(agent.handle, agent.moving) for agent in one.moved] == [("a02", 7)]
    assert one.begin() is None
    move(one, other)
    assert other.begin() == "a02"
    assert [turn["content"] for turn in other.prompts["a02"]][2:] == ["My last word here.", "a01 (Ada): For Bo."]
    assert (one.swarm.present, other.swarm.present) == (2, 1)


def test_an_agent_that_is_not_writing_moves_at_once_and_keeps_its_pause():
    one, other = two_workers()
    one.begin_all()
    one.fail("a02")
    one.swarm.take_changes()
    one.swarm.hand_over([1], 7)
    move(one, other)
    assert dict(other.swarm.take_changes()) == {1: AgentState.FAILED}
    assert one.swarm.take_changes() == ()  # not gone: it is only elsewhere
    assert other.begin() is None
    other.pass_time(1)
    assert other.begin() == "a02"


def test_mail_for_an_agent_that_has_moved_follows_it():
    one, _ = two_workers()
    one.swarm.hand_over([1], 7)
    mail = Mail(77, "a03", "Cleo", "Wait!")
    one.swarm.deliver(mail, [1, 9], one.now)
    assert one.posted == [(mail, [1])]


def test_an_agent_told_to_move_that_leaves_and_returns_stays():
    one, _ = two_workers()
    one.begin_all()
    one.swarm.hand_over([2], 7)
    one.steer(2)
    one.steer(3)
    one.reply("a03")
    assert one.moved == []
    assert one.swarm.present == 3


def test_an_agent_that_has_moved_and_is_told_to_leave_is_gone():
    one, _ = two_workers()
    one.swarm.hand_over([2], 7)
    one.swarm.take_changes()
    one.steer(2)
    assert one.swarm.present == 2
    assert one.swarm.take_changes() == ((2, AgentState.GONE),)


def test_a_swarm_that_is_closed_hands_nobody_over():
    one, _ = two_workers()
    one.begin_all()
    one.swarm.hand_over([1], 7)
    one.swarm.close()
    one.reply("a02")
    assert one.moved == []

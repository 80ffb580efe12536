import msgspec
from pictures import cells, messages, snapshot

from stress.events import AgentState, Message
from stress.fold.agent_view import AgentView, Role
from tui.panels.agent_card import AgentCard
from tui.panels.agents import STATES

VIEW = AgentView(
    name="a02",
    part=Role("Bo", "a baker who never sleeps"),
    replies=12,
    failed=1,
    output_tokens=3456,
    mean_ttft_ms=84.0,
    mean_e2el_ms=2345.0,
    inbox=(Message(t=3.0, id=9, sender="a07", to=("a02",), text="Are you there?", request=1),),
    transcript=(
        Message(t=1.0, id=1, sender="a01", to=("a02", "a03"), text="Good morning.", request=1),
        Message(t=2.0, id=2, sender="a02", to=("a01",), text="The bread is out.", request=2),
        Message(t=3.0, id=9, sender="a07", to=("a02",), text="Are you there?", request=1),
    ),
)


def lines(view: AgentView | None = VIEW, width: int = 90, height: int = 20) -> list[str]:
    picture = msgspec.structs.replace(snapshot(), watched=view, cells=cells(20))
    return [strip.text.rstrip() for strip in AgentCard("agent").draw(picture, width, height)]


def test_who_it_is_what_it_does_and_its_numbers_stand_on_top():
    drawn = lines()
    assert drawn[0].startswith(" AGENT a02  Bo")
    assert drawn[0].split()[-1] == STATES[AgentState(cells(20)[1])].word
    assert drawn[1].strip() == "Bo is a baker who never sleeps"
    assert "replies 12   failed 1   tokens 3,456   mean TTFT 84 ms   mean E2EL 2,345 ms" in drawn[3]


def test_what_it_said_and_heard_differs_and_unanswered_mail_is_marked():
    drawn = lines()
    assert "1 unanswered" in drawn[4]
    assert drawn[5:8] == [
        " ← a01: Good morning.",
        " → a01: The bread is out.",
        " ✉ a07: Are you there?",
    ]


def test_the_newest_messages_are_those_that_have_room():
    many = msgspec.structs.replace(VIEW, transcript=messages(50), inbox=())
    drawn = lines(many, height=12)
    assert len(drawn) <= 12
    assert "Three ships by noon, two of them ours." in drawn[-1]


def test_without_a_watched_agent_it_says_how_to_find_one():
    assert "Press / to find one." in lines(None)[0]


def test_an_agent_that_is_not_there_yet_is_said_to_be_so():
    absent = msgspec.structs.replace(VIEW, name="a99", part=None)
    assert lines(absent)[0].endswith("not there")


def test_thoughts_and_empty_messages_differ_from_what_was_said():
    heard, told, _ = VIEW.transcript
    talk = (msgspec.structs.replace(heard, thoughts=True), msgspec.structs.replace(told, text=""))
    drawn = lines(msgspec.structs.replace(VIEW, transcript=talk))
    assert drawn[5:7] == [" ← a01 (thinking): Good morning.", " → a01: (nothing)"]

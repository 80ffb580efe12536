import msgspec
from hypothesis import given
from hypothesis import strategies as st
from pictures import Clock, messages, snapshot

from stress.events import Message
from tui.panels.conversation import Conversation


def said(*texts, to=("a03",)):
    return tuple(
        Message(t=0.0, id=number, sender="a17", to=to, text=text, request=number) for number, text in enumerate(texts)
    )


def shown(talk, width=60, height=10):
    panel = Conversation("talk", Clock())
    picture = snapshot(talk=talk)
    panel.show(picture)
    return [strip.text.rstrip() for strip in panel.draw(picture, width, height)]


def test_a_message_says_who_writes_to_whom():
    assert shown(said("hello there"))[1] == " a17 → a03: hello there"


def test_many_receivers_are_counted():
    assert shown(said("all of you", to=("a1", "a2", "a3", "a4", "a5")))[1] == " a17 → a1, a2, a3 +2: all of you"


def test_the_newest_is_at_the_bottom_and_the_panel_is_full():
    drawn = shown(messages(50), width=100, height=8)
    assert len(drawn) == 8
    assert messages(50)[-1].text in drawn[-1]


def test_a_long_message_takes_two_lines_and_an_ellipsis():
    drawn = shown(said("word " * 200))
    assert len(drawn) == 3
    assert drawn[2].endswith("…")


def test_markup_is_shown_and_escape_sequences_are_not_obeyed():
    assert shown(said("[/b] [blink]x[/] \x1b[2Jy"))[1] == " a17 → a03: [/b] [blink]x[/] y"


def test_a_hostile_name_is_as_harmless_as_a_hostile_text():
    drawn = shown(said("x", to=("\x1b[31m\u202eb" + "o" * 500,)))
    assert all(line.isprintable() and len(line) <= 60 for line in drawn)


def test_an_empty_message_is_not_nothing():
    assert shown(said("\u200b"))[1] == " a17 → a03: (nothing)"


def test_before_anybody_speaks_it_says_so():
    assert "nobody has said anything yet" in shown(())[1]


def test_a_flood_is_sampled_and_said_to_be():
    clock = Clock()
    panel = Conversation("talk", clock)
    panel.show(snapshot(talk=messages(1)))
    for tick in range(40):
        clock.now += 0.1
        picture = snapshot(talk=messages(200, first=tick * 3))
        panel.show(picture)
    title = panel.draw(picture, 60, 10)[0].text
    assert "1 of " in title
    assert title.rstrip().endswith("messages")


@given(st.lists(st.text(max_size=100), min_size=1, max_size=8), st.integers(1, 100), st.integers(1, 12))
def test_any_text_at_any_size_fills_its_lines_exactly(texts, width, height):
    panel = Conversation("talk", Clock())
    picture = msgspec.structs.replace(snapshot(), talk=said(*texts))
    panel.show(picture)
    strips = panel.draw(picture, width, height)
    assert len(strips) <= height
    for strip in strips:
        assert strip.cell_length == width
        assert strip.text.isprintable()


def test_thoughts_differ_from_what_was_said():
    (message,) = said("I could ask a03")
    assert shown((msgspec.structs.replace(message, thoughts=True),))[1] == " a17 → a03 (thinking): I could ask a03"


def test_replies_without_text_are_counted_in_the_title_with_what_to_do():
    picture = snapshot(talk=said("hello"))
    sample = msgspec.structs.replace(picture.sample, only_thoughts=1200, empty=3)
    panel = Conversation("talk", Clock())
    title = panel.draw(msgspec.structs.replace(picture, sample=sample), 100, 5)[0].text
    assert "1,200 only thoughts (raise --max-tokens), 3 empty" in title

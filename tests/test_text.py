import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stress.text import visible, visible_in

ANY = st.text(st.characters(codec=None, exclude_categories=()), max_size=300)
"""Lone surrogates as well."""
SEQUENCES = st.sampled_from(
    [
        "\x1b[31m",
        "\x1b[38:2::255:0:0m",
        "\x9b2J",
        "\x1b[?1049h",
        "\x1b]0;title\x07",
        "\x1b]8;;http://x\x1b\\",
        "\x9d52;c;aGk=\x9c",
        "\x1bP1$r\x1b\\",
        "\x1b_Gq\x1b\\",
        "\x1b(B",
        "\x1bc",
        "\x1b\x1b[0m",
    ]
)
HIDDEN = st.sampled_from("\x00\x07\x08\x7f\u200b\u202e\u2066\ufeff\ufe0f\ud800\U000e0041")


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b[3\x001mred", "red"),
        ("\x1b\u200b[31mred", "red"),
        ("\x1b\x1b[31mred", "red"),
        ("cut off \x1b[31", "cut off "),
        ("\x1b sk-key, \x1b[ sk-key, \x1b( sk-key", " sk-key,  sk-key,  sk-key"),
        ("a \x1b[2 qcursor and \x1b F7-bit controls", "a cursor and 7-bit controls"),
        ("cut off \x1b]0;title", "cut off title"),
        ("one\r\nline\x85of\u2028it", "one  line of it"),
        ("  columns   stay  ", "  columns   stay  "),
        ("[31m is what somebody wrote", "[31m is what somebody wrote"),
        ("[bold red]x[/] [@click=app.quit]y[/]", "[bold red]x[/] [@click=app.quit]y[/]"),
        ("a\u3164b\u115fc", "abc"),
    ],
)
def test_sequences_go_whole_and_words_stay(text, seen):
    assert visible(text) == seen


@given(ANY)
def test_nothing_that_is_no_character_comes_through(text):
    seen = visible(text)
    assert seen.isprintable()
    assert not {unicodedata.category(char) for char in seen} & {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
    assert visible(seen) == seen


@given(st.lists(st.one_of(st.just("word"), SEQUENCES, HIDDEN)).map("".join))
def test_of_sequences_in_any_order_nothing_remains(text):
    assert visible(text).replace("word", "") == ""


@given(st.text(st.characters(categories=["L", "N", "P", "S"], exclude_characters="\u115f\u1160\u3164\uffa0")))
def test_what_can_be_seen_stays(text):
    odd = [char for char in text if 0x1F1E6 <= ord(char) <= 0x1F1FF or 0x1F3FB <= ord(char) <= 0x1F3FF]
    if not odd:  # flags and skin tones have no width that all terminals agree on
        assert visible(text) == text


def test_data_is_made_visible_at_any_depth():
    assert visible_in({"a\x1b[1m": [1, None, ("\x07b", {"c": "\x9b2Jd"})]}) == {"a": [1, None, ["b", {"c": "d"}]]}

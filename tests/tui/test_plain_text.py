import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from tui.plain_text import plain_text, shortened, whole_parts, wrapped


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("[/b] [red]not markup[/]", "[/b] [red]not markup[/]"),
        ("\x1b[2J\x1b[Hcleared", "cleared"),
        ("\x1b]0;a title\x07after", "after"),
        ("\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("\x9b2Jeight bits", "eight bits"),
        ("\x1bcreset", "reset"),
        ("\x1b]a string without an end", "a string without an end"),
        ("one\ttab\r\nand\n\nlines\u2028", "one tab and lines"),
        ("a\x00b\x07c\x7fd", "abcd"),
        ("safe \u202edesrever\u202c", "safe desrever"),
        ("zero\u200bwidth\ufeff", "zerowidth"),
        ("\u2066isolated\u2069", "isolated"),
        ("tag\U000e0041", "tag"),
        ("surrogate \ud800.", "surrogate ."),
        ("e\u0301", "e\u0301"),
        ("z" + "\u0300" * 50, "z" + "\u0300" * 2),
        ("\u0300leading mark", "leading mark"),
        ("heart\u2764\ufe0f", "heart\u2764"),
        ("日本語 and 👍", "日本語 and 👍"),
        ("👍🏽 flag 🇩🇪", "👍 flag DE"),
        ("  trimmed  ", "trimmed"),
        ("", ""),
    ],
)
def test_it_keeps_words_and_drops_what_moves_the_cursor(text, plain):
    assert plain_text(text) == plain


@given(st.text(st.characters(codec=None, exclude_categories=()), max_size=300))
def test_nothing_invisible_comes_through(text):
    for char in plain_text(text):
        assert unicodedata.category(char) not in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")


@given(st.text(st.sampled_from("\x1b[]0;2Jm\x07\\ab \u202e\u0301"), max_size=60))
def test_it_is_plain_the_first_time(text):
    once = plain_text(text)
    assert plain_text(once) == once


@given(st.text(max_size=80), st.integers(0, 40))
def test_shortened_text_fits(text, width):
    assert cell_len(shortened(plain_text(text), width)) <= width


def test_shortened_text_ends_in_an_ellipsis_only_if_it_was_cut():
    assert shortened("exactly", 7) == "exactly"
    assert shortened("exactly!", 7) == "exactl…"


@given(st.text(max_size=300), st.integers(2, 40), st.integers(2, 40), st.integers(1, 4))
def test_wrapped_lines_fit_and_are_not_too_many(text, first, rest, most):
    lines = wrapped(plain_text(text), first, rest, most)
    assert len(lines) <= most
    assert all(cell_len(line) <= width for line, width in zip(lines, [first] + [rest] * most, strict=False))


@given(st.lists(st.sampled_from(["a", "word", "日本", "long" * 5]), max_size=20), st.integers(4, 30))
def test_with_lines_enough_nothing_is_lost(words, width):
    text = " ".join(words)
    assert "".join(wrapped(text, width, width, 1000)).replace(" ", "") == text.replace(" ", "")


def test_lines_break_at_words_but_a_long_word_is_cut():
    assert wrapped("the quick brown fox", 10, 10, 3) == ["the quick", "brown fox"]
    assert wrapped("x" * 25, 10, 10, 2) == ["x" * 10, "x" * 9 + "…"]


@pytest.mark.parametrize(
    ("width", "shown"),
    [(40, "vLLM · Llama-3.1-8B · tp=2"), (22, "vLLM · Llama-3.1-8B"), (6, "vLLM"), (3, "vL…")],
)
def test_a_name_is_shortened_by_whole_parts(width, shown):
    assert whole_parts("vLLM · Llama-3.1-8B · tp=2", width) == shown

from hypothesis import given
from hypothesis import strategies as st

from stress.engines.flags import given as flags_given
from stress.engines.flags import long_flags


def test_a_flag_has_two_dashes_and_its_value_and_switches_have_none():
    flags = {"dtype": "bfloat16", "enforce-eager": "true", "enable-prefix-caching": "False", "x": "0"}
    assert long_flags(flags) == (
        "--dtype",
        "bfloat16",
        "--enforce-eager",
        "--no-enable-prefix-caching",
        "--x",
        "0",
    )


def test_no_flags_are_no_words():
    assert long_flags({}) == ()


def test_a_value_stays_one_word_whatever_it_holds():
    assert long_flags({"a": '{"b": "c d", "e": [1, 2]}'}) == ("--a", '{"b": "c d", "e": [1, 2]}')


@given(st.dictionaries(st.from_regex(r"[a-z][a-z-]{0,8}", fullmatch=True), st.text(min_size=1)))
def test_every_flag_is_there_once(flags):
    words = long_flags(flags)
    for key, value in flags.items():
        switch = {"true": f"--{key}", "false": f"--no-{key}"}.get(value.lower())
        assert switch in words if switch else words[words.index(f"--{key}") + 1] == value


def test_flags_without_a_value_are_left_out():
    assert flags_given((("--a", 1), ("--b", None), ("--c", "x"), ("--d", 0))) == ("--a", "1", "--c", "x", "--d", "0")

from hypothesis import given
from hypothesis import strategies as st

from stress.engines.adapter import EngineSpec
from stress.engines.flags import common_flags, long_flags


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


def test_common_keys_have_the_engines_names_and_those_that_were_not_given_are_left_out():
    spec = EngineSpec(name="some", tp=2, dummy=True)
    words = common_flags(spec, 8123, tp="--split", np="--slots", dummy="--weights", host="--address")
    assert words == tuple("--address 127.0.0.1 --port 8123 --split 2 --weights dummy".split())
    assert common_flags(EngineSpec(name="some"), 1, dummy="--weights") == ("--host", "127.0.0.1", "--port", "1")

import pytest

from stress.duel.sides import own_hardware, parse_side, turns
from stress.errors import UsageError


@pytest.mark.parametrize(
    ("left", "right", "at_once"),
    [
        ("embedded", "embedded,np=4", False),
        ("vllm:m,gpus=0+1", "vllm:m,gpus=2+3", True),
        ("vllm:m,gpus=0+1", "vllm:m,gpus=1+2", False),
        ("vllm:m,gpus=0", "vllm:m", False),
        ("http://10.0.0.1:8000", "http://10.0.0.2:8000", True),
        ("http://10.0.0.1:8000", "http://10.0.0.1:9000", False),
        ("http://10.0.0.1:8000", "embedded", True),
        ("http://127.0.0.1:8000", "http://localhost:8001", False),
    ],
)
def test_who_has_hardware_of_its_own_may_run_at_the_same_time(left, right, at_once):
    assert own_hardware(parse_side(left), parse_side(right)) is at_once


def test_a_side_is_a_url_or_an_engine():
    assert parse_side("http://h:1/v1").url == "http://h:1/v1"
    assert parse_side("http://h:1/v1").name == "h:1"
    adapter, spec = parse_side("embedded,np=4").engine
    assert (adapter.name, spec.np) == ("embedded", 4)


def test_a_password_in_a_url_is_used_but_not_shown():
    side = parse_side("http://user:secret@h:1/v1")
    assert "secret" in side.url
    assert "secret" not in side.text
    assert "secret" not in side.name


def test_what_is_neither_is_said():
    with pytest.raises(UsageError, match="embeded"):
        parse_side("embeded")


def test_rounds_begin_with_the_side_that_ended_the_one_before():
    assert list(turns(4)) == [("left", "right"), ("right", "left"), ("left", "right"), ("right", "left")]

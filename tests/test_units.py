import pytest
from hypothesis import given
from hypothesis import strategies as st

from stress.errors import UsageError
from stress.units import format_bytes, format_duration, parse_duration


@pytest.mark.parametrize(
    ("text", "seconds"), [("90", 90), ("90s", 90), ("5m", 300), ("1h30m", 5400), ("1h2m3s", 3723), ("0.5s", 0.5)]
)
def test_durations_are_read_as_people_write_them(text, seconds):
    assert parse_duration(text) == seconds


@pytest.mark.parametrize("text", ["", "-5", "5x", "m", "5m5h", "1e3", "∞", "nan"])
def test_what_is_no_duration_is_refused_with_examples(text):
    with pytest.raises(UsageError, match="1h30m"):
        parse_duration(text)


@given(st.integers(0, 10**6))
def test_a_shown_duration_keeps_every_second(seconds):
    parts = [int(part) for part in format_duration(seconds).split(":")]
    total = 0
    for part in parts:
        total = total * 60 + part
    assert total == seconds


def test_bytes_are_shown_in_binary_units():
    assert [format_bytes(n) for n in (512, 1536, 3 << 20, 5 << 30)] == ["512 B", "1.5 KiB", "3.0 MiB", "5.0 GiB"]

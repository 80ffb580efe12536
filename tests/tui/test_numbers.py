import pytest

from tui import numbers


@pytest.mark.parametrize(
    ("write", "value", "text"),
    [
        (numbers.count, 12345.4, "12,345"),
        (numbers.count, None, "n/a"),
        (numbers.milliseconds, 4.24, "4.2"),
        (numbers.milliseconds, 9.96, "10"),
        (numbers.milliseconds, 1234.0, "1,234"),
        (numbers.milliseconds, None, "n/a"),
        (numbers.seconds, 0.44, "0.4"),
        (numbers.seconds, 9.96, "10"),
        (numbers.seconds, 1234.0, "1,234"),
        (numbers.latency, 8.04, "8.0 ms"),
        (numbers.latency, 426.3, "426 ms"),
        (numbers.latency, 999.7, "1.0 s"),
        (numbers.latency, 10_249.6, "10.2 s"),
        (numbers.latency, 45_939.0, "46 s"),
        (numbers.latency, None, "n/a"),
        (numbers.percent, 81.6, "82 %"),
        (numbers.share, 0.816, "82 %"),
        (numbers.share, None, "n/a"),
        (numbers.gib, 7.44 * 2**30, "7.4"),
        (numbers.gib, 128.4 * 2**30, "128"),
        (numbers.gib, None, "n/a"),
        (numbers.axis, 0, "0"),
        (numbers.axis, 750, "750"),
        (numbers.axis, 1200, "1.2k"),
        (numbers.axis, 12000, "12k"),
        (numbers.axis, 2.5e6, "2.5M"),
    ],
)
def test_numbers_are_written_for_reading(write, value, text):
    assert write(value) == text

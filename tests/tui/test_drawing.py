"""Cells, bars, areas, digits, scales and lines."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.style import Style

from tui.draw.cells import area, bar, draw_line, eighths, rimmed_area
from tui.draw.digits import LARGE, MEDIUM, SMALL, Face, best_face, big_number
from tui.draw.line import Line
from tui.draw.scale import Axis, Scale, round_span, round_up
from tui.theme import paint

PLAIN = Style()


@pytest.mark.parametrize(("value", "reached"), [(0.0, 0), (None, 0), (50.0, 16), (100.0, 32), (250.0, 32), (0.001, 1)])
def test_a_height_is_in_eighths_and_little_is_not_nothing(value, reached):
    assert eighths(value, 100.0, 4) == reached


@pytest.mark.parametrize(("share", "full"), [(None, 0), (0.0, 0), (0.004, 1), (0.5, 5), (1.0, 10), (3.0, 10)])
def test_a_bar_is_as_long_as_its_share(share, full):
    done, rest = bar(share, 10, PLAIN, PLAIN)
    assert (len(done.text), len(rest.text)) == (full, 10 - full)


def test_an_area_rises_from_the_bottom():
    rows = area([0, 4, 8, 12], 2, ["#ffffff"] * 4, "#000000")
    assert ["".join(char for char, _ in row) for row in rows] == ["   ▄", " ▄██"]


RIM, BODY, GROUND, INK = "#00ff00", "#008000", "#000000", "#0000ff"


def seen(grid) -> list[list[tuple[str, str, str]]]:
    return [[(char, style.color.name, style.bgcolor.name) for char, style in row] for row in grid]


def test_the_uppermost_cell_of_an_area_shines_across_two_rows():
    rows = seen(rimmed_area([0, 3, 8, 11, 16], 2, RIM, BODY, GROUND))
    assert rows[0] == [(char, RIM, GROUND) for char in "   ▃█"]
    assert rows[1] == [
        (" ", RIM, GROUND),
        ("▃", RIM, GROUND),
        ("█", RIM, GROUND),
        ("▃", BODY, RIM),
        ("█", BODY, GROUND),
    ]


def line_over(shares, heights, rows=2) -> list[list[tuple[str, str, str]]]:
    grid = rimmed_area(heights, rows, RIM, BODY, GROUND)
    draw_line(grid, shares, heights, (paint(INK, GROUND), paint(GROUND, RIM), paint(INK, BODY)))
    return seen(grid)


def test_a_line_has_three_heights_a_row_and_leaves_the_area_and_its_rim_whole():
    upper, lower = line_over([0.0, 0.2, 0.4, 0.6, 1.0], [16, 16, 0, 16, 3])
    assert lower[:3] == [("▁", INK, BODY), ("━", INK, BODY), ("▔", INK, GROUND)]
    assert upper[3:] == [("▁", GROUND, RIM), ("▔", INK, GROUND)]


def test_a_low_area_is_seen_where_a_line_would_cover_it():
    upper, lower = line_over([0.0, 0.2, 0.9, 0.0], [1, 7, 1, 0])
    assert [char for char, *_ in lower] == ["▁", "▇", "▁", "┗"]
    assert [ink for _, ink, _ in lower] == [RIM, RIM, RIM, INK]
    assert upper[2][1] == INK


def test_a_steep_line_is_joined_by_corners_and_one_without_a_height_is_not_drawn():
    grid = line_over([0.0, 1.0, None, 0.0], [0] * 4, rows=4)
    assert [row[1][0] for row in grid] == ["┏", "┃", "┃", "┛"]
    assert {row[2][0] for row in grid} == {" "}
    assert grid[3][3][0] == "▁"  # and after a gap it begins anew


def test_a_steep_line_of_two_rows_has_no_gap_and_a_gentle_one_no_corners():
    up, down = (line_over(shares, [0, 0], rows=2) for shares in ([0.0, 1.0], [1.0, 0.0]))
    assert [row[1][0] for row in up] == ["┏", "┛"]
    assert [row[1][0] for row in down] == ["┓", "┗"]
    gentle = line_over([0.4, 0.6], [0, 0], rows=2)
    assert [row[1][0] for row in gentle] == ["▁", " "]


@pytest.mark.parametrize("face", [SMALL, MEDIUM, LARGE, Face(16, 28, 4)])
def test_digits_are_as_large_as_their_face_says_and_all_different(face):
    drawn = ["\n".join(big_number(str(digit), face)) for digit in range(10)]
    assert len(set(drawn)) == 10
    for lines in (big_number("12,345", face), big_number(" 9", face), big_number("38.3×", face)):
        assert len(lines) == face.rows
    for text in ("12,345", "38.3×"):
        assert {len(line) for line in big_number(text, face)} == {face.span(text)}


def test_a_small_eight_looks_like_an_eight():
    assert big_number("8", SMALL) == ["█▀▀█", "█▀▀█", "▀▀▀▀"]


def test_a_multiplication_sign_stands_at_the_digits_foot():
    assert big_number("×", SMALL) == ["   ", "▀▄▀", "▀ ▀"]


def test_the_largest_face_that_fits_is_taken():
    assert best_face("12,345", 90, 11).rows == 11
    assert best_face("12,345", 60, 7) is LARGE
    assert best_face("12,345", 44, 9) is MEDIUM
    assert best_face("12,345", 60, 3) is SMALL
    assert best_face("12,345", 5, 1) is SMALL


@pytest.mark.parametrize("rows", [9, 14, 32])
def test_digits_grow_with_the_room_and_keep_their_shape(rows):
    face = best_face("123", 1000, rows)
    assert face.rows == rows
    assert len(big_number("123", face)) == rows
    assert all(len(line) == face.span("123") for line in big_number("123", face))
    assert face.width / face.height == pytest.approx(LARGE.width / LARGE.height, abs=0.06)


@given(st.floats(0, 1e9))
def test_a_round_number_is_near_and_not_below(value):
    assert value <= round_up(value) * (1 + 1e-6)
    assert round_up(value) <= max(value, 10.0) * 1.5 + 1e-9


@given(st.floats(0, 1e6))
def test_a_time_axis_holds_the_time_and_divides_roundly(seconds):
    span, parts = round_span(seconds)
    assert seconds <= span
    assert span / parts % 5 == 0  # marks at 5, 10, 15, 20 or 30 s and their like


def test_on_a_logarithmic_axis_each_power_of_ten_is_as_far_from_the_next():
    scale = Scale.logarithmic(20_000.0, lowest=180.0)
    assert scale.bottom == 10
    steps = [scale.share(value) for value in (10.0, 100.0, 1000.0, 10_000.0)]
    assert {round(b - a, 6) for a, b in pairwise(steps)} == {round(steps[1], 6)}
    assert (scale.share(20_000.0), scale.share(90_000.0), scale.share(0.0), scale.share(None)) == (1, 1, 0, 0)


def test_what_lies_below_a_logarithmic_axis_is_little_and_not_nothing():
    assert 0 < Scale.logarithmic(1000.0, lowest=900.0).share(0.5) < 0.01


@given(st.floats(10, 1e7), st.floats(0, 1), st.integers(1, 50))
def test_the_slower_of_two_is_well_above_the_foot_of_a_logarithmic_axis(top, share, rows):
    lowest = max(1.0, top * share)
    scale = Scale.logarithmic(top, lowest)
    assert scale.share(lowest) > 0.1
    labels = scale.labels(rows)
    assert set(labels) <= set(range(rows))
    assert labels[rows - 1] in (scale.bottom, top)


def test_a_logarithmic_axis_is_labelled_with_powers_of_ten_and_a_linear_one_with_its_half():
    assert list(Scale.logarithmic(20_000.0, 180.0).labels(30).values()) == [20_000.0, 10.0, 100.0, 1000.0, 10_000.0]
    assert Scale(100.0).labels(9) == {0: 100.0, 4: 50.0, 8: 0.0}


def test_an_axis_grows_at_once_and_shrinks_only_when_far_too_tall():
    axis = Axis()
    tall = axis.fit(1000.0)
    assert tall >= 1000
    assert axis.fit(700.0) == tall
    assert axis.fit(tall) == tall
    assert axis.fit(tall + 1) > tall
    assert axis.fit(100.0) < tall


@given(st.lists(st.floats(500, 1000), min_size=1, max_size=50))
def test_an_axis_does_not_pump(values):
    axis = Axis()
    tops = [axis.fit(value) for value in values]
    assert tops == sorted(tops)


def test_a_line_has_two_ends_and_ends_with_an_ellipsis_what_does_not_fit():
    line = Line(10, PLAIN).right("end", PLAIN).put("a long beginning", PLAIN).right("no room", PLAIN)
    assert line.strip().text == "a long…end"


def test_spaces_that_do_not_fit_are_no_loss():
    assert Line(6, PLAIN).put("a long   ", PLAIN).strip().text == "a long"


@given(st.text(st.sampled_from("ab 日👍"), max_size=30), st.integers(1, 20))
def test_a_line_has_its_width_whatever_is_put_in(text, width):
    strip = Line(width, PLAIN).put(text, PLAIN).put(text, PLAIN).strip()
    assert Line(width, PLAIN).strip().text == " " * width
    assert strip.cell_length == width == sum(segment.cell_length for segment in strip)

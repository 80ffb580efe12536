import re

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pictures import ROOFLINE, changed, curve, snapshot
from rich.cells import cell_len

from stress.fold.ghost import Ghost
from stress.fold.snapshot import Plan, Point, Whole
from stress.stats.knee import Knee
from tui.panels.curve import Curve, columns
from tui.panels.ramp import planned
from tui.theme import DARK


def test_a_column_is_the_mean_of_its_points_and_the_most_of_its_agents():
    points = [Point(0.0, 100.0, 5, 5), Point(0.5, 300.0, 7, 7)]
    assert columns(points, 10.0, 10)[0] == (200.0, 7)


def test_a_column_between_points_repeats_the_one_before_and_one_after_the_last_is_empty():
    points = [Point(0.0, 100.0, 5, 5), Point(3.0, 300.0, 6, 6)]
    assert columns(points, 5.0, 5) == [(100.0, 5)] * 3 + [(300.0, 6), None]


def test_no_points_make_an_empty_picture():
    assert columns([], 10.0, 3) == [None] * 3


def test_six_hundred_points_fit_into_any_width():
    points = curve(300, 1000.0, 200)
    for width in (1, 7, 600, 1000):
        assert len(columns(points, 300.0, width)) == width


def test_both_axes_are_labelled_with_their_own_numbers():
    drawn = [strip.text for strip in Curve("curve").draw(snapshot(), 71, 14)]
    assert drawn[1].split()[0] == "1.5k"
    assert drawn[1].split()[-1] == "200"
    assert drawn[-2].split()[0] == "0"
    assert "0:30" in drawn[-1]
    assert "← tok/s" in drawn[0]
    assert "agents →" in drawn[0]


def test_the_axis_does_not_shrink_when_the_curve_is_thinned_out():
    panel = Curve("curve")
    high = snapshot(tok_s=1490.0)
    low = snapshot(tok_s=1300.0)
    before = panel.draw(high, 71, 14)[1].text[:6]
    assert panel.draw(low, 71, 14)[1].text[:6] == before


def test_the_curve_reaches_the_present():
    drawn = Curve("curve").draw(changed(snapshot(t=89.0), t=89.0), 71, 14)
    assert drawn[-2].text[10:60].strip(" █▇▆▅▄▃▂▁") == ""


def test_once_the_run_is_over_the_axis_ends_where_it_ended():
    going = changed(snapshot(t=62.0), t=62.0)
    over = msgspec.structs.replace(going, whole=Whole(duration=62.0, sample=going.sample))
    drawn = [[strip.text for strip in Curve("curve").draw(shown, 71, 14)] for shown in (going, over)]
    assert [lines[-1].strip().endswith(end) for lines, end in zip(drawn, ("1:30╵", "1:02╵"), strict=True)] == [True] * 2
    assert drawn[1][-2][6:65].strip(" ") == drawn[1][-2][6:65]  # to the last column


@given(st.integers(1, 220), st.floats(1, 20_000))
def test_the_labels_of_the_time_axis_never_run_into_each_other(width, t):
    axis = Curve("curve").draw(msgspec.structs.replace(changed(snapshot(), t=t), curve=()), width, 8)[-1].text
    marks = re.findall(r"╵[0-9:]+╵?|[0-9:]+╵", axis)
    assert "╵╵" not in axis
    assert all(re.fullmatch(r"╵[0-9:]+|[0-9:]+╵", mark) for mark in marks)
    assert not re.search(r"[0-9]╵[0-9]|╵ ", axis.rstrip()[:-1])


@pytest.mark.parametrize(("at", "agents"), [(0.0, 6), (30.0, 53), (60.0, 100), (75.0, 100), (90.0, 40), (500.0, 40)])
def test_the_plan_is_joined_by_lines_and_steps_where_two_points_share_a_time(at, agents):
    assert planned(((0.0, 6), (60.0, 100), (90.0, 100), (90.0, 40)), at) == agents


GHOST = Ghost(label="before", points=tuple((float(t), 15.0 * t, 2 * t) for t in range(100)), peak_tok_s=1500.0)


def with_ghost():
    picture = snapshot(t=60.0)
    return msgspec.structs.replace(
        picture, about=msgspec.structs.replace(picture.about, ghost=GHOST), ramp_elapsed=60.0
    )


def test_a_ghost_is_a_dotted_line_over_the_curve_and_beyond_it_with_the_ratio_of_now():
    title, *drawn = [strip.text for strip in Curve("curve").draw(with_ghost(), 100, 14)]
    assert f"• ghost {1234.5 / 900:.2f} × ghost" in title
    assert sum(line.count("•") for line in drawn) > 60
    first = min(line.index("•") for line in drawn if "•" in line)
    assert "•" in drawn[-2][first : first + 12]


def test_once_the_run_is_over_its_average_is_not_compared_with_the_ghosts_last_moment():
    shown = with_ghost()
    over = msgspec.structs.replace(shown, whole=Whole(duration=60.0, sample=shown.sample))
    assert "ghost" in (title := Curve("curve").draw(over, 100, 14)[0].text)
    assert "×" not in title


@given(st.integers(1, 220), st.integers(1, 40))
def test_a_ghost_never_moves_a_line(width, height):
    for strip in Curve("curve").draw(with_ghost(), width, height):
        assert sum(cell_len(segment.text) for segment in strip) == width


def test_without_a_ghost_nothing_is_said_of_one():
    assert "ghost" not in Curve("curve").draw(snapshot(), 100, 14)[0].text


def picture(**changes):
    """A curve of 71 columns whose axis ends at 1.5k tok/s."""
    return msgspec.structs.replace(snapshot(), **changes)


def test_the_peak_is_marked_above_its_column():
    points = tuple(Point(t, 900.0 if t == 30 else 300.0, 10, 10) for t in range(80))
    drawn = [strip.text for strip in Curve("curve").draw(picture(curve=points), 71, 14)]
    marked = [line for line in drawn[1:-1] if "▼" in line]
    assert len(marked) == 1
    assert 6 + 59 * 30 // 90 - 1 <= marked[0].index("▼") <= 6 + 59 * 30 // 90 + 1
    assert "▼ peak" in drawn[0]


def test_the_knee_is_marked_where_its_agents_were_reached():
    points = tuple(Point(t, 300.0, t, t) for t in range(80))
    found = picture(curve=points, knee=Knee(agents=40, output_throughput=300.0))
    drawn = [strip.text for strip in Curve("curve").draw(found, 71, 14)]
    assert 6 + 59 * 40 // 90 - 1 <= drawn[-2].index("◆") <= 6 + 59 * 40 // 90 + 1
    assert "◆ knee 40 " in drawn[0]


def test_the_limit_is_a_line_where_it_lies_on_the_axis_and_else_a_number():
    near, far = (msgspec.structs.replace(ROOFLINE, tok_s=limit) for limit in (1400.0, 29_000.0))
    drawn = [strip.text for strip in Curve("curve").draw(changed(picture(), roofline=near), 90, 14)]
    assert drawn[1].count("╌") > 30
    assert "╌ roofline 1.4k" in drawn[0]
    drawn = [strip.text for strip in Curve("curve").draw(changed(picture(), roofline=far), 90, 14)]
    assert not any("╌" in line for line in drawn)
    assert "roofline 29k" in drawn[0]


def test_nothing_is_marked_before_there_is_a_token():
    drawn = [strip.text for strip in Curve("curve").draw(picture(curve=()), 71, 14)]
    assert not any(mark in line for line in drawn[1:] for mark in "▼◆╌")


def cells_of(strips, top: int = 1, left: int = 6, right: int = 6) -> list[list[tuple[str, str]]]:
    """Of a chart's rows every character with the colour of its ink."""
    rows = []
    for strip in strips[top:-1]:
        cells = [(char, segment.style.color.name) for segment in strip for char in segment.text]
        rows.append(cells[left : len(cells) - right])
    return rows


def test_a_bursts_constant_agents_are_a_line_and_paint_nothing():
    points = tuple(Point(t, 900.0, 50, 50) for t in range(60))
    shown = msgspec.structs.replace(changed(picture(), t=59.0), curve=points)
    shown = msgspec.structs.replace(shown, about=msgspec.structs.replace(shown.about, plan=flat_plan(50)))
    rows = cells_of(Curve("curve").draw(shown, 71, 14))
    assert {char for char, ink in rows[0] if ink == DARK.agents} == {"▔"}
    assert all(ink != DARK.agents for row in rows[1:] for char, ink in row if char != " ")
    assert {ink for row in rows[1:] for char, ink in row if char not in " ▼"} == {DARK.tokens, DARK.tokens_area}


def flat_plan(agents: int) -> Plan:
    return Plan(points=((0.0, agents),), duration=0.0, text="a burst")


def test_agents_are_a_line_that_climbs_with_them():
    points = tuple(Point(t, 10.0, 1 + 3 * t, 0) for t in range(60))
    shown = msgspec.structs.replace(changed(picture(), t=59.0), curve=points)
    rows = cells_of(Curve("curve").draw(shown, 71, 14))
    at = [[x for x, (_, ink) in enumerate(row) if ink == DARK.agents and row[x][0] in "▁━▔"] for row in rows]
    highest_first = [x for row in at for x in reversed(row)]
    assert len(highest_first) > 35
    assert highest_first == sorted(highest_first, reverse=True)


def two_rates(slow: float, fast: float) -> tuple[Point, ...]:
    return tuple(Point(t, slow if t < 30 else fast, 10, 10) for t in range(60))


def heights(strips) -> tuple[int, int]:
    """The rows that the early part and the late part of the curve fill."""
    rows = cells_of(strips)
    return tuple(sum(row[x][0] not in " ▼◆" for row in rows) for x in (10, 50))


def test_on_a_logarithmic_axis_a_hundredth_is_seen():
    shown = msgspec.structs.replace(changed(picture(), t=59.0), curve=two_rates(100.0, 10_000.0))
    curve = Curve("curve")
    early, late = heights(curve.draw(shown, 71, 22))
    assert early <= 2
    curve.logarithmic = True
    drawn = curve.draw(shown, 71, 22)
    early, late = heights(drawn)
    assert 6 <= early < late
    assert "← tok/s, log" in drawn[0].text
    labels = [strip.text[:6].strip() for strip in drawn[1:-1]]
    assert [label for label in labels if label] == ["12k", "1k", "100", "10"]


def test_a_limit_at_the_foot_of_the_axis_is_no_line():
    low = msgspec.structs.replace(ROOFLINE, tok_s=20.0)
    drawn = [strip.text for strip in Curve("curve").draw(changed(picture(), roofline=low), 90, 14)]
    assert not any("╌" in line for line in drawn[1:])


@given(st.integers(1, 200), st.integers(1, 40), st.booleans())
def test_a_curve_has_its_width_on_either_axis(width, height, logarithmic):
    curve = Curve("curve")
    curve.logarithmic = logarithmic
    for strip in curve.draw(picture(), width, height):
        assert sum(cell_len(segment.text) for segment in strip) == width

import pytest
from pictures import changed, curve, snapshot

from stress.snapshot import Point
from tui.panels.curve import Curve, columns
from tui.panels.ramp import planned


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


@pytest.mark.parametrize(("at", "agents"), [(0.0, 6), (30.0, 53), (60.0, 100), (75.0, 100), (90.0, 40), (500.0, 40)])
def test_the_plan_is_joined_by_lines_and_steps_where_two_points_share_a_time(at, agents):
    assert planned(((0.0, 6), (60.0, 100), (90.0, 100), (90.0, 40)), at) == agents

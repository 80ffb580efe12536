import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.layouts import SMALLEST, arrange

ALWAYS = {
    "header", "throughput", "latency", "agents", "curve", "ramp", "load", "conversation", "errors", "limit", "vitals",
    "keys",
}  # fmt: skip


@given(st.integers(1, 400), st.integers(1, 150))
def test_every_panel_has_a_place_inside_and_none_overlap(width, height):
    places = arrange(width, height)
    assert set(places) == ALWAYS
    width, height = max(width, SMALLEST[0]), max(height, SMALLEST[1])
    taken = set()
    for place in places.values():
        assert place.area > 0
        cells = {(x, y) for x in range(place.x, place.right) for y in range(place.y, place.bottom)}
        assert not cells & taken
        taken |= cells
    assert max(x for x, _ in taken) == width - 1
    assert max(y for _, y in taken) == height - 1
    # All that stays empty is the gap of one column between neighbours.
    assert width * height - len(taken) <= 2 * height


@pytest.mark.parametrize(("size", "digits"), [((80, 24), 8), ((120, 40), 16), ((200, 60), 18)])
def test_larger_screens_give_the_numbers_more_room(size, digits):
    assert arrange(*size)["throughput"].height == digits

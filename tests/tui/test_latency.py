from pictures import snapshot

from tui.panels.latency import Latency


def drawn(ttft, itl, width: int = 66, height: int = 9) -> list[str]:
    return [strip.text for strip in Latency("latency").spread(ttft, itl, width, height)]


def test_both_are_drawn_on_one_logarithmic_axis_of_whole_decades():
    lines = drawn(((16, 5),), ((0, 50), (8, 50)))
    assert len(lines) == 9
    assert [word for word in lines[-1].replace("╵", " ").split() if word != "ms"] == ["1", "10", "100", "1", "s"]
    ttft, itl = lines[3], lines[7]
    assert ttft.startswith(" TTFT ")
    assert itl.startswith("  ITL ")
    # Bin 16 is from 100 ms on: two thirds along the three decades.
    assert ttft.index("█") == 6 + 59 * 2 // 3 + 1
    assert itl.index("█") == 6


def test_the_highest_bin_fills_its_rows_and_the_others_are_in_proportion():
    lines = drawn((), ((0, 100), (8, 25)))
    columns = [sum(line[column] == "█" for line in lines[4:8]) for column in (6, 37)]
    assert columns == [4, 1]


def test_the_axis_stands_still_while_the_times_move_within_their_decades():
    assert drawn(((9, 1),), ((1, 1),))[-1] == drawn(((14, 1),), ((6, 1),))[-1]


def test_without_times_there_is_nothing_to_draw():
    assert drawn((), ()) == []


def test_the_latency_panel_has_them_where_it_has_room():
    small, large = (Latency("latency").draw(snapshot(), 60, height) for height in (7, 20))
    assert len(small) <= 7
    assert len(large) > 12

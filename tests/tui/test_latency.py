import msgspec
import pytest
from pictures import changed, snapshot

from stress.events import AgentState
from stress.fold.waiting import Waiting
from stress.readings import Percentiles
from tui.panels.latency import Latency, words


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


def timed(ttft_ms: float | None, rate: float = 196.0, streaming: int = 3):
    """With this TTFT, and so many replies that each stream at this rate."""
    times = Percentiles(p50=ttft_ms, p95=ttft_ms, p99=ttft_ms)
    itl = Percentiles(p50=5.1, p95=5.1, p99=5.1)
    picture = changed(snapshot(), ttft_ms=times, itl_ms=itl, tok_s=rate * streaming)
    return msgspec.structs.replace(picture, cells=bytes([AgentState.GENERATING] * streaming + [AgentState.WAITING] * 9))


@pytest.mark.parametrize(
    ("ttft_ms", "rate", "said"),
    [
        (32_100, 196, "waits 32 s, then fast: 196 tok/s each"),
        (426, 125, "waits 0.43 s, then fast: 125 tok/s each"),
        (1_200, 6, "waits 1.2 s, then at reading speed: 6 tok/s each"),
        (1_200, 2, "waits 1.2 s, then slowly: 2 tok/s each"),
        (14, 125, "hardly waits, then fast: 125 tok/s each"),
        (1_200, 0, "waits 1.2 s"),
        (None, 125, "replies stream fast: 125 tok/s each"),
        (None, 0, "no first token in the last 2 s"),
    ],
)
def test_it_says_what_a_reader_would_feel(ttft_ms, rate, said):
    assert words(timed(ttft_ms, rate)) == said


def test_while_no_reply_begins_the_longest_wait_is_said():
    picture = msgspec.structs.replace(timed(None), waiting=Waiting(agents=7, longest_s=46.2))
    assert words(picture) == "no reply begins, the longest wait is 46 s"


def test_the_names_are_spelt_out_and_long_times_are_seconds():
    lines = [strip.text for strip in Latency("latency").draw(timed(45_939), 48, 5)]
    assert lines[2].split() == ["TTFT,", "time", "to", "first", "token", *["46", "s"] * 3]
    assert lines[3].split() == ["ITL,", "gap", "between", "tokens", *["5.1", "ms"] * 3]
    assert "waits 46 s, then fast" in lines[4]


def test_in_a_small_place_the_title_says_it():
    lines = [strip.text for strip in Latency("latency").draw(timed(45_939), 35, 4)]
    assert lines[0].split() == ["LATENCY", *"waits 46 s, then fast".split()]
    assert lines[2].split() == ["TTFT", *["46", "s"] * 3]

"""A duel as lines, as JSON and as a table."""

import io
import json

import msgspec
import pytest
from happenings import ABOUT, small_run

from stress.duel.differences import Difference
from stress.duel.lead import lead
from stress.duel.snapshot import DuelHandle, DuelSnapshot, SideView
from stress.duel.verdict import DuelVerdict, Pair, Ratio
from stress.fold.fold import Fold
from stress.fold.snapshot import Snapshot
from stress.view.duel_words import duel_line, ratio_words, turned, verdict_sentence, verdict_table
from stress.view.jsonlines import write_json
from stress.view.plain import write_plain

VERDICT = DuelVerdict(
    rounds=3,
    equal_agents=Ratio(mean=4.0, low=3.8, high=4.2, rounds=(3.9, 4.0, 4.1)),
    peak=Ratio(mean=4.4, low=4.0, high=4.8, rounds=(4.2, 4.4, 4.6)),
    throughput=Pair(left=2000.0, right=500.0),
    load=4,
    ttft_ms=Pair(left=90.0, right=900.0),
    tpot_ms=Pair(left=9.04, right=None),
    tokens_per_joule=Pair(left=None, right=None),
    leader="left",
)
SEED = Difference("seed", "1", "2")


def run(until: float, share: int = 1) -> Snapshot:
    """The small run at this second, with a share of its tokens."""
    fold = Fold(ABOUT)
    for event in small_run():
        if event.t <= until:
            less = {"tokens": event.tokens // share} if hasattr(event, "tokens") else {}
            fold.apply(msgspec.structs.replace(event, **less))
    return fold.snapshot()


def picture(until: float = 7.0, **changes) -> DuelSnapshot:
    left, right = run(until), run(until, share=2)
    fields = {
        "left": SideView(words="one", snapshot=left, note="ghost"),
        "right": SideView(words="other", snapshot=right),
        "live": "right",
        "round": 1,
        "rounds": 1,
        "lead": lead(left, right),
    }
    return DuelSnapshot(**fields | changes)


WAITING = picture(
    left=SideView(words="one", note="vLLM: loading weights"),
    right=SideView(words="other", note="waits for its turn"),
    live="left",
    lead=lead(None, None),
)


class Shown(DuelHandle):
    """A duel that shows these pictures, one a wait."""

    finished = False

    def __init__(self, *pictures: DuelSnapshot) -> None:
        self.to_show = list(pictures)
        self.drained = False

    def wait(self, seconds):
        self.finished = seconds is None or len(self.to_show) == 1
        return self.finished

    def picture(self):
        return self.to_show.pop(0) if len(self.to_show) > 1 else self.to_show[0]

    def control(self, control):
        self.drained = control.name == "drain"


def test_a_line_has_both_sides_and_how_it_stands_between_them():
    line = duel_line(picture())
    assert line.startswith(" 0:05 ramp ")
    assert "LEFT 4 agents 100 tok/s TTFT p50 100 ms (ghost)" in line
    assert "RIGHT 4 agents 50 tok/s TTFT p50 100 ms" in line
    assert "LEFT/RIGHT 2.00 × now, 2.00 × so far, LEFT leads since 0:0" in line


def test_before_anything_runs_a_line_says_what_is_waited_for():
    assert duel_line(WAITING) == " 0:00 start | LEFT vLLM: loading weights | RIGHT waits for its turn"


def test_a_side_that_is_over_before_the_other_is_called_done():
    ended = run(11.0)
    ended = msgspec.structs.replace(ended, sample=msgspec.structs.replace(ended.sample, phase="done"))
    line = duel_line(picture(left=SideView(words="one", snapshot=ended, note="ghost")))
    assert "(ghost, done) | RIGHT" in line
    assert " (done) | RIGHT" in duel_line(picture(left=SideView(words="one", snapshot=ended)))


def test_the_clock_goes_on_while_a_side_drains():
    draining = run(11.0)
    late = msgspec.structs.replace(draining, sample=msgspec.structs.replace(draining.sample, t=31.0))
    assert duel_line(picture(right=SideView(words="other", snapshot=draining))).startswith(" 0:10 drain")
    assert duel_line(picture(right=SideView(words="other", snapshot=late))).startswith(" 0:30 drain")


def test_rounds_are_counted_where_there_are_several():
    assert "| round 2/3 |" in duel_line(picture(round=2, rounds=3))


def test_plain_lines_come_every_two_seconds_and_with_every_news():
    stream = io.StringIO()
    pictures = [WAITING, WAITING, *(picture(2.0 + tenth / 10) for tenth in range(31)), picture(12.0)]
    write_plain(Shown(*pictures), stream)
    lines = stream.getvalue().splitlines()
    assert [line[:11] for line in lines] == [" 0:00 start", " 0:00 ramp ", " 0:02 ramp ", " 0:10 done "]


def test_json_has_both_samples_and_the_standing_a_line_each():
    stream = io.BytesIO()
    write_json(Shown(WAITING, picture(5.0), picture(5.0), picture(12.0)), stream)
    lines = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert [line["type"] for line in lines] == ["duel"] * 3
    assert lines[0]["left"] is None
    assert lines[0]["notes"]["left"] == "vLLM: loading weights"
    assert lines[1]["left"]["tok_s"] == 2 * lines[1]["right"]["tok_s"]
    assert lines[1]["standing"]["leader"] == "left"
    assert lines[2]["right"]["phase"] == "done"


def test_json_tells_the_end_of_each_round_once_with_the_verdict_so_far():
    stream = io.BytesIO()
    one = msgspec.structs.replace(VERDICT, rounds=1)
    two = msgspec.structs.replace(VERDICT, rounds=2)
    pictures = [picture(7.0, verdict=one), picture(8.0, verdict=one), picture(12.0, verdict=two)]
    write_json(Shown(picture(5.0), *pictures), stream)
    ends = [line for line in map(json.loads, stream.getvalue().splitlines()) if line["type"] == "round"]
    assert [(end["round"], end["verdict"]["rounds"]) for end in ends] == [(1, 1), (2, 2)]


def test_where_nobody_reads_any_more_the_duel_drains():
    class Closed(io.BytesIO):
        def write(self, _line):
            raise BrokenPipeError

    shown = Shown(WAITING, picture(5.0), picture(12.0))
    write_json(shown, Closed())
    assert shown.drained
    assert shown.finished


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({}, "LEFT makes 4.00 × (95 %: 3.80 to 4.20) RIGHT's tokens a second at equal agents."),
        (
            {"leader": "right", "equal_agents": Ratio(mean=0.5, low=0.4, high=0.625)},
            "RIGHT makes 2.00 × (95 %: 1.60 to 2.50) LEFT's tokens a second at equal agents.",
        ),
        (
            {"rounds": 1, "equal_agents": Ratio(mean=4.0)},
            "LEFT makes 4.00 × RIGHT's tokens a second at equal agents; one run each: --runs 3 tells how sure that is.",
        ),
        (
            {"leader": None, "equal_agents": Ratio(mean=1.1, low=0.8, high=1.5)},
            (
                "Not decided, more --runs would tell: LEFT makes 1.10 × (95 %: 0.80 to 1.50) of RIGHT's tokens "
                "a second at equal agents."
            ),
        ),
        (
            {"leader": None, "equal_agents": Ratio(mean=1.0, low=0.99, high=1.01)},
            "Even: LEFT makes 1.00 × (95 %: 0.99 to 1.01) of RIGHT's tokens a second at equal agents.",
        ),
        (
            {"equal_agents": Ratio(mean=None), "leader": None},
            "No verdict: the sides never made tokens with the same number of agents.",
        ),
    ],
)
def test_the_verdict_says_who_by_how_much_and_how_surely(changes, sentence):
    assert verdict_sentence(msgspec.structs.replace(VERDICT, **changes)) == sentence


def test_the_table_has_every_figure_of_both_sides_and_what_differs():
    table = verdict_table("one", "other", VERDICT, (Difference("tp", "2", "1"), SEED), "runs/x")
    rows = {line[:13].strip(): line[14:] for line in table if line[:13].strip()}
    assert rows["LEFT"] == "one"
    assert rows["throughput"] == "2,000 : 500 tok/s (4.00 ×)"
    assert rows["TTFT"] == "90 : 900 ms (0.10 ×), median from 4 agents on"
    assert rows["TPOT"] == "9.0 : n/a ms, likewise"
    assert rows["energy"] == "n/a : n/a tokens/J"
    assert rows["differs"] == "tp: 2 : 1"
    assert rows["fair?"] == "the work itself was not the same on both sides (seed)"
    assert rows["saved"] == "runs/x"


def test_a_side_that_answered_nothing_at_full_load_is_named():
    verdict = msgspec.structs.replace(VERDICT, ttft_ms=Pair(left=90.0, right=None))
    table = "\n".join(verdict_table("a", "b", verdict, (), "x"))
    assert "90 : n/a ms, median from 4 agents on; RIGHT answered nothing asked there" in table


def test_a_duel_that_was_cut_short_says_so():
    table = verdict_table("one", "other", None, (), "x", "It was interrupted.")
    assert "cut short     It was interrupted." in table


def test_rounds_without_a_ratio_are_told():
    verdict = msgspec.structs.replace(VERDICT, rounds=4)
    assert "3 runs each; 1 more had nothing to compare" in "\n".join(verdict_table("a", "b", verdict, (), "x"))


def test_without_a_whole_round_the_table_has_no_verdict():
    assert verdict_table("one", "other", None, (), "x") == [
        "LEFT          one",
        "RIGHT         other",
        "saved         x",
    ]


def test_a_ratio_turned_is_rights_over_lefts():
    assert ratio_words(turned(Ratio(mean=4.0, low=2.0, high=8.0, rounds=(4.0,)))) == "0.25 × (95 %: 0.12 to 0.50)"
    assert ratio_words(turned(Ratio(mean=None))) == "n/a"

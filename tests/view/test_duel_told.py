"""A duel as lines, as JSON and as a table."""

import io
import json

import msgspec
import pytest
from happenings import ABOUT, small_run

from stress.cli.play import open_replay
from stress.duel.differences import Difference
from stress.duel.lead import Lead, lead
from stress.duel.snapshot import DuelHandle, DuelSnapshot, SideView
from stress.duel.verdict import DuelVerdict, Pair, Ratio
from stress.fold.fold import Fold
from stress.fold.snapshot import Snapshot, Whole
from stress.runs.replay import WaitedClock
from stress.view.duel_words import (
    Names,
    duel_line,
    headline,
    ratio_words,
    turned,
    verdict_sentence,
)
from stress.view.jsonlines import write_json
from stress.view.plain import write_plain
from stress.view.verdict_table import verdict_table

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
ONE = {"words": "one:/m/a,np=1", "name": "One · a · np=1", "short": "One"}
OTHER = {"words": "other:/m/a", "name": "Other · a", "short": "Other"}
NAMES = Names("One", "Other")
CALLED = (("One", "One · a · np=1"), ("Other", "Other · a"))
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
        "left": SideView(**ONE, snapshot=left, note="ghost"),
        "right": SideView(**OTHER, snapshot=right),
        "live": "right",
        "round": 1,
        "rounds": 1,
        "lead": lead(left, right),
    }
    return DuelSnapshot(**fields | changes)


WAITING = picture(
    left=SideView(**ONE, note="vLLM: loading weights"),
    right=SideView(**OTHER, note="waiting for its turn"),
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
    assert "| One: 4 agents, 100 tok/s, TTFT p50 100 ms (ghost) |" in line
    assert "| Other: 4 agents, 50 tok/s, TTFT p50 100 ms |" in line
    assert line.endswith("| One leads, 2.00 × as fast at equal agents so far")


def test_before_anything_runs_a_line_says_what_is_waited_for():
    assert duel_line(WAITING) == " 0:00 start | One: vLLM: loading weights | Other: waiting for its turn"


def test_of_a_side_that_is_over_a_line_has_what_it_made_and_not_its_last_moments():
    ended = run(11.0)
    ended = msgspec.structs.replace(ended, whole=Whole(duration=10.2, sample=ended.sample))
    line = duel_line(picture(left=SideView(**ONE, snapshot=ended, note="ghost")))
    assert "| One: done after 0:10, 1,000 tokens | Other: 4 agents" in line
    assert line.endswith("| One leads, 2.00 × as fast at equal agents so far")


def test_the_clock_goes_on_while_a_side_drains():
    draining = run(11.0)
    late = msgspec.structs.replace(draining, sample=msgspec.structs.replace(draining.sample, t=31.0))
    assert duel_line(picture(right=SideView(**OTHER, snapshot=draining))).startswith(" 0:10 drain")
    assert duel_line(picture(right=SideView(**OTHER, snapshot=late))).startswith(" 0:30 drain")


def test_rounds_are_counted_where_there_are_several():
    assert "| round 2/3 |" in duel_line(picture(round=2, rounds=3))


def test_plain_lines_come_every_two_seconds_and_with_every_news():
    stream = io.StringIO()
    pictures = [WAITING, WAITING, *(picture(2.0 + tenth / 10) for tenth in range(31)), picture(12.0)]
    write_plain(Shown(*pictures), stream)
    title, start, work, *lines = stream.getvalue().splitlines()
    assert title == "One · a · np=1  against  Other · a"
    assert work == "A test · 1 → 5 agents over 0:10"
    assert [line[:11] for line in (start, *lines)] == [" 0:00 start", " 0:00 ramp ", " 0:02 ramp ", " 0:10 done "]


def test_plain_says_what_differs_once_it_is_known():
    stream = io.StringIO()
    found = (Difference("engine", "One", "Other"), Difference("tp", "2", "1"), Difference("x", "a", "b", minor=True))
    write_plain(Shown(WAITING, picture(3.0, differences=found), picture(3.1, differences=found)), stream)
    assert [line for line in stream.getvalue().splitlines() if "differs" in line] == ["differs: One : Other — tp 2 : 1"]


def test_json_has_both_samples_and_the_standing_a_line_each():
    stream = io.BytesIO()
    write_json(Shown(WAITING, picture(5.0), picture(5.0), picture(12.0)), stream)
    lines = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert [line["type"] for line in lines] == ["duel"] * 3
    assert lines[0]["left"] is None
    assert lines[0]["names"] == {"left": "One · a · np=1", "right": "Other · a"}
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
        ({}, "One is 4.00 × (95 %: 3.80 to 4.20) as fast as Other at equal agents."),
        (
            {"leader": "right", "equal_agents": Ratio(mean=0.5, low=0.4, high=0.625)},
            "Other is 2.00 × (95 %: 1.60 to 2.50) as fast as One at equal agents.",
        ),
        (
            {"rounds": 1, "equal_agents": Ratio(mean=4.0)},
            "One is 4.00 × as fast as Other at equal agents; one run each: --runs 3 shows how certain that is.",
        ),
        (
            {"leader": None, "equal_agents": Ratio(mean=1.1, low=0.8, high=1.5)},
            (
                "Not significant: the intervals overlap. So far, One is 1.10 × (95 %: 0.80 to 1.50) as fast as Other "
                "at equal agents; more --runs can decide it."
            ),
        ),
        (
            {"leader": None, "equal_agents": Ratio(mean=0.995, low=0.99, high=1.01)},
            "Even: Other is 1.01 × (95 %: 0.99 to 1.01) as fast as One at equal agents.",
        ),
        (
            {"equal_agents": Ratio(mean=None), "leader": None},
            "No verdict: the two sides never made tokens at the same number of agents.",
        ),
    ],
)
def test_the_verdict_says_who_by_how_much_and_how_surely(changes, sentence):
    assert verdict_sentence(msgspec.structs.replace(VERDICT, **changes), NAMES) == sentence


def rows(table: list[str]) -> dict[str, str]:
    return {line[:13].strip(): line[14:] for line in table if line[:13].strip()}


def test_the_table_has_every_figure_of_both_sides_and_what_differs():
    found = (Difference("tp", "2", "1"), SEED, Difference("x", "1", "2", minor=True))
    table = verdict_table(CALLED, VERDICT, found, "runs/x")
    shown = rows(table)
    assert shown["One"] == "One · a · np=1"
    assert shown["runs"] == "3 runs each"
    assert shown["best second"] == "One is 4.40 × (95 %: 4.00 to 4.80) as fast"
    assert shown["throughput"] == "One 2,000 tok/s, Other 500 tok/s: One is 4.00 × as fast over the whole run"
    assert shown["TTFT"] == "One 90 ms, Other 900 ms (median at 4 agents or more): Other waits 10.0 × longer"
    assert shown["TPOT"] == "One 9.0 ms, Other n/a (median at 4 agents or more)"
    assert shown["energy"] == "n/a"
    assert shown["differs"] == "One : Other"
    assert [line.strip() for line in table if line.startswith(" ")] == [
        "tp 2 : 1",
        "seed 1 : 2",
        "and 1 minor one, in duel.json",
    ]
    assert shown["fair?"] == "the two did not do the same work (different seed)"
    assert shown["saved"] == "runs/x"


def test_the_winner_comes_first_in_every_row_also_where_it_is_the_right_side():
    equal, energy = Ratio(mean=0.25, low=0.2, high=0.3, rounds=(0.25,)), Pair(left=1.0, right=8.0)
    verdict = msgspec.structs.replace(
        VERDICT,
        equal_agents=equal,
        peak=equal,
        leader="right",
        throughput=Pair(left=5.0, right=20.0),
        ttft_ms=Pair(left=350.0, right=100.0),
        tpot_ms=Pair(left=1.0, right=3.0),
        tokens_per_joule=energy,
    )
    shown = rows(verdict_table(CALLED, verdict, (), "x"))
    assert shown["verdict"].startswith("Other is 4.00 ×")
    assert shown["throughput"] == "Other 20 tok/s, One 5 tok/s: Other is 4.00 × as fast over the whole run"
    assert shown["TTFT"] == "Other 100 ms, One 350 ms (median at 4 agents or more): One waits 3.50 × longer"
    assert shown["TPOT"] == "Other 3.0 ms, One 1.0 ms (median at 4 agents or more): Other takes 3.00 × longer per token"
    assert shown["energy"] == "Other 8.00 tokens/J, One 1.00 tokens/J: Other gets 8.00 × the tokens per joule"


def test_a_side_that_answered_nothing_at_full_load_is_named():
    verdict = msgspec.structs.replace(VERDICT, ttft_ms=Pair(left=90.0, right=None))
    found = rows(verdict_table(CALLED, verdict, (), "x"))["TTFT"]
    assert found == "One 90 ms, Other n/a (median at 4 agents or more): Other answered no request at 4 agents or more"
    assert "Other answered no request at 4 agents or more" in headline(picture(12.0, verdict=verdict)).more


def test_a_duel_that_was_cut_short_says_so():
    assert "cut short     It was interrupted." in verdict_table(CALLED, None, (), "x", "It was interrupted.")


def test_rounds_without_a_ratio_are_told():
    verdict = msgspec.structs.replace(VERDICT, rounds=4)
    assert rows(verdict_table(CALLED, verdict, (), "x"))["runs"] == "3 runs each; 1 more had nothing to compare"


def test_without_a_whole_round_the_table_has_no_verdict():
    assert verdict_table(CALLED, None, (), "x") == [
        "One           One · a · np=1",
        "Other         Other · a",
        "saved         x",
    ]


def test_a_side_that_only_has_the_users_name_gets_no_row_for_it():
    assert verdict_table((("Red", "Red"), ("Blue", "Blue")), None, (), "x") == ["saved         x"]


def test_a_side_about_to_start_says_so_also_without_a_note():
    assert duel_line(picture(right=SideView(**OTHER))).split(" | ")[2] == "Other: starting"


def test_long_names_keep_the_table_in_columns():
    table = verdict_table((("embedded np=16", "a"), ("embedded", "b")), None, (), "x")
    assert table == ["embedded np=16 a", "embedded       b", "saved          x"]


def test_no_side_is_called_left_or_right():
    lines = [duel_line(picture()), *verdict_table(CALLED, VERDICT, (SEED,), "x"), *headline(picture()).more]
    assert not [line for line in lines if "LEFT" in line or "RIGHT" in line]


DONE = picture(12.0)
LEADS = ("One LEADS", "2.00", "as fast at equal agents so far")


@pytest.mark.parametrize(
    ("shown", "title", "number", "meaning"),
    [
        (WAITING, "NO RATIO YET", "", "both must run for some seconds"),
        (picture(), *LEADS),
        (picture(left=SideView(**ONE, snapshot=run(12.0))), *LEADS),
        (DONE, "One LEADS", "2.00", "as fast at equal agents"),
        (picture(12.0, verdict=VERDICT), "One WINS", "4.00", "as fast at equal agents"),
        (
            picture(5.0, verdict=VERDICT, round=4, rounds=5),
            "One LEADS",
            "4.00",
            "as fast at equal agents, after 3 of 5 runs each",
        ),
        (picture(lead=Lead(elapsed=9, leader="right")), "Other LEADS", "", "One has made no tokens yet"),
        (picture(lead=Lead(elapsed=9, ratio=1.01)), "EVEN", "1.01", "as fast at equal agents so far"),
    ],
)
def test_the_headline_is_who_leads_and_the_one_ratio(shown, title, number, meaning):
    head = headline(shown)
    assert (head.title, head.number, head.meaning) == (title, number, meaning)


@pytest.mark.parametrize(
    ("changes", "title"),
    [
        ({"rounds": 1, "equal_agents": Ratio(mean=4.0, rounds=(4.0,))}, "One LEADS"),
        ({"leader": "right", "equal_agents": Ratio(mean=0.5, low=0.4, high=0.6)}, "Other WINS"),
        ({"leader": None, "equal_agents": Ratio(mean=1.1, low=0.8, high=1.5)}, "NOT SIGNIFICANT"),
        ({"leader": None, "equal_agents": Ratio(mean=1.0, low=0.99, high=1.01)}, "EVEN"),
        ({"leader": None, "equal_agents": Ratio(mean=None)}, "NO VERDICT"),
    ],
)
def test_the_headline_at_the_end_says_how_sure_it_is(changes, title):
    head = headline(picture(12.0, rounds=1, verdict=msgspec.structs.replace(VERDICT, **changes)))
    assert head.title == title
    assert ("the intervals overlap" in head.more) == (title == "NOT SIGNIFICANT")


def _in_phase(phase: str) -> SideView:
    """A side in this phase."""
    view = picture().left
    sample = msgspec.structs.replace(view.snapshot.sample, phase=phase)
    return msgspec.structs.replace(view, snapshot=msgspec.structs.replace(view.snapshot, sample=sample))


def test_the_other_ratios_stand_below_the_headline_in_words():
    assert headline(picture()).more == ("2.00 × the tokens so far", "ahead from the start")
    drain = headline(picture(left=_in_phase("drain"), right=_in_phase("drain")))
    assert (drain.more[0], drain.meaning.endswith("so far")) == ("2.00 × the tokens so far", False)
    assert headline(picture(12.0, verdict=VERDICT)).more == (
        "95 %: 3.80 to 4.20, 3 runs each",
        "best second: 4.40 ×",
        "Other waits 10.0 × longer",
    )
    later = headline(picture(5.0, verdict=VERDICT, round=4, rounds=5))
    assert later.more == ("this run so far: One 2.00 ×",)


def test_the_last_number_of_a_live_duel_is_the_verdicts():
    """A recorded duel to its end: what it shows live is the quantity of the verdict, and does not jump at it."""
    replay = open_replay(["demo:duel"], 1.0, WaitedClock(), skip=True)
    replay.seek(replay.length - 0.5)
    replay.play()
    live = headline(replay.picture())
    replay.wait(None)
    final = headline(replay.picture())
    assert (live.title, live.number) == (final.title, final.number) == ("vLLM LEADS", "38.3")
    assert replay.picture().lead.ratio == pytest.approx(replay.verdict.equal_agents.mean)


def test_a_ratio_turned_is_rights_over_lefts():
    assert ratio_words(turned(Ratio(mean=4.0, low=2.0, high=8.0, rounds=(4.0,)))) == "0.25 × (95 %: 0.12 to 0.50)"
    assert ratio_words(turned(Ratio(mean=None))) == "n/a"

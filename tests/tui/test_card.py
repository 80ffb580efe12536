"""The results card, drawn: what stands on it, at any size and in any theme."""

from dataclasses import replace

import msgspec
import pytest
from duel_pictures import over, picture, starting
from ended import ended, ending, summary
from happenings import ABOUT
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from stress.duel.snapshot import SideView
from stress.fold.ghost import GhostSummary
from stress.fold.snapshot import Plan
from stress.limits.tracker import LimitSummary
from stress.ramp import BurstPlan
from stress.runs.handle import Ending
from stress.stats.knee import Knee
from stress.sweep.results import PointResult, Run
from tui.draw.digits import SMALL, big_number
from tui.duel.card import duel_results
from tui.panels.results import CARD, Results, ResultsCard
from tui.results import run_results
from tui.sweep_app import sweep_results
from tui.theme import ALL_THEMES

BURST = msgspec.structs.replace(
    ABOUT,
    burst=BurstPlan(requests=11, tokens=10, concurrency=4),
    plan=Plan(points=((0.0, 4),), duration=0.0, text="11 requests of 10 tokens, 4 at a time"),
)
DUEL = Ending(state="done", place="runs/duel")


def point(words: str, *rates: float, gpus: int = 1) -> PointResult:
    runs = tuple(
        Run(tok_s=rate, duration=10.0, failed=0, gpus=gpus, gpu="H200", tokens_per_joule=2.0) for rate in rates
    )
    return PointResult(words=words, runs=runs, trouble=None if runs else "it did not start")


SIZES = (point("tp=1", 1000, 1010), point("tp=2", 1800, 1810, gpus=2), point("tp=4"))


def ramp_card() -> Results:
    return run_results(ending(), ended())


def burst_card() -> Results:
    return run_results(ending(about=BURST), ended(BURST))


def duel_card() -> Results:
    return duel_results(DUEL, over())


def sweep_card() -> Results:
    return sweep_results("vLLM · Llama-3.1-8B", "2 runs at each size", SIZES, DUEL)


CARDS = {"ramp": ramp_card, "burst": burst_card, "duel": duel_card, "sweep": sweep_card}


def lines(results: Results, width: int = 120, height: int = 39, theme: str = "dark") -> list[str]:
    card = ResultsCard(CARD)
    card.theme = ALL_THEMES[theme]
    return [strip.text for strip in card.draw(results, width, height)]


def told(results: Results, width: int = 120, height: int = 39) -> str:
    return "\n".join(lines(results, width, height))


@settings(max_examples=60)
@given(st.sampled_from(sorted(CARDS)), st.integers(1, 320), st.integers(1, 90), st.sampled_from(sorted(ALL_THEMES)))
def test_it_fills_a_screen_of_any_size_in_any_theme(name, width, height, theme):
    drawn = lines(CARDS[name](), width, height, theme)
    assert len(drawn) == height
    assert {cell_len(line) for line in drawn} == {width}


@pytest.mark.parametrize("name", CARDS)
@pytest.mark.parametrize(("width", "height"), [(60, 14), (80, 23), (120, 39), (200, 59), (300, 79)])
def test_the_name_three_numbers_a_picture_and_the_records_place_are_there_at_every_size(name, width, height):
    results = CARDS[name]()
    page = told(results, width, height)
    assert f"STRESS {name.upper()}" in page
    assert "DONE" in page
    assert "SAVED" in page
    for figure in results.figures:
        assert figure.unit.split(" as ")[0] in page
    assert ("╵0:00" in page) or ("▆▆▆" in page)


def test_larger_screens_have_larger_digits():
    tall = [sum("██" in line for line in lines(sweep_card(), *size)) for size in ((60, 14), (120, 39), (300, 79))]
    assert tall == sorted(set(tall))


def test_a_ramp_has_its_best_second_its_agents_and_the_wait_for_a_first_token():
    best, agents, wait = ramp_card().figures
    assert (best.value, best.unit, best.words) == (100, "tok/s", "best second · average 10")
    assert (agents.value, agents.unit) == (4, "agents")
    assert (wait.value, wait.unit) == (100, "ms")


def test_a_wait_of_seconds_is_in_seconds():
    slow = msgspec.structs.replace(summary(), median_ttft_ms=46_900.0)
    *_, wait = run_results(msgspec.structs.replace(ending(), summary=slow), ended()).figures
    assert (wait.value, wait.unit, wait.digits) == (46.9, "seconds", 1)


def test_a_burst_has_its_total_time_its_rate_and_that_of_each_request():
    time, rate, each = burst_card().figures
    assert (time.value, time.unit, time.words) == (pytest.approx(10.5), "seconds", "11 × 10 tokens")
    assert rate.value == pytest.approx(110 / 10.5)
    assert (each.value, each.unit) == (10, "tok/s")
    assert "messages" not in told(burst_card())


def test_a_duel_has_one_ratio_that_of_the_winner_and_both_rates():
    ratio, left, right = duel_card().figures
    assert (ratio.value, ratio.digits, ratio.colour) == (12.34, 1, "tokens")
    assert ratio.unit.startswith("× as fast as llama.cpp")
    assert ratio.words.endswith("at equal agents")
    assert (left.value, right.value) == (11_000, 900)


def test_a_duel_that_the_right_side_wins_has_the_ratio_the_other_way_round():
    shown = over()
    ratio = msgspec.structs.replace(shown.verdict.equal_agents, mean=0.25, low=0.2, high=0.5)
    verdict = msgspec.structs.replace(shown.verdict, equal_agents=ratio, leader="right")
    results = duel_results(DUEL, msgspec.structs.replace(shown, verdict=verdict))
    assert (results.figures[0].value, results.figures[0].colour) == (4, "agents")
    words = "VERDICT   llama.cpp is 4.00 × (95 %: 2.00 to 5.00) as fast as vLLM at equal agents. 3 runs each."
    assert words in told(results)


def test_a_duel_without_a_verdict_has_the_ratio_so_far():
    results = duel_results(Ending(state="interrupted", cause="It was interrupted.", place="runs/duel"), picture())
    assert results.figures[0].words == "vLLM · at equal agents so far"
    assert "INTERRUPTED" in told(results)


def test_a_duel_that_ends_before_the_second_side_has_begun_shows_the_first():
    shown = picture(right=SideView(words="llama.cpp", note="waits for its turn"), live="left")
    results = duel_results(Ending(state="interrupted", cause="It was interrupted.", place="runs/duel"), shown)
    ratio, left, right = results.figures
    assert (ratio.value, left.value, right.value) == (None, 12_345.0, None)
    assert len(results.plots) == 1
    assert "n/a" in told(results)


def test_a_duel_of_which_nothing_came_has_no_card():
    assert duel_results(Ending(state="failed", cause="vLLM did not start.", place="runs/duel"), starting()) is None


def test_a_run_beside_its_ghost_ends_in_its_own_card():
    assert duel_results(ending(), picture()).command == "ramp"


def test_a_sweep_has_its_best_size_its_rate_and_the_gain_and_a_bar_for_each_size():
    size, rate, gain = sweep_card().figures
    assert (size.value, size.unit) == (2, "tp")
    assert rate.value == pytest.approx(1805)
    assert gain.value == pytest.approx(1805 / 1005)
    assert gain.unit == "× as fast as tp=1"
    page = told(sweep_card())
    for words in ("1,005 tok/s", "1,805 tok/s", "Best: tp=2", "tp=4: it did not start", "2 × H200", "2.00 tokens/J"):
        assert words in page


def test_a_sweep_that_measured_nothing_has_no_card():
    assert sweep_results("vLLM", "2 runs", (point("tp=4"),), DUEL) is None


def test_what_limited_the_run_and_what_it_took_are_there_where_they_are_known():
    limit = LimitSummary(
        name="kv_cache",
        evidence=("KV cache 99 %",),
        sentence="The KV cache is full.",
        shares={},
        roofline_tok_s=2000.0,
        roofline_share=0.5,
    )
    full = msgspec.structs.replace(
        summary(),
        limit=limit,
        energy_joules=92_400.0,
        output_tokens_per_joule=0.34,
        cost=0.5,
        cost_per_million_output_tokens=1.25,
        knee=Knee(agents=3, output_throughput=90.0),
    )
    page = told(run_results(msgspec.structs.replace(ending(), summary=full), ended()), height=59)
    for words in (
        "The KV cache is full (KV cache 99 %) · 50 % of the 2,000 tok/s roofline",
        "92.4 kJ · 0.34 tokens/J · costs 0.5, 1.25 per million tokens",
        "3 agents at 90 tok/s",
    ):
        assert words in page
    assert "ENERGY" not in told(ramp_card())


@pytest.mark.parametrize("height", [14, 23])
def test_where_there_is_little_room_the_cause_the_limit_and_the_place_stay(height):
    page = told(run_results(ending("failed", "vLLM died."), ended()), 80, height)
    assert "vLLM died." in page
    assert "LIMIT" in page
    assert "SAVED" in page or height == 14


def test_a_record_that_breaks_off_says_so():
    assert "CUT OFF" in told(run_results(ending("running"), ended()))


def test_what_others_wrote_is_made_visible_and_never_parsed():
    results = replace(ramp_card(), title="\x1b[31mred\x1b[0m [bold]", short_title="")
    assert "\x1b" not in told(results)
    assert "[bold]" in told(results)


def test_on_a_small_card_nothing_is_cut_in_the_middle():
    verdict = LimitSummary(name="kv_cache", evidence=(), shares={}, roofline_tok_s=None, roofline_share=None)
    verdict = msgspec.structs.replace(verdict, sentence="The engine's CPU limits this run: the GPU waits for it, 38 %.")
    full = msgspec.structs.replace(summary(), limit=verdict, median_ttft_ms=8_577.0)
    page = told(run_results(msgspec.structs.replace(ending(), summary=full), ended()), 60, 14)
    assert "The engine's CPU limits this run " in page
    duel = duel_card()
    ratio = replace(duel.figures[0], unit="× as fast as llama.cpp-with-a-name")
    small = told(replace(duel, figures=(ratio, *duel.figures[1:])), 60, 14)
    assert "× as fast " in small
    assert "…" not in page + small
    for card in (ramp_card, burst_card, duel_card):
        assert not any("…" in line for line in lines(card(), 60, 14) if "SAVED" not in line)


def test_a_wait_is_in_the_same_unit_in_the_number_and_in_the_facts():
    slow = msgspec.structs.replace(summary(), median_ttft_ms=8_577.0)
    page = told(run_results(msgspec.structs.replace(ending(), summary=slow), ended()))
    assert "TTFT p50 8.6 s" in page


def test_where_two_long_names_do_not_fit_the_curves_have_the_short_ones():
    duel = duel_card()
    plots = tuple(
        replace(plot, name=f"toy model · llama.cpp on this CPU · np={slots}", short_name=f"embedded np={slots}")
        for plot, slots in zip(duel.plots, (1, 8), strict=True)
    )
    small, large = (told(replace(duel, plots=plots), *size) for size in ((80, 23), (120, 39)))
    for slots in (1, 8):
        assert f" embedded np={slots} " in small
        assert f" toy model · llama.cpp on this CPU · np={slots} " in large


def test_digits_that_do_not_fit_are_rounded_and_never_cut():
    each = replace(burst_card().figures[2], value=221.4)
    page = told(replace(burst_card(), figures=(*burst_card().figures[:2], each)), 60, 14)
    assert "…" not in page.partition("SAVED")[0]
    tall = next(line for line in page.splitlines() if big_number("10", SMALL)[0] in line)
    assert cell_len(tall) == 60


def test_a_sweeps_doubt_has_a_line_of_its_own():
    overlapping = (point("np=1", 3000, 4000), point("np=8", 2900, 3900))
    page = told(sweep_results("toy model", "2 runs at each size", overlapping, DUEL), 80, 23)
    assert "Best: np=1 with 3,500 tok/s, 1.03 × np=8." in page
    assert "Not significant: the 95 % intervals overlap." in page


def test_a_knee_is_not_told_where_more_agents_would_bring_more():
    few = LimitSummary(name="few_agents", evidence=(), shares={}, roofline_tok_s=None, roofline_share=None)
    full = msgspec.structs.replace(few, name="kv_cache")
    found = msgspec.structs.replace(summary(), knee=Knee(agents=3, output_throughput=90.0), limit=full)
    cards = [
        run_results(msgspec.structs.replace(ending(), summary=one), ended())
        for one in (found, msgspec.structs.replace(found, limit=few))
    ]
    assert [card.figures[1].words for card in cards] == ["at once · no gain above 3", "at once"]
    assert ["KNEE" in told(card) for card in cards] == [True, False]


def test_a_run_beside_a_ghost_says_how_it_did_against_it():
    against = msgspec.structs.replace(
        summary(), ghost=GhostSummary(label="before", peak_ratio=0.9, equal_agents_ratio=0.67)
    )
    page = told(run_results(msgspec.structs.replace(ending(), summary=against), ended()))
    assert "0.67 × the ghost's throughput at equal agents" in page


@pytest.mark.parametrize(("make", "own"), [(ramp_card, False), (duel_card, True)])
def test_the_cards_axis_is_what_suits_it_until_the_viewer_says_which(make, own):
    def is_logarithmic(asked: bool | None) -> bool:
        card = ResultsCard(CARD)
        card.logarithmic = asked
        return any("tok/s, log" in strip.text for strip in card.draw(make(), 120, 39))

    assert [is_logarithmic(asked) for asked in (None, True, False)] == [own, True, False]

"""The runs that come with the package: recorded on H200s and H100s, with their figures in docs/h200.md."""

import pytest

from stress.duel.measure import measure
from stress.duel.record import read_duel
from stress.duel.verdict import judge
from stress.fold.summary import summarise
from stress.runs.find import DEMOS, demos
from stress.runs.playback import Playback
from stress.runs.recording import Recording

FIGURES = {
    "h200-vllm-tp2": (3014, 13_734, 11.1),
    "h200-vllm-tp1": (2141, 9_584, 14.3),
    "h200-llama-layer-np1": (25, 180, 0.25),
    "h200-llama-np50": (492, 610, 2.65),
    "h200-70b-burst": (50, 1_780, 2.64),
    "duel/left-1": (3502, 6_590, 10.62),
    "duel/right-1": (157, 161, 0.31),
    "two-gpus/left-1": (4063, 9_205, 8.06),
    "two-gpus/right-1": (120, 134, 0.21),
}


def test_every_demo_has_its_figures():
    assert set(demos()) == {*(name.partition("/")[0] for name in FIGURES), "tensor-parallelism"}


@pytest.mark.parametrize("name", ["duel", "two-gpus"])
def test_the_demo_of_a_duel_comes_to_its_recorded_verdict(name):
    record = read_duel(DEMOS / name)
    assert judge([tuple(measure(Recording(DEMOS / name / run)) for run in record.rounds[0])]) == record.verdict


def test_the_demo_of_tensor_parallelism_is_two_of_the_runs_on_the_same_ramp():
    record = read_duel(DEMOS / "tensor-parallelism")
    left, right = (Recording(DEMOS / "tensor-parallelism" / run) for run in record.rounds[0])
    assert left.about.plan == right.about.plan
    verdict = judge([(measure(left), measure(right))])
    assert verdict.equal_agents.mean == pytest.approx(1.43, abs=0.01)
    assert verdict.leader == "left"
    assert not verdict.sure


@pytest.mark.parametrize("name", FIGURES)
def test_a_demo_is_whole_and_sums_up_to_what_the_docs_say(name):
    recording = Recording(DEMOS / name)
    assert recording.problems == []
    assert recording.record.state == "done"
    playback = Playback(recording)
    playback.go_to(recording.length)
    summary = summarise(playback.fold)
    replies, tok_s, tokens_a_joule = FIGURES[name]
    assert summary.completed == replies
    assert round(summary.output_throughput) == tok_s
    assert summary.output_tokens_per_joule == pytest.approx(tokens_a_joule, rel=0.02)

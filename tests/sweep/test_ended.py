from pathlib import Path

from stress.runs.handle import Control
from stress.sweep.ended import EndedSweep
from stress.sweep.results import PointResult


def test_a_sweep_that_is_over_says_what_was_tried_and_where_it_is():
    results = [PointResult(words="tp=1", runs=())]
    sweep = EndedSweep("vLLM · Llama-3.1-8B", "5 runs at each size", results, Path("runs/sweep"))
    assert sweep.finished
    assert sweep.wait(None)
    assert sweep.results == tuple(results)
    assert (sweep.ending.state, sweep.ending.place) == ("done", "runs/sweep")
    assert sweep.pictures == Path("runs/sweep/screenshots")
    assert sweep.snapshot().about.name == "vLLM · Llama-3.1-8B"
    assert sweep.control(Control("drain")) == "The sweep is over."

"""What the table says of a client that was late, and of a ghost."""

import msgspec
import pytest
from happenings import ABOUT, failure, pulse, reply

from stress.events import Host, Phase
from stress.fold.fold import Fold
from stress.fold.ghost import GhostSummary
from stress.fold.summary import summarise
from stress.session.result import Result
from stress.stats.histogram import tally
from stress.view.summary_table import summary_table


def table(*, cores: tuple[float, ...], engine_cpu: float | None, cpu: float, lag_s: float = 0.02) -> str:
    """Of a run of 12 s in which the client was late all the time."""
    fold = Fold(ABOUT)
    fold.apply(Phase(t=0, name="ramp"))
    for step in range(120):
        t = step / 10
        fold.apply(Host(t=t, cores=cores, mem_used=1, mem_total=2, engine_cpu=engine_cpu))
        fold.apply(pulse(t, 10, cpu=cpu, lag=tally([lag_s] * 5)))
    fold.apply(reply(12.0))
    return "\n".join(summary_table(Result(state="done", cause=None, summary=summarise(fold)), "runs/1"))


@pytest.mark.parametrize(
    ("seen", "said"),
    [
        (
            {"cores": (98.0, 97.0), "engine_cpu": 1.7, "cpu": 0.04},
            "The engine takes this machine's CPU, so the client is late (100 % of this run).",
        ),
        (
            {"cores": (98.0, 97.0), "engine_cpu": None, "cpu": 0.04},
            "Other programs take this machine's CPU, so the client is late (100 % of this run).",
        ),
        (
            {"cores": (60.0, 40.0), "engine_cpu": 0.5, "cpu": 0.04},
            "The client is late, so latencies are less exact (100 % of this run).",
        ),
    ],
)
def test_where_others_take_the_cpu_it_says_so_and_advises_no_workers(seen, said):
    text = table(**seen)
    assert said in text
    assert "--workers" not in text


def test_where_a_worker_needs_its_core_more_workers_are_advised():
    text = table(cores=(98.0, 20.0), engine_cpu=0.1, cpu=0.96)
    assert "a load worker needs more than one core (100 % of this run). Give it more --workers." in text


@pytest.mark.parametrize(
    ("equal", "peak", "said"),
    [
        (1.4, 1.234, "1.40 × the ghost's throughput at equal agents, 1.23 × the ghost's best second (old)"),
        (None, 1.234, "1.23 × the ghost's best second (old)"),
        (None, None, "the two runs have no number of agents in common (old)"),
    ],
)
def test_of_a_ghost_only_what_is_known_is_said(equal, peak, said):
    fold = Fold(ABOUT)
    fold.apply(reply(1.0))
    ghost = GhostSummary(label="old", peak_ratio=peak, equal_agents_ratio=equal)
    summary = msgspec.structs.replace(summarise(fold), ghost=ghost)
    (line,) = [line for line in summary_table(Result("done", None, summary), "runs/1") if line.startswith("ghost")]
    assert line.split(maxsplit=1)[1] == said


def test_a_failed_run_says_why_and_leaves_out_what_there_is_no_figure_for():
    fold = Fold(ABOUT)
    fold.apply(Phase(t=0, name="ramp"))
    fold.apply(failure(1.0, "unauthorized"))
    lines = summary_table(Result("failed", "The key is wrong.", summarise(fold)), "runs/1")
    assert lines[:2] == ["state       failed", "cause       The key is wrong."]
    assert not any("n/a" in line for line in lines if not line.startswith("client"))
    assert not any(line.startswith(("throughput", "knee", "limit")) for line in lines)
    assert "errors      unauthorized 1" in lines


def test_an_interrupted_run_needs_no_cause():
    fold = Fold(ABOUT)
    fold.apply(reply(1.0))
    lines = summary_table(Result("interrupted", "It was interrupted.", summarise(fold)), "runs/1")
    assert not any(line.startswith("cause") for line in lines)

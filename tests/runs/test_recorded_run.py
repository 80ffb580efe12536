"""A run that was recorded on real GPUs: vLLM 0.24.0, tensor parallelism over two H200s, 50 agents for 25 s."""

import gzip
import itertools
from pathlib import Path

import msgspec
import pytest
from happenings import ABOUT

from stress.events import Gpu, Request, from_line
from stress.fold.fold import Fold
from stress.fold.summary import summarise

RUN = Path(__file__).parent.parent / "data" / "h200-vllm-tp2-burst"


def folded(events) -> Fold:
    fold = Fold(ABOUT)
    for event in events:
        fold.apply(event)
    return fold


@pytest.fixture(scope="module")
def events():
    return [from_line(line) for line in gzip.decompress((RUN / "events.jsonl.gz").read_bytes()).splitlines()]


def test_a_recorded_run_still_folds_to_the_summary_that_it_had(events):
    """What summaries have gained since is not in it; energy was counted until draining then, now to the last reply.

    That no reply told of cached tokens was 0 then.
    """
    now = msgspec.to_builtins(summarise(folded(events)))
    then = msgspec.json.decode((RUN / "summary.json").read_bytes())
    gpus = zip(now.pop("gpus"), then.pop("gpus"), strict=True)
    assert now.pop("energy_joules") > then.pop("energy_joules")
    assert now.pop("output_tokens_per_joule") < then.pop("output_tokens_per_joule")
    assert (now.pop("total_cached_tokens"), then.pop("total_cached_tokens")) == (None, 0)
    assert now["client"].pop("cpu_user") is None
    assert {key: now[key] for key in then} == then
    for gpu, before in gpus:
        assert gpu["energy_joules"] > before.pop("energy_joules")
        assert {key: gpu[key] for key in before} == pytest.approx(before)


def test_vllms_usage_of_150_replies_of_2000_tokens_adds_up(events):
    replies = [event for event in events if isinstance(event, Request)]
    assert {(reply.output_tokens, reply.finish, reply.error) for reply in replies} == {(2000, "length", None)}
    assert len(replies) == 150
    assert any(reply.chunks < reply.output_tokens for reply in replies)  # vLLM merges tokens: chunks do not count


def test_the_power_of_each_gpu_agrees_with_its_energy_counter_within_three_percent(events):
    readings = [(event.t, event.gpus) for event in events if isinstance(event, Gpu)]
    for place in range(2):
        joules = sum(
            (later - t) * (gpus[place].power_w + next_gpus[place].power_w) / 2
            for (t, gpus), (later, next_gpus) in itertools.pairwise(readings)
        )
        counted = readings[-1][1][place].energy_joules - readings[0][1][place].energy_joules
        assert joules == pytest.approx(counted, rel=0.03)

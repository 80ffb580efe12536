import msgspec
import pytest
from happenings import ABOUT, pulse, reply

from stress.events import Engine, Gpu, Host
from stress.limits.capacity import decode_cost_of
from stress.limits.outage import Outage
from stress.limits.tracker import CONTEXTS_KEPT, BottleneckTracker
from stress.models.shapes import find_shape
from stress.readings import ClientReading, EngineReading, GpuReading

WORK = decode_cost_of(find_shape("llama-3.1-8b"), "bf16")
SHAPED = msgspec.structs.replace(ABOUT, work=WORK)
"""A run of a model whose shape is known."""
H200 = 150_754_820_096
"""Bytes, as NVML reports them."""


def judged(
    about=ABOUT,
    util: float = 99.0,
    until: int = 10,
    tok_s: int = 50,
    name: str = "NVIDIA H200",
    lumps: dict[int, int] | None = None,
    outage: Outage | None = None,
    **engine,
) -> BottleneckTracker:
    """A judge who looked every second at eight agents that are all in flight; `lumps`: other rates, by second."""
    tracker = BottleneckTracker(outage or Outage(), about.work, slots=about.slots, tp=about.tp, remote=about.remote)
    seconds: dict[int, tuple[int, float]] = {}
    for second in range(until):
        for tenth in range(10):
            tracker.add_pulse(
                pulse(second + tenth / 10, (lumps or {}).get(second, tok_s) // 10), 20, 20, ClientReading()
            )
        tracker.add_request(reply(second, second, prompt_tokens=600, output_tokens=256))
        seconds[second] = (20, float(tok_s))
        tracker.add(Gpu(t=second, gpus=(GpuReading(index=0, name=name, util=util, mem_total=H200),)))
        tracker.add(Engine(t=second, reading=EngineReading(**{"running": 20, "waiting": 0} | engine)))
        tracker.add(Host(t=second, cores=(1.0,), mem_used=1, mem_total=2, engine_cpu_busiest=1.0))
        tracker.look(second + 0.99, ClientReading(), seconds)
    return tracker


def test_a_busy_gpu_that_says_no_more_is_the_limit():
    assert judged().verdict.name == "gpu"


def test_the_roofline_tells_with_what_a_gpu_is_busy_that_does_not_say():
    tracker = judged(SHAPED, tok_s=3000)
    assert tracker.verdict.name == "gpu_memory_bandwidth"
    assert tracker.roofline.batch == pytest.approx(20)
    assert tracker.roofline.context == 728
    assert tracker.roofline.share == pytest.approx(3000 / tracker.roofline.tok_s, rel=0.01)
    assert tracker.roofline.tok_s == pytest.approx(20 * 4.8e12 / (15.01e9 + 20 * 728 * 131072), rel=0.01)


def test_without_a_known_shape_or_a_known_chip_there_is_no_limit_to_reach():
    assert judged().roofline is None
    assert judged(SHAPED, name="NVIDIA FutureChip").roofline is None


def test_idle_gpus_beside_a_busy_process_are_the_engines_cpu():
    assert judged(util=10.0).verdict.name == "engine_cpu"


def test_what_the_engine_was_launched_with_is_evidence_too():
    about = msgspec.structs.replace(ABOUT, slots=20)
    assert judged(about, waiting=5, util=95.0).verdict.name == "slots"


def test_the_summary_names_the_most_frequent_limit_at_full_load_and_all_shares():
    tracker = judged(SHAPED, tok_s=3000)
    few = judged(running=20, waiting=5, about=msgspec.structs.replace(ABOUT, slots=20), util=99.0, until=5)
    tracker.judged = [*few.judged, *tracker.judged]
    summary = tracker.summary()
    assert summary.name == "gpu_memory_bandwidth"
    assert summary.shares == {"gpu_memory_bandwidth": pytest.approx(10 / 15), "slots": pytest.approx(5 / 15)}
    assert summary.roofline_tok_s == pytest.approx(tracker.roofline.tok_s)
    assert summary.roofline_share == pytest.approx(tracker.roofline.share, rel=0.01)
    assert summary.evidence[0].startswith("roofline: memory")


def test_what_limited_the_run_at_full_load_stays_its_verdict_once_the_load_has_ended():
    tracker = judged(SHAPED, tok_s=3000)
    at_full_load = tracker.verdict, tracker.roofline
    last_second(tracker, tokens=5)
    assert tracker.verdict.name != "gpu_memory_bandwidth"
    tracker.conclude()
    assert (tracker.verdict, tracker.roofline) == at_full_load
    assert (tracker.verdict.name, tracker.verdict.evidence) == (tracker.summary().name, tracker.summary().evidence)


def test_a_last_second_in_which_no_token_came_is_told_also_once_the_load_has_ended():
    tracker = judged()
    last_second(tracker, tokens=0)
    hung = tracker.verdict
    assert hung.name != "gpu"
    tracker.conclude()
    assert tracker.verdict is hung


def last_second(tracker: BottleneckTracker, tokens: int) -> None:
    """The GPU does next to nothing for so long that nothing else is in the judge's window."""
    for second in (10.9, 11.9, 12.9, 13.9, 14.9, 15.9, 16.9, 17.9):
        tracker.add_pulse(pulse(second, tokens), 20, 20, ClientReading())
        tracker.add(Gpu(t=second, gpus=(GpuReading(index=0, name="NVIDIA H200", util=5.0, mem_total=H200),)))
    tracker.look(17.99, ClientReading(), dict.fromkeys(range(18), (20, 50.0)))


def test_a_run_too_short_to_judge_has_no_summary():
    assert BottleneckTracker(Outage()).summary() is None


def test_a_mean_context_is_the_prompt_and_half_of_the_reply_of_the_newest_replies():
    tracker = BottleneckTracker(Outage())
    assert tracker.context == 0
    for number in range(CONTEXTS_KEPT + 5):
        tracker.add_request(reply(1.0, number, prompt_tokens=1000 if number < 5 else 100, output_tokens=50))
    tracker.add_request(reply(2.0, 99, error="timeout"))
    assert tracker.context == 125


def test_shares_that_stay_above_one_show_that_the_model_is_not_what_its_name_says():
    tracker = judged(SHAPED, tok_s=20_000, until=20)
    assert tracker.roofline is None
    assert (tracker.summary().roofline_share, tracker.summary().roofline_tok_s) == (None, None)


def test_a_lump_of_corrections_does_not_hide_the_limit():
    tracker = judged(SHAPED, tok_s=3000, until=20, lumps={12: 30_000})
    shares = [second.roofline.share for second in tracker.judged]
    assert max(shares) > 1
    assert tracker.roofline.share < 1
    assert tracker.summary().roofline_share < 1


def test_the_limit_comes_back_once_shares_are_possible_again():
    lumps = dict.fromkeys(range(3, 15), 20_000)
    assert judged(SHAPED, tok_s=3000, until=16, lumps=lumps).roofline is None
    assert judged(SHAPED, tok_s=3000, until=30, lumps=lumps).roofline.share < 1


def test_while_the_server_refuses_everything_that_is_said_and_nothing_is_judged():
    outage = Outage()
    tracker = judged(outage=outage)
    before = len(tracker.judged)
    outage.add_request(reply(10.0, error="connection_refused"))
    tracker.look(10.9, ClientReading(), {})
    tracker.look(14.9, ClientReading(), {})
    assert len(tracker.judged) == before
    assert tracker.verdict.name == "no_tokens"
    assert tracker.verdict.evidence == ("the server refuses every connection",)
    outage.add_request(reply(15.0))
    for now in (15.9, 19.9):  # their windows hold seconds without a server
        tracker.look(now, ClientReading(), {})
    assert len(tracker.judged) == before
    tracker.look(21.9, ClientReading(), {})
    assert len(tracker.judged) == before + 1


def test_while_requests_wait_the_batch_is_the_engines_own():
    waiting = judged(SHAPED, running=4, waiting=16, tok_s=500)
    assert waiting.roofline.batch == 4


def test_seconds_in_which_the_engine_is_down_or_refuses_are_not_judged():
    assert judged(tok_s=0).judged == []
    tracker = judged(until=3)
    for number in range(50):
        tracker.add_request(reply(2.9, number, error="server_error"))
    before = len(tracker.judged)
    tracker.look(2.99, ClientReading(), {0: (20, 50.0), 1: (20, 50.0)})
    assert len(tracker.judged) == before
    assert tracker.verdict.evidence[0].endswith("requests failed")

import msgspec
import pytest
from happenings import ABOUT, failure, message, pulse, reply, small_run
from hypothesis import given
from hypothesis import strategies as st

from stress.events import (
    AgentState,
    Controlled,
    Engine,
    Gpu,
    Host,
    Mark,
    Phase,
    Target,
    Trouble,
    WorkerLost,
    from_line,
    to_line,
)
from stress.fold.curve import CURVE_POINTS
from stress.fold.fold import FAILURES_KEPT, TALK_KEPT, Fold
from stress.fold.snapshot import About
from stress.fold.summary import summarise
from stress.limits.outage import REFUSED
from stress.ramp import BurstPlan
from stress.readings import EngineReading, GpuReading
from stress.stats.histogram import tally
from stress.stats.window import WINDOW_S


def folded(*events, about: About = ABOUT) -> Fold:
    fold = Fold(about)
    for event in events:
        fold.apply(event)
    return fold


def test_tok_s_is_over_the_last_window_only():
    fold = folded(Phase(t=0, name="ramp"), *(pulse(step / 10, 100 if step < 50 else 10) for step in range(100)))
    assert fold.snapshot().sample.tok_s == pytest.approx(100, rel=0.06)


def test_at_the_start_the_window_is_the_time_since_the_start():
    fold = folded(Phase(t=3.0, name="ramp"), pulse(3.5, 50), pulse(4.0, 50))
    assert fold.snapshot().sample.tok_s == 100


def test_a_silent_server_falls_to_zero_once_the_window_has_passed():
    fold = folded(Phase(t=0, name="ramp"), pulse(1, 100), pulse(1 + WINDOW_S, 0))
    assert fold.snapshot().sample.tok_s == 0


def test_a_negative_correction_brings_the_total_back_to_usage():
    fold = folded(Phase(t=0, name="ramp"), pulse(0.1, 12), pulse(0.2, -2))
    assert fold.snapshot().sample.output_tokens == 10


def test_the_numbers_of_several_workers_add_up():
    fold = folded(pulse(1, 5, worker=0), pulse(1.01, 7, worker=1, agents=3, in_flight=1))
    sample = fold.snapshot().sample
    assert (sample.agents, sample.in_flight, sample.output_tokens) == (7, 3, 12)
    assert sample.client.workers == 2


def busy(cpu: float, lag_s: float, seconds: int = 4) -> Fold:
    """Two workers over some seconds, one idle, one as given."""
    fold = Fold(ABOUT)
    for step in range(seconds * 10):
        fold.apply(pulse(step / 10, worker=0, cpu=0.1, lag=tally([0.0001] * 5)))
        fold.apply(pulse(step / 10, worker=1, cpu=cpu, lag=tally([lag_s] * 5)))
    return fold


def test_the_clients_load_is_that_of_its_busiest_worker_over_the_window():
    client = busy(0.8, 0.002).snapshot().sample.client
    assert client.cpu == pytest.approx(0.8, rel=0.01)
    assert client.loop_lag_ms == pytest.approx(2, rel=0.01)
    assert not client.limited


@pytest.mark.parametrize(("cpu", "lag_s"), [(0.95, 0.001), (0.2, 0.011)])
def test_a_busy_or_late_client_is_said_to_limit_the_run(cpu, lag_s):
    fold = busy(cpu, lag_s, seconds=12)
    assert fold.snapshot().sample.client.limited
    assert (summarise(fold).client.limited, summarise(fold).client.limited_share) == (True, 1)


@pytest.mark.parametrize(("remote", "user"), [(False, "engine"), (True, "others")])
def test_an_engine_on_another_machine_takes_no_cpu_from_the_client(remote, user):
    fold = Fold(msgspec.structs.replace(ABOUT, remote=remote))
    for step in range(120):
        fold.apply(Host(t=step / 10, cores=(99.0, 98.0), mem_used=1, mem_total=2, engine_cpu=1.8))
        fold.apply(pulse(step / 10, cpu=0.04, lag=tally([0.02] * 5)))
    assert fold.snapshot().sample.client.cpu_user == user
    assert summarise(fold).client.cpu_user == user


def test_a_client_that_is_late_at_the_start_does_not_limit_the_run():
    fold = folded(pulse(0, lag=tally([0.5])), *(pulse(step / 10, lag=tally([0.0001] * 5)) for step in range(1, 28)))
    assert not fold.snapshot().sample.client.limited
    assert (summarise(fold).client.limited, summarise(fold).client.limited_share) == (False, 0)


def test_one_late_pulse_does_not_make_the_client_the_limit_of_a_run():
    lags = {step: tally([0.5 if step == 150 else 0.0001] * 5) for step in range(300)}
    fold = folded(*(pulse(step / 10, lag=lag) for step, lag in lags.items()))
    assert fold.client.limited_windows == 1
    assert not summarise(fold).client.limited


def test_a_worker_that_died_counts_no_more():
    fold = folded(pulse(1, worker=0), pulse(1, worker=1, agents=3), WorkerLost(t=1.1, worker=1, agents=3, cause="x"))
    sample = fold.snapshot().sample
    assert (sample.agents, sample.client.workers) == (4, 1)
    assert sample.errors == {"worker_lost": 2}
    assert fold.replies.failed == 2


def test_all_that_a_dead_worker_had_begun_has_failed_also_what_no_pulse_told_of():
    lost = WorkerLost(t=1.1, worker=0, agents=4, requests=150, cause="signal 9")
    fold = folded(pulse(1, worker=0, in_flight=2), lost)
    assert (fold.errors, fold.replies.failed) == ({"worker_lost": 150}, 150)


def test_a_worker_that_dies_without_agents_is_no_error():
    fold = folded(
        pulse(1, worker=0, agents=0, in_flight=0), WorkerLost(t=1.1, worker=0, agents=0, requests=0, cause="x")
    )
    assert fold.snapshot().sample.errors == {}
    assert fold.client.lost == 1


def test_percentiles_are_those_of_the_window():
    fold = folded(pulse(1, itl=tally([1.0] * 50)), pulse(10, itl=tally([0.02] * 50), ttft=tally([0.3])))
    sample = fold.snapshot().sample
    assert sample.itl_ms.p99 == pytest.approx(20, rel=0.006)
    assert sample.ttft_ms.p50 == pytest.approx(300, rel=0.006)


def test_replies_failures_and_what_we_gave_up_are_three_things():
    fold = folded(reply(2), failure(3), failure(3, "timeout"), failure(3), failure(4, "abandoned"))
    sample = fold.snapshot().sample
    assert (sample.requests, sample.errors) == (1, {"connection_lost": 2, "timeout": 1})
    assert (fold.replies.failed, fold.replies.abandoned) == (3, 1)


def test_a_message_to_three_counts_three():
    assert folded(message(1, to=("a02", "a03", "a04")), message(2, 2)).snapshot().sample.messages == 4


def test_cells_hold_each_agents_newest_state():
    fold = folded(
        pulse(1, cells=((0, int(AgentState.WAITING)), (5, int(AgentState.IDLE)))),
        pulse(2, cells=((0, int(AgentState.GENERATING)),)),
    )
    assert list(fold.snapshot().cells) == [4, 0, 0, 0, 0, 1]


def test_the_best_whole_second_is_the_peak():
    fold = folded(*(pulse(t, tokens) for t, tokens in ((1.2, 10), (1.9, 15), (2.1, 24), (3.0, 1))))
    assert fold.peak_tok_s == 25


def test_a_stage_that_was_passed_over_moves_the_ramps_clock_on():
    fold = folded(Phase(t=2, name="ramp"), pulse(5), Controlled(t=6, name="next_stage", value=30.5), pulse(7))
    assert fold.snapshot().ramp_elapsed == pytest.approx(35.5)


def test_what_was_done_to_the_screen_alone_changes_nothing():
    before, after = folded(pulse(6)), folded(pulse(6), Controlled(t=6, name="screenshot"))
    assert after.snapshot() == before.snapshot()


def test_the_knee_is_known_while_the_ramp_goes_on():
    fold = folded(Phase(t=0, name="ramp"))
    assert fold.snapshot().knee is None
    for tenth in range(1, 600):
        fold.apply(pulse(tenth / 10, min(tenth // 10, 20), agents=tenth // 10 + 1))
    assert fold.snapshot().knee.agents == pytest.approx(20, abs=3)
    assert summarise(fold).knee.agents == pytest.approx(fold.snapshot().knee.agents, abs=3)


def test_what_happened_before_the_server_went_is_no_news_afterwards():
    fold = died(Phase(t=0, name="ramp"), *(pulse(step / 10, 10 + step // 20) for step in range(1, 100)), went=9.9)
    told = [milestone.t for milestone in fold.snapshot().milestones]
    assert told
    assert max(told) < 9.9


def died(*events, went: float, back: float | None = None, about: About = ABOUT) -> Fold:
    """A run whose server goes away: two agents try again more and more patiently, and idle pulses go on for 15 s."""
    lost = [failure(went), failure(went), *(failure(went + wait, REFUSED) for wait in (0.5, 1.5, 3.5, 7.5))]
    idle = [pulse(went + step / 10, in_flight=0) for step in range(1, 150)]
    later = [pulse(back + step / 10, 10) for step in range(50)] if back is not None else []
    gap = [event for event in (*lost, *idle) if back is None or event.t < back]
    return folded(*events, *sorted([*gap, *later], key=lambda event: event.t), about=about)


def test_seconds_without_a_server_are_no_part_of_the_ramp_of_its_knee_or_of_its_time():
    growing = [pulse(step / 10, 10 * (step // 10 + 1), agents=step // 10 + 1) for step in range(100)]
    replies = [reply(float(second), second) for second in range(1, 10)]
    events = sorted([*growing, *replies], key=lambda event: event.t)
    fold = died(Phase(t=0, name="ramp"), *events, went=9.95)
    assert list(fold.ramp_seconds()) == list(range(9))
    assert fold.snapshot().knee is None
    summary = summarise(fold)
    assert summary.knee is None
    assert summary.duration == pytest.approx(9.9, abs=0.1)


def test_a_server_that_comes_back_leaves_a_gap_of_whole_seconds():
    busy = [pulse(step / 10, 10) for step in range(100)]
    fold = died(Phase(t=0, name="ramp"), *busy, went=9.95, back=15.5)
    assert set(range(20)) - set(fold.ramp_seconds()) == set(range(9, 16))
    assert fold.ended == pytest.approx(13.45)  # the last refusal before it came back


def test_a_bursts_rate_is_told_of_the_time_with_a_server_alone():
    events = [Phase(t=0, name="ramp"), *(pulse(step / 10, 10) for step in range(200))]
    replies = [reply(19.8, number) for number in range(8)]
    burst = BurstPlan(requests=100, tokens=10, concurrency=2)
    fold = died(*events, *replies, went=19.9, about=msgspec.structs.replace(ABOUT, burst=burst))
    assert fold.snapshot().progress.left_s is None
    found = summarise(fold).burst
    assert (found.held, found.rate.mean) == (True, pytest.approx(100))
    assert (found.full_s, found.tail_s) == (pytest.approx(19.9, abs=0.2), pytest.approx(0, abs=0.2))


def test_holding_stops_the_ramps_clock():
    fold = folded(
        Phase(t=2, name="ramp"), Controlled(t=5, name="hold"), pulse(9), Controlled(t=10, name="resume"), pulse(12)
    )
    assert fold.snapshot().ramp_elapsed == pytest.approx(5)
    fold.apply(Controlled(t=13, name="hold"))
    fold.apply(pulse(20))
    assert fold.snapshot().ramp_elapsed == pytest.approx(6)
    assert fold.snapshot().held


def test_draining_ends_the_ramps_clock():
    fold = folded(Phase(t=2, name="ramp"), Phase(t=12, name="drain"), pulse(15))
    assert fold.snapshot().ramp_elapsed == pytest.approx(10)


def test_newest_talk_and_failures_are_kept_up_to_their_limits():
    fold = folded(*(message(1, number) for number in range(500)), *(failure(1) for _ in range(50)))
    snapshot = fold.snapshot()
    assert (len(snapshot.talk), snapshot.talk[-1].id) == (TALK_KEPT, 499)
    assert len(snapshot.failures) == FAILURES_KEPT


def test_the_curve_of_a_long_run_keeps_its_whole_length_in_bounded_points():
    fold = folded(*(pulse(step / 2, 5) for step in range(5_000)))
    curve = fold.snapshot().curve
    assert len(curve) <= CURVE_POINTS
    assert curve[0].t == 0
    assert curve[-1].t > 2_470
    assert [point.t for point in curve] == sorted(point.t for point in curve)


def test_readings_of_gpus_host_and_engine_are_the_newest():
    gpus = (GpuReading(index=0, name="X", util=10.0), GpuReading(index=1, name="X"))
    fold = folded(
        Gpu(t=1, gpus=gpus),
        Host(t=1, cores=(10.0, 30.0), mem_used=1, mem_total=2),
        Engine(t=1, reading=EngineReading(running=3)),
        Target(t=1, agents=9),
        Mark(t=1, label="here"),
    )
    snapshot = fold.snapshot()
    assert snapshot.sample.gpus == gpus
    assert snapshot.gpu_history == ((10.0,), (None,))
    assert snapshot.host_history == (20.0,)
    assert snapshot.sample.engine.running == 3
    assert snapshot.sample.target_agents == 9


def test_a_snapshot_does_not_change_with_later_events():
    fold = folded(pulse(1, cells=((0, 1),)), message(1))
    before = fold.snapshot()
    fold.apply(pulse(2, 99, cells=((0, 4),)))
    fold.apply(message(2, 2))
    assert (list(before.cells), len(before.talk), before.sample.output_tokens) == ([1], 1, 0)


def test_events_read_back_from_their_lines_fold_to_the_same_snapshot():
    events = small_run()
    assert folded(*events).snapshot() == folded(*(from_line(to_line(event)) for event in events)).snapshot()


@given(st.text(), st.text())
def test_whatever_agents_say_survives_the_record(text, detail):
    event = message(1, text=text)
    line = to_line(event)
    assert line.count(b"\n") == 1
    assert from_line(line) == event
    assert from_line(to_line(failure(1).__class__(t=1, id=1, agent="a", start=0, detail=detail))).detail == detail


def test_the_engines_troubles_are_on_the_snapshot_the_newest_kept():
    troubles = [Trouble(t=float(number), name="nccl", detail=f"line {number}") for number in range(50)]
    snapshot = folded(*troubles).snapshot()
    assert snapshot.troubles == tuple(troubles[-FAILURES_KEPT:])
    assert snapshot.sample.errors == {}  # they are no request's failure
    assert from_line(to_line(troubles[0])) == troubles[0]

import pytest
from happenings import pulse
from hypothesis import given
from hypothesis import strategies as st

from stress.events import Engine, Gpu, Host
from stress.limits.evidence import EVIDENCE_S, EvidenceWindow, gpu_load, growth, mean
from stress.readings import ClientReading, EngineReading, GpuReading


def gpu(util: float | None, **fields) -> GpuReading:
    return GpuReading(**{"index": 0, "name": "H", "util": util} | fields)


def test_gpus_that_take_turns_add_up_to_one():
    events = [Gpu(t=t, gpus=(gpu(100.0 * (t % 2)), gpu(100.0 * ((t + 1) % 2)))) for t in range(10)]
    load = gpu_load(events)
    assert (load.count, load.util, load.util_sum, load.util_max) == (2, 50, 100, 50)


def test_only_the_engines_gpus_are_evidence():
    load = gpu_load([Gpu(t=1, gpus=(gpu(90.0, engine=True), gpu(10.0, engine=False)))])
    assert (load.count, load.util) == (1, 90)


def test_power_and_clock_are_shares_of_what_the_chip_may():
    reading = gpu(99.0, power_w=350.0, power_limit_w=700.0, sm_clock_mhz=990.0, sm_clock_max_mhz=1980.0)
    load = gpu_load([Gpu(t=1, gpus=(reading,))])
    assert (load.power, load.clock) == (50, 50)


def test_a_slowdown_is_told_with_the_share_of_readings_that_show_it():
    slow, free = gpu(99.0, slowdowns=("power_cap",)), gpu(99.0, slowdowns=())
    load = gpu_load([Gpu(t=t, gpus=(slow if t < 3 else free,)) for t in range(4)])
    assert load.slowdowns == {"power_cap": 0.75}


def test_without_a_gpu_there_is_no_load():
    assert gpu_load([]) is None
    assert gpu_load([Gpu(t=1, gpus=())]) is None


def window(seconds: int = 20) -> EvidenceWindow:
    found = EvidenceWindow()
    for tenth in range(seconds * 10):
        t = tenth / 10
        late = t >= seconds - EVIDENCE_S
        found.add_pulse(
            pulse(t, 5 if late else 50), 8 if late else 2, 6 if late else 1, limited=late and tenth % 2 == 0
        )
        if tenth % 10 == 0:
            reading = EngineReading(running=5 if late else 1, waiting=1, kv_usage=t / 100, preemptions=tenth // 10)
            found.add(Engine(t=t, reading=reading))
            busiest, cores = (0.9, 1.2) if late else (0.1, 0.1)
            used = {"engine_cpu": cores, "engine_cpu_busiest": busiest}
            found.add(Host(t=t, cores=(1.0, 2.0), mem_used=1, mem_total=2, **used))
            found.add(Gpu(t=t, gpus=(gpu(80.0 if late else 5.0),)))
    return found


def test_only_the_last_seconds_are_evidence():
    seen = window().evidence(19.95, ClientReading(), {})
    assert seen.agents == pytest.approx(8)
    assert seen.in_flight == pytest.approx(6)
    assert seen.tok_s == pytest.approx(50)
    assert (seen.running, seen.waiting, seen.engine_cpu) == (5, 1, pytest.approx(0.9))
    assert seen.engine_share == pytest.approx(0.6)
    assert seen.gpus.util == 80
    assert seen.client_limited == pytest.approx(0.5, abs=0.02)


@pytest.mark.parametrize(
    ("tokens", "in_flight", "silent"), [(0, 3, True), (1, 3, False), (0, 0, False)], ids=["hung", "slow", "idle"]
)
def test_an_engine_that_has_requests_and_sends_nothing_is_silent(tokens, in_flight, silent):
    found = EvidenceWindow()
    for tenth in range(100):
        found.add_pulse(pulse(tenth / 10, tokens), 3, in_flight, limited=False)
    assert found.evidence(9.95, ClientReading(), {}).silent is silent


def test_the_first_seconds_are_too_short_to_call_an_engine_silent():
    found = EvidenceWindow()
    for tenth in range(30):
        found.add_pulse(pulse(tenth / 10, 0), 3, 3, limited=False)
    assert not found.evidence(2.95, ClientReading(), {}).silent


def test_preemptions_are_those_of_the_window_and_the_cache_is_at_its_fullest():
    seen = window().evidence(19.95, ClientReading(), {})
    assert seen.preemptions == 4
    assert seen.kv_usage == pytest.approx(0.19)


def test_a_window_without_events_is_evidence_of_nothing():
    seen = EvidenceWindow().evidence(5.0, ClientReading(), {})
    assert (seen.agents, seen.gpus, seen.running, seen.preemptions, seen.growth) == (0, None, None, None, None)


def seconds(agents, tokens):
    return {second: (agents(second), float(tokens(second))) for second in range(100)}


def test_growth_is_two_where_twice_the_agents_make_twice_the_tokens():
    assert growth(seconds(lambda s: s, lambda s: 10 * s), 100.0) == pytest.approx(2, rel=0.05)


def test_growth_is_one_where_the_tokens_stand():
    assert growth(seconds(lambda s: s, lambda s: 900), 100.0) == pytest.approx(1)


def test_growth_is_unknown_while_the_number_of_agents_stands():
    assert growth(seconds(lambda s: 50, lambda s: 900), 100.0) is None


def test_growth_is_unknown_before_there_is_a_past():
    assert growth({0: (1, 10.0)}, 1.0) is None


@given(st.lists(st.none() | st.floats(-1e6, 1e6)))
def test_a_mean_lies_between_the_known_values(values):
    known = [value for value in values if value is not None]
    found = mean(values)
    assert (found is None) == (not known)
    if found is not None:
        assert min(known) - 1e-6 <= found <= max(known) + 1e-6


def test_where_nobody_knows_whose_they_are_gpus_that_did_nothing_are_left_out():
    load = gpu_load([Gpu(t=t, gpus=(gpu(100.0, tensor=60.0), gpu(0.0, tensor=0.0))) for t in range(4)])
    assert (load.count, load.util, load.tensor) == (1, 100, 60)


def test_where_none_did_anything_all_are_seen():
    assert gpu_load([Gpu(t=1, gpus=(gpu(0.0), gpu(1.0)))]).count == 2


def test_gpus_that_take_turns_are_not_left_out():
    events = [Gpu(t=t, gpus=(gpu(100.0 * (t % 2)), gpu(100.0 * ((t + 1) % 2)))) for t in range(10)]
    assert gpu_load(events).count == 2


def test_an_instance_that_has_no_utilisation_is_as_busy_as_its_multiprocessors():
    assert gpu_load([Gpu(t=1, gpus=(gpu(None, sm=95.0),))]).util == 95


def test_gpus_that_were_seen_and_cannot_be_read_any_more_are_silent_not_absent():
    found = EvidenceWindow()
    assert not found.evidence(1.0, ClientReading(), {}).gpus_silent
    found.add(Gpu(t=1.0, gpus=(gpu(90.0),)))
    assert not found.evidence(2.0, ClientReading(), {}).gpus_silent
    assert found.evidence(60.0, ClientReading(), {}).gpus_silent


def test_seconds_without_a_token_say_nothing_of_growth():
    lead = seconds(lambda s: s, lambda s: 0 if 30 <= s < 60 else 900)
    assert growth(lead, 100.0) in (None, pytest.approx(1))
    assert growth(seconds(lambda s: 25 if s < 60 else 50, lambda s: 0 if s < 50 else 900), 100.0) == 1


def test_a_restart_of_the_engine_loses_no_preemption():
    found = EvidenceWindow()
    for t, count in enumerate((7, 9, 0, 3)):
        found.add(Engine(t=t, reading=EngineReading(preemptions=count)))
    assert found.evidence(3.5, ClientReading(), {}).preemptions == 5


def test_the_clients_machine_is_as_busy_as_all_its_cores_together():
    assert window().evidence(20.0, ClientReading(), {}).cores_busy == pytest.approx(0.015)
    assert EvidenceWindow().evidence(20.0, ClientReading(), {}).cores_busy is None

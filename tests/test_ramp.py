import pytest
from hypothesis import given
from hypothesis import strategies as st

from stress.errors import UsageError
from stress.ramp import MAX_AGENTS, Ramp, RampClock, Stage, parse_ramp

counts = st.integers(1, 500)
spans = st.floats(0.5, 600)


def test_a_linear_ramp_goes_evenly_from_a_to_b_and_holds_there():
    ramp = parse_ramp("6..200", over="60s", hold="20s")
    assert [ramp.agents(t) for t in (0, 30, 60, 79.9, 500)] == [6, 103, 200, 200, 200]
    assert ramp.duration == 80


def test_the_default_is_two_minutes_up_and_thirty_seconds_held():
    ramp = parse_ramp("6..200")
    assert ramp.duration == 150
    assert ramp.agents(120) == 200


def test_an_exponential_ramp_multiplies_by_the_same_factor_in_the_same_time():
    ramp = parse_ramp("4..64", over="40s", hold="0", shape="exp")
    assert [ramp.agents(t) for t in (0, 10, 20, 30, 40)] == [4, 8, 16, 32, 64]


def test_steps_stand_on_as_many_plateaus_from_a_to_b_as_asked_for():
    ramp = parse_ramp("10..40", over="40s", hold="0", shape="steps:4")
    assert [ramp.agents(t) for t in (0, 9.9, 10, 20, 30, 39)] == [10, 10, 20, 30, 40, 40]


def test_one_number_is_a_swarm_of_that_size_for_the_hold():
    ramp = parse_ramp("50", hold="1m")
    assert (ramp.duration, ramp.agents(0), ramp.agents(59)) == (60, 50, 50)


def test_one_number_runs_for_over_and_hold_where_over_is_given():
    assert parse_ramp("50", over="2m", hold="1m").duration == 180


def test_stages_go_to_each_number_in_its_time_up_and_down():
    ramp = parse_ramp(None, stages="6@30s,50@2m,200@5m,20@1m")
    assert [ramp.agents(t) for t in (0, 30, 150, 450, 480, 510)] == [1, 6, 50, 200, 110, 20]


def test_stages_start_from_agents_where_given():
    assert parse_ramp("6", stages="6@30s,50@1m").agents(15) == 6


def test_the_rate_follows_the_agents():
    ramp = parse_ramp("10..110", over="100s", hold="10s", rate="2..12")
    assert [ramp.rate(t) for t in (0, 50, 100, 105)] == [2, 7, 12, 12]


def test_the_rate_of_a_constant_swarm_follows_time():
    ramp = parse_ramp("10", hold="100s", rate="2..12")
    assert [ramp.rate(t) for t in (0, 50, 100)] == [2, 7, 12]


def test_without_a_rate_there_is_no_cap():
    assert parse_ramp("6..200").rate(10) is None


def test_a_shrinking_ramp_is_a_ramp():
    assert parse_ramp("9..1", over="8s", hold="0").agents(4) == 5


def test_the_schedule_reads_as_a_sentence():
    assert parse_ramp("6..200", over="2m", hold="30s").describe() == "6 → 200 agents over 2:00, held 0:30"
    assert parse_ramp("50", hold="1m").describe() == "50 agents for 1:00"


@given(counts, counts, spans, st.sampled_from(["linear", "exp", "steps:2", "steps:7"]), st.floats(0, 1200))
def test_agents_stay_between_both_ends_and_never_turn_back(start, end, seconds, shape, t):
    ramp = Ramp((Stage(start, end, seconds, shape),))
    low, high = sorted((start, end))
    now, later = ramp.agents(t), ramp.agents(t + 1)
    assert low <= now <= high
    assert (later - now) * (end - start) >= 0
    assert ramp.agents(seconds) == end
    assert ramp.agents(0) == start


@given(st.lists(st.tuples(counts, spans), min_size=1, max_size=5))
def test_the_outline_holds_every_corner_of_the_schedule(stages):
    ramp = parse_ramp(None, stages=",".join(f"{count}@{seconds:.3f}s" for count, seconds in stages))
    outline = dict(ramp.outline())
    end = 0.0
    for stage in ramp.stages:
        end += stage.seconds
        assert outline[end] == stage.end


@pytest.mark.parametrize(
    ("options", "found"),
    [
        ({"agents": "0"}, "0 agents"),
        ({"agents": "x..y"}, "'x..y'"),
        ({"agents": "6.."}, "'6..'"),
        ({"agents": "..6"}, "'..6'"),
        ({"agents": "-3"}, "-3 agents"),
        ({"agents": f"{MAX_AGENTS + 1}"}, f"1 to {MAX_AGENTS}"),
        ({"agents": "6..9", "over": "-5s"}, "--over"),
        ({"agents": "6..9", "hold": "soon"}, "--hold"),
        ({"agents": "6..9", "shape": "steps:1"}, "steps:N"),
        ({"agents": "6..9", "shape": "sine"}, "'sine'"),
        ({"agents": "6..9", "over": "0", "hold": "0"}, "0 s"),
        ({"agents": None, "stages": "6@30s,50"}, "'50'"),
        ({"agents": None, "stages": "0@30s"}, "0 agents"),
        ({"agents": None, "stages": "6@0s"}, "0 s"),
        ({"agents": None, "stages": "6@x"}, "--stages"),
        ({"agents": None, "stages": "6@5s", "over": "5s"}, "--over"),
        ({"agents": "6..9", "stages": "6@5s"}, "range"),
        ({"agents": "6", "rate": "0"}, "--rate"),
        ({"agents": "6", "rate": "2..x"}, "--rate"),
        ({"agents": "6", "rate": "nan"}, "--rate"),
    ],
)
def test_a_wrong_schedule_is_one_sentence_that_names_what_was_found(options, found):
    with pytest.raises(UsageError, match=r"\.$") as error:
        parse_ramp(**options)
    assert found in str(error.value)
    assert "\n" not in str(error.value)


def test_a_ramps_clock_stands_while_it_is_held_and_may_be_put_forward():
    clock = RampClock()
    assert clock.elapsed(50) == 0
    clock.started = 10
    assert [clock.hold(True, 15), clock.hold(True, 20)] == [True, False]
    clock.skip(30)
    assert clock.elapsed(1000) == 35
    assert [clock.hold(False, 25), clock.hold(False, 30)] == [True, False]
    assert clock.elapsed(26) == 36

from stress.events import Controlled
from stress.ramp import MAX_AGENTS, parse_ramp
from stress.runs.handle import Control
from stress.session.steering import Steering


def steering(agents: str = "10..110", begin: float = 5.0) -> Steering:
    steered = Steering(parse_ramp(agents, over="100s", hold="10s"))
    steered.begin(begin)
    return steered


def passed_over(steered: Steering, now: float) -> float:
    """The seconds that going to the next stage passed over."""
    recorded = steered.steer(Control("next_stage"), now)
    return 0 if recorded is None else recorded.value


def test_it_follows_the_ramp_from_when_it_began():
    steered = steering()
    assert [steered.agents(t) for t in (5, 55, 105, 200)] == [10, 60, 110, 110]
    assert not steered.over(114.9)
    assert steered.over(115)


def test_holding_stands_still_and_resuming_goes_on_from_there():
    steered = steering()
    steered.steer(Control("hold"), 25)
    assert (steered.agents(25), steered.agents(500), steered.phase(60)) == (30, 30, "hold")
    steered.steer(Control("resume"), 500)
    assert (steered.agents(500), steered.agents(510), steered.phase(510)) == (30, 40, "ramp")


def test_holding_twice_or_resuming_twice_changes_nothing():
    steered = steering()
    steered.steer(Control("hold"), 25)
    steered.steer(Control("hold"), 30)
    steered.steer(Control("resume"), 35)
    steered.steer(Control("resume"), 40)
    assert steered.elapsed(45) == 30


def test_a_held_run_is_never_over():
    steered = steering()
    steered.steer(Control("hold"), 100)
    assert not steered.over(1e6)


def test_a_nudge_stays_on_top_of_the_ramp():
    steered = steering()
    steered.steer(Control("step", 3), 6)
    steered.steer(Control("step", -1), 6)
    assert (steered.agents(5), steered.agents(55)) == (12, 62)


def test_a_target_is_the_number_of_agents_now_and_the_ramp_goes_on_from_there():
    steered = steering()
    assert steered.steer(Control("target", 100), 25) == Controlled(t=25, name="agents", value=70)
    assert (steered.agents(25), steered.agents(30)) == (100, 105)
    assert steered.steer(Control("target", 5), 55).value == -125
    assert steered.agents(55) == 5


def test_what_changes_nothing_is_not_recorded():
    steered = steering()
    assert steered.steer(Control("resume"), 20) is None
    assert steered.steer(Control("hold"), 25) == Controlled(t=25, name="hold")
    assert steered.steer(Control("hold"), 26) is None


def test_presses_below_one_agent_or_above_the_limit_are_not_saved_up():
    steered = steering("2")
    for _ in range(20):
        steered.steer(Control("step", -1), 6)
        assert steered.agents(6) >= 1
    steered.steer(Control("step", 1), 6)
    assert steered.agents(6) == 2
    steered.steer(Control("step", 10 * MAX_AGENTS), 6)
    assert steered.agents(6) == MAX_AGENTS


def test_the_next_stage_begins_at_once_and_what_was_passed_over_is_told():
    steered = Steering(parse_ramp(None, stages="10@10s,20@10s,30@10s"))
    steered.begin(5)
    assert passed_over(steered, 9) == 6
    assert (steered.elapsed(9), steered.agents(9)) == (10, 10)
    assert passed_over(steered, 14) == 5
    assert steered.agents(14) == 20
    assert passed_over(steered, 15) == 9
    assert steered.over(15)
    assert passed_over(steered, 16) == 0


def test_a_held_ramp_stays_held_at_the_next_stage():
    steered = Steering(parse_ramp(None, stages="10@10s,20@10s"))
    steered.begin(0)
    steered.steer(Control("hold"), 3)
    steered.steer(Control("next_stage"), 8)
    assert steered.elapsed(99) == 10
    steered.steer(Control("resume"), 100)
    assert steered.elapsed(101) == 11


def test_before_it_begins_there_is_no_next_stage():
    assert Steering(parse_ramp("1..9")).steer(Control("next_stage"), 99) is None


def test_the_phase_says_whether_the_schedule_moves():
    steered = steering()
    assert [steered.phase(t) for t in (6, 104, 106)] == ["ramp", "ramp", "hold"]


def test_before_it_begins_nothing_has_elapsed():
    assert Steering(parse_ramp("1..9")).elapsed(99) == 0

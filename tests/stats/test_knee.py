from hypothesis import given
from hypothesis import strategies as st

from stress.stats.knee import find_knee


def saturating(agents: int) -> float:
    return min(agents, 50) * 20.0


def test_the_knee_is_where_more_agents_stop_bringing_more_tokens():
    knee = find_knee((agents, saturating(agents)) for agents in range(1, 201))
    assert 45 <= knee.agents <= 60
    assert 950 <= knee.output_throughput <= 1000


def test_while_throughput_still_grows_there_is_no_knee():
    assert find_knee((agents, agents * 20.0) for agents in range(1, 201)) is None


def test_a_constant_swarm_has_no_knee():
    assert find_knee((50, 1000.0 + second) for second in range(60)) is None


def test_a_server_that_gets_slower_past_its_best_has_its_knee_before_the_best():
    knee = find_knee((agents, agents * 10.0 if agents < 40 else 400.0 - agents) for agents in range(1, 201))
    assert 30 <= knee.agents <= 45


def test_a_run_without_tokens_has_no_knee():
    assert find_knee((agents, 0.0) for agents in range(1, 100)) is None


@given(st.lists(st.tuples(st.integers(1, 300), st.floats(0, 1e5)), max_size=100), st.randoms())
def test_the_knee_does_not_depend_on_the_order_of_the_seconds(seconds, rng):
    shuffled = seconds[:]
    rng.shuffle(shuffled)
    assert find_knee(seconds) == find_knee(shuffled)

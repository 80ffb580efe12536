from hypothesis import given
from hypothesis import strategies as st

from stress.session.placement import Placement


def placement(workers: int) -> Placement:
    placed = Placement()
    for worker in range(workers):
        placed.add_worker(worker)
    return placed


def test_agents_are_spread_evenly():
    joined = placement(3).grow_to(8)
    assert joined == {0: [0, 3, 6], 1: [1, 4, 7], 2: [2, 5]}


def test_the_last_agents_leave_first():
    placed = placement(2)
    placed.grow_to(5)
    assert placed.shrink_to(2) == {0: [4, 2], 1: [3]}
    assert placed.population == 2


def test_an_agent_that_returns_goes_back_to_where_it_may_still_be_leaving():
    placed = placement(2)
    placed.grow_to(4)
    placed.shrink_to(2)
    placed.add_worker(2)
    assert placed.grow_to(4) == {0: [2], 1: [3]}


def test_a_new_worker_gets_the_new_agents_until_it_has_as_many():
    placed = placement(1)
    placed.grow_to(4)
    placed.add_worker(1)
    assert placed.grow_to(8) == {1: [4, 5, 6, 7]}


def test_the_agents_of_a_lost_worker_move_to_the_others():
    placed = placement(2)
    placed.grow_to(6)
    orphans = placed.lose_worker(0)
    assert orphans == [0, 2, 4]
    placed.add_worker(2)
    assert placed.move(orphans) == {2: [0, 2, 4]}
    assert [placed.home(agent) for agent in range(6)] == [2, 1, 2, 1, 2, 1]


@given(
    st.integers(1, 5),
    st.lists(st.one_of(st.tuples(st.just("size"), st.integers(0, 40)), st.tuples(st.just("lose"), st.integers(0, 9)))),
)
def test_whatever_happens_every_agent_lives_in_one_worker_that_is_there(workers, happenings):
    placed, alive, numbers = placement(workers), set(range(workers)), workers
    where: dict[int, int] = {}
    for what, amount in happenings:
        if what == "size":
            for worker, agents in placed.shrink_to(amount).items():
                for agent in agents:
                    assert where.pop(agent) == worker
            joined = placed.grow_to(amount)
        else:
            lost = sorted(alive)[amount % len(alive)]
            orphans = placed.lose_worker(lost)
            assert all(where[agent] == lost for agent in orphans)
            alive = alive - {lost} | {numbers}
            placed.add_worker(numbers)
            numbers += 1
            joined = placed.move(orphans)
        for worker, agents in joined.items():
            where |= dict.fromkeys(agents, worker)
        assert where == {agent: placed.home(agent) for agent in range(placed.population)}
        assert set(where.values()) <= alive

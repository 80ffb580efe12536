from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

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


def test_the_agents_of_a_lost_worker_wait_and_the_next_one_gets_them():
    placed = placement(2)
    placed.grow_to(6)
    assert placed.lose_worker(0) == 3
    assert placed.waiting == [0, 2, 4]
    assert placed.add_worker(2) == {2: [0, 2, 4]}
    assert [placed.home(agent) for agent in range(6)] == [2, 1, 2, 1, 2, 1]


def test_agents_wait_while_there_is_no_worker_and_can_leave_meanwhile():
    placed = placement(1)
    placed.grow_to(2)
    placed.lose_worker(0)
    assert placed.grow_to(6) == {}
    assert placed.shrink_to(4) == {}
    assert placed.add_worker(1) == {1: [0, 1, 2, 3]}


def test_a_new_worker_gets_its_share_from_all_over_the_crowded_ones_and_each_agent_moves_once_handed_over():
    placed = placement(1)
    placed.grow_to(8)
    placed.add_worker(1)
    assert placed.even_out(1) == {0: [0, 2, 4, 6]}
    assert placed.even_out(2) == {}
    assert {placed.home(agent) for agent in range(8)} == {0}
    assert [placed.hand_over(agent, 1) for agent in (0, 2, 4, 6)] == [1, 1, 1, 1]
    assert not placed.moving


def test_an_agent_that_left_while_it_moved_is_called_off():
    placed = placement(1)
    placed.grow_to(2)
    placed.add_worker(1)
    assert placed.even_out(1) == {0: [0]}
    placed.shrink_to(0)
    assert placed.hand_over(0, 1) is None
    placed.grow_to(2)
    assert placed.hand_over(0, 1) is None


def test_an_agent_that_has_gone_may_return_anywhere():
    placed = placement(1)
    placed.grow_to(4)
    placed.shrink_to(2)
    placed.add_worker(1)
    placed.gone([2])
    assert placed.grow_to(4) == {1: [2], 0: [3]}


class AnyOrder(RuleBasedStateMachine):
    """The placement beside a list of where every agent is, whatever happens in whatever order."""

    def __init__(self):
        super().__init__()
        self.placed = Placement()
        self.where: list[int | None] = []
        self.numbers = 0
        self.ordered: list[tuple[int, int]] = []

    def settle(self, joined):
        for worker, agents in joined.items():
            for agent in agents:
                assert self.where[agent] is None
                self.where[agent] = worker

    @rule(population=st.integers(0, 40))
    def grow(self, population):
        self.where += [None] * (population - len(self.where))
        self.settle(self.placed.grow_to(population))

    @rule(population=st.integers(0, 40))
    def shrink(self, population):
        left = [(agent, home) for agent, home in enumerate(self.where) if agent >= population and home is not None]
        leaving = self.placed.shrink_to(population)
        assert sorted((agent, home) for home, agents in leaving.items() for agent in agents) == left
        del self.where[population:]

    @rule()
    def add(self):
        number, self.numbers = self.numbers, self.numbers + 1
        self.settle(self.placed.add_worker(number))
        for home, agents in self.placed.even_out(number).items():
            assert {self.where[agent] for agent in agents} == {home}
            self.ordered += [(agent, number) for agent in agents]
        assert None not in self.where

    @precondition(lambda self: self.placed.workers)
    @rule(data=st.data())
    def lose(self, data):
        lost = data.draw(st.sampled_from(sorted(self.placed.workers)))
        assert self.placed.lose_worker(lost) == self.where.count(lost)
        self.where = [None if home == lost else home for home in self.where]

    @precondition(lambda self: self.ordered)
    @rule(data=st.data())
    def move(self, data):
        agent, order = self.ordered.pop(data.draw(st.integers(0, len(self.ordered) - 1)))
        home = self.placed.hand_over(agent, order)
        if home is not None:
            self.where[agent] = home

    @rule(agents=st.sets(st.integers(0, 40)))
    def go(self, agents):
        self.placed.gone(agents)

    @invariant()
    def every_agent_has_one_home_or_waits(self):
        assert [self.placed.home(agent) for agent in range(self.placed.population)] == self.where
        assert self.placed.waiting == [agent for agent, home in enumerate(self.where) if home is None]

    @invariant()
    def the_loads_are_right(self):
        assert self.placed._loads == {worker: self.where.count(worker) for worker in self.placed.workers}

    @invariant()
    def who_moves_still_lives_somewhere(self):
        assert set(self.placed._moving.items()) <= set(self.ordered)
        assert all(self.where[agent] is not None for agent in self.placed._moving)


TestAnyOrder = AnyOrder.TestCase

"""Who writes to whom."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stress.errors import UsageError
from stress.scenario.topology import EveryoneElse, parse_topology

SYMMETRIC = ["pairs", "rooms:2", "rooms:3", "rooms:6", "star", "tree:1", "tree:2", "tree:5", "all"]
EVERY = ["none", "ring", "random:1", "random:3", "random:40", *SYMMETRIC]

kinds = st.sampled_from(EVERY)
sizes = st.integers(1, 70)
seeds = st.integers(-5, 10**12)


def readers(text, i, n, seed=0):
    return list(parse_topology(text).neighbours(i, n, seed))


@given(kinds, sizes, seeds)
def test_neighbours_are_other_agents_that_are_there_each_once(text, n, seed):
    topology = parse_topology(text)
    for i in range(n):
        found = list(topology.neighbours(i, n, seed))
        assert all(0 <= j < n for j in found)
        assert i not in found
        assert len(set(found)) == len(found)


@given(kinds.filter(lambda text: text != "none"), st.integers(2, 70), seeds)
def test_nobody_is_left_alone_among_two_or_more(text, n, seed):
    topology = parse_topology(text)
    assert all(len(topology.neighbours(i, n, seed)) > 0 for i in range(n))


@given(kinds, sizes, seeds)
def test_are_neighbours_says_whether_the_first_writes_to_the_second(text, n, seed):
    topology = parse_topology(text)
    for i in range(n):
        named = set(topology.neighbours(i, n, seed))
        assert {j for j in range(-1, n + 2) if topology.are_neighbours(i, j, n, seed)} == named


@given(st.sampled_from(SYMMETRIC), sizes)
def test_who_is_written_to_can_write_back(text, n):
    topology = parse_topology(text)
    for i in range(n):
        assert all(topology.are_neighbours(j, i, n) for j in topology.neighbours(i, n))


@given(kinds, st.integers(0, 100), sizes)
def test_an_agent_that_is_not_there_writes_to_nobody(text, beyond, n):
    assert readers(text, n + beyond, n) == []
    assert readers(text, -1, n) == []


@pytest.mark.parametrize(
    ("text", "i", "n", "expected"),
    [
        ("none", 0, 5, []),
        ("pairs", 3, 6, [2]),
        ("pairs", 4, 5, [2, 3]),  # the odd last agent joins the pair before it
        ("pairs", 2, 5, [3, 4]),
        ("pairs", 0, 5, [1]),
        ("pairs", 0, 1, []),
        ("ring", 1, 4, [2]),
        ("ring", 3, 4, [0]),
        ("ring", 1, 2, [0]),
        ("rooms:3", 4, 9, [3, 5]),
        ("rooms:3", 7, 8, [6]),  # a last room of two stands
        ("rooms:3", 6, 7, [3, 4, 5]),  # a last room of one joins the room before
        ("rooms:6", 0, 1, []),
        ("rooms:6", 2, 4, [0, 1, 3]),
        ("star", 0, 4, [1, 2, 3]),
        ("star", 3, 4, [0]),
        ("tree:2", 0, 7, [1, 2]),
        ("tree:2", 2, 6, [0, 5]),
        ("tree:2", 6, 7, [2]),
        ("tree:1", 2, 4, [1, 3]),
        ("all", 2, 4, [0, 1, 3]),
        ("random:3", 1, 3, [0, 2]),
        ("random:9", 0, 2, [1]),
    ],
)
def test_small_swarms_by_hand(text, i, n, expected):
    assert readers(text, i, n) == expected


@pytest.mark.parametrize(
    ("text", "leads"),
    [("rooms:3", [0, 3, 6]), ("star", [0]), ("tree:2", [0]), ("pairs", [0]), ("all", [0]), ("ring", [0])],
)
def test_the_lead_stands_at_the_hub_the_root_or_first_in_each_room(text, leads):
    topology = parse_topology(text)
    assert [i for i in range(8) if topology.lead(i)] == leads


@given(st.integers(1, 12), st.integers(2, 300), seeds)
def test_random_names_as_many_as_it_should(k, n, seed):
    assert len(readers(f"random:{k}", n // 2, n, seed)) == min(k, n - 1)


@given(st.integers(1, 12), st.integers(13, 300), seeds)
def test_a_newcomer_replaces_at_most_one_of_a_random_agents_readers(k, n, seed):
    if n & (n - 1) == 0:
        return  # at a power of two the draw gains a bit; see the next test
    before, after = set(readers(f"random:{k}", 3, n, seed)), set(readers(f"random:{k}", 3, n + 1, seed))
    assert after - before <= {n}


def test_a_doubled_swarm_keeps_about_half_of_each_random_agents_readers():
    kept = [len(set(readers("random:4", i, 128, 7)) & set(readers("random:4", i, 256, 7))) for i in range(128)]
    assert 0.35 < sum(kept) / (4 * 128) < 0.65


def test_random_draws_are_spread_over_the_whole_swarm():
    heard = [0] * 200
    for i in range(200):
        for j in readers("random:3", i, 200, 11):
            heard[j] += 1
    assert max(heard) <= 12
    assert heard.count(0) < 200 * 0.12  # e^-3 is 0.05


def test_another_seed_is_another_random_graph():
    graphs = [tuple(tuple(readers("random:3", i, 50, seed)) for i in range(50)) for seed in (1, 2, -1)]
    assert len(set(graphs)) == 3


def test_everyone_else_builds_no_list_for_ten_thousand():
    everyone = parse_topology("all").neighbours(5000, 10_000)
    assert isinstance(everyone, EveryoneElse)
    assert len(everyone) == 9999
    assert everyone[4999] == 4999
    assert everyone[5000] == 5001
    assert everyone[-1] == 9999


@given(st.integers(0, 20), st.integers(0, 20), st.integers(0, 20))
def test_everyone_else_behaves_as_the_list_it_stands_for(me, first, end):
    lazy = EveryoneElse(me, first, end)
    plain = [index for index in range(first, end) if index != me]
    assert list(lazy) == plain == [lazy[k] for k in range(len(lazy))] == list(reversed(lazy))[::-1]
    assert lazy[1:-1] == tuple(plain[1:-1])
    assert [index for index in range(-3, 25) if index in lazy] == plain
    for outside in (len(plain), -len(plain) - 1):
        with pytest.raises(IndexError):
            lazy[outside]


@pytest.mark.parametrize("text", EVERY)
def test_a_topology_remembers_how_it_is_written(text):
    assert parse_topology(f" {text} ").text == text


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "write one of none"),
        ("circle", "is not a topology"),
        ("room:3", "did you mean 'rooms'"),
        ("Star", "did you mean 'star'"),
        ("ring:3", "takes no number"),
        ("ring:", "takes no number"),
        ("rooms", "needs a whole number from 2"),
        ("rooms:", "needs a whole number from 2"),
        ("rooms:1", "needs a whole number from 2"),
        ("tree:0", "needs a whole number from 1"),
        ("tree:-2", "needs a whole number from 1"),
        ("random:2.5", "needs a whole number"),
        ("random:٣", "needs a whole number"),
        ("random:10001", "to 10000"),
        ("random:" + "9" * 5000, "to 10000"),
        ("rooms:3:4", "needs a whole number"),
    ],
)
def test_nonsense_is_one_sentence(text, says):
    with pytest.raises(UsageError) as wrong:
        parse_topology(text)
    assert says in str(wrong.value)
    assert str(wrong.value).count(". ") == 0
    assert str(wrong.value).endswith(".")

import os

from hypothesis import given
from hypothesis import strategies as st

from stress.telemetry.machine_gpu import LocalGpus, MachineGpu
from stress.telemetry.ownership import GROWTH_BYTES, LOOK_EVERY_S, Owner, engine_gpus

GIB = 1 << 30


def stock(*used_gib: float) -> list[MachineGpu]:
    return [MachineGpu(index, "H", f"GPU-{index}", 80 * GIB, int(used * GIB)) for index, used in enumerate(used_gib)]


NOBODY = (None, None, None)


def test_the_drivers_word_on_who_computes_where_comes_first():
    processes = (frozenset({7}), frozenset({8, 42}), frozenset())
    assert engine_gpus(processes, {41, 42}, stock(9, 9, 9), {"GPU-0"}, stock(0, 0, 0)) == {1}


def test_in_a_container_the_gpus_that_it_was_shown_are_its_own():
    assert engine_gpus((frozenset({99}),) * 3, {42}, stock(9, 9, 9), {"GPU-0", "GPU-2"}, None) == {0, 2}


def test_of_those_only_the_ones_that_it_has_taken_memory_of():
    assert engine_gpus(NOBODY, {42}, stock(9, 9, 0.1), {"GPU-1", "GPU-2"}, stock(0, 0, 0)) == {1}


def test_without_any_other_sign_memory_that_came_with_it_tells():
    assert engine_gpus(NOBODY, {42}, stock(70, 71, 5), None, stock(0, 0, 5)) == {0, 1}


def test_a_little_more_memory_tells_nothing():
    assert engine_gpus(NOBODY, {42}, stock(0.1, 0, 0), None, stock(0, 0, 0)) is None


def test_memory_that_cannot_be_read_tells_nothing():
    unknown = [MachineGpu(0, "H", "GPU-0", None, None)]
    assert engine_gpus((None,), {42}, unknown, None, unknown) is None


def test_somebody_elses_engine_in_a_container_is_not_known():
    assert engine_gpus(NOBODY, set(), stock(9, 9, 9), None, None) is None


def test_gpus_that_are_not_there_any_more_leave_it_unknown():
    assert engine_gpus(NOBODY, {42}, stock(9, 9, 9), {"GPU-7"}, None) is None


@given(st.lists(st.tuples(st.integers(0, 80 * GIB), st.integers(0, 80 * GIB)), min_size=1, max_size=14))
def test_whatever_memory_does_only_gpus_that_are_there_are_named(pairs):
    before = [MachineGpu(index, "H", f"GPU-{index}", 80 * GIB, used) for index, (used, _) in enumerate(pairs)]
    now = [MachineGpu(index, "H", f"GPU-{index}", 80 * GIB, used) for index, (_, used) in enumerate(pairs)]
    found = engine_gpus((None,) * len(pairs), {1}, now, None, before)
    expected = {index for index, (first, then) in enumerate(pairs) if then - first >= GROWTH_BYTES}
    assert (found or set()) == expected


class Local(LocalGpus):
    origin = "a test"

    def __init__(self) -> None:
        self.used = [0.0, 0.0]
        self.asked = 0

    def read(self):
        return ()

    def inventory(self):
        self.asked += 1
        return stock(*self.used)

    def processes(self):
        return (None, None)


class Remote:
    origin = "elsewhere"

    def read(self):
        return ()


def test_an_owner_looks_every_few_seconds_and_keeps_what_it_knew():
    now = [0.0]
    gpus = Local()
    owner = Owner(set, None, stock(0, 0), lambda: now[0])
    assert owner.places(gpus) is None
    gpus.used = [9.0, 0.0]
    assert owner.places(gpus) is None
    now[0] += LOOK_EVERY_S
    assert owner.places(gpus) == {0}
    gpus.used, now[0] = [0.0, 0.0], now[0] + LOOK_EVERY_S
    assert owner.places(gpus) == {0}
    assert gpus.asked == 3


def test_another_machines_gpus_are_nobodys_here():
    assert Owner(set, None, stock(0, 0)).places(Remote()) is None


class Telling(Local):
    users: tuple = ()

    def processes(self):
        return self.users


def test_a_gpu_that_is_lost_stays_whose_it_was():
    now, gpus, ours = [0.0], Telling(), frozenset({os.getpid()})
    owner = Owner(lambda: {os.getpid()}, None, None, lambda: now[0])
    seen = []
    for gpus.users in ((ours, ours), (ours, None), (ours, frozenset())):
        seen.append(owner.places(gpus))
        now[0] += LOOK_EVERY_S
    assert seen == [{0, 1}, {0, 1}, {0}]

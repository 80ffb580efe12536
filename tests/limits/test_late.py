import pytest

from stress.limits.late import ADVICE, LATE, cpu_user


@pytest.mark.parametrize(
    ("user", "busiest", "workers", "cores", "cores_busy", "engine"),
    [
        ("client", 0.95, 0.95, 32, 4.0, 1.0),
        ("client", 0.95, 0.95, 2, 2.0, 1.0),
        ("engine", 0.04, 0.04, 2, 1.95, 1.7),
        ("engine", 0.3, 0.6, 8, 8.0, 5.0),
        ("others", 0.04, 0.04, 2, 1.95, 0.1),
        ("others", 0.04, 0.04, 2, 1.95, None),
        (None, 0.04, 0.04, 2, 1.2, 1.1),  # a core is free
        (None, 0.85, 1.7, 2, 1.98, None),  # full of nothing but load workers
        (None, 0.04, 0.04, 0, None, None),
        (None, None, 0.0, 2, None, None),
    ],
)
def test_who_takes_the_cpu_from_a_late_client(user, busiest, workers, cores, cores_busy, engine):
    assert cpu_user(busiest, workers, cores, cores_busy, engine) == user


def test_more_workers_are_advised_only_where_a_worker_needs_its_core():
    assert [user for user in LATE if "--workers" in ADVICE[user]] == ["client"]
    assert set(ADVICE) == set(LATE)

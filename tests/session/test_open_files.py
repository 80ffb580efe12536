import resource

import pytest

from stress.errors import UsageError
from stress.session import open_files as limits
from stress.session.worker_pool import most_workers


@pytest.fixture
def few_files(monkeypatch):
    monkeypatch.setattr(limits, "raise_open_files", lambda: 1024)


def test_a_ramp_that_fits_is_let_through(few_files):
    limits.check_open_files(900, None)
    limits.check_open_files(1800, 2)


def test_a_ramp_that_needs_more_files_than_allowed_is_refused_with_the_numbers(few_files):
    with pytest.raises(UsageError, match=r"10064 open files.*allows 1024.*--workers 11\."):
        limits.check_open_files(10_000, None)


def test_the_number_of_workers_that_is_advised_is_enough(few_files):
    limits.check_open_files(10_000, 11)


def test_the_soft_limit_is_raised_to_the_hard_one():
    assert limits.raise_open_files() == resource.getrlimit(resource.RLIMIT_NOFILE)[1]


@pytest.mark.parametrize(
    ("cores", "local", "most"), [(2, True, 1), (2, False, 1), (64, True, 16), (64, False, 63), (512, False, 64)]
)
def test_auto_leaves_cores_to_the_screen_and_most_of_them_to_an_engine_beside_it(cores, local, most):
    assert most_workers(cores, local) == most

import sys

from stress.engines.adapter import EngineSpec
from stress.engines.aphrodite import Aphrodite

ADAPTER = Aphrodite()
BASE = ("python", "-m", "aphrodite.entrypoints.cli.main", "run")


def launch(**keys):
    return ADAPTER.launch(BASE, EngineSpec(name="aphrodite", model="org/model", **keys), 8123)


def test_the_command_with_nothing_asked_for_is_the_model_and_where_it_listens():
    assert launch().argv == (*BASE, "org/model", "--host", "127.0.0.1", "--port", "8123")


def test_every_common_key_is_its_own_flag():
    assert launch(tp=2, pp=3, np=64, ctx=4096, dummy=True).argv[len(BASE) + 5 :] == tuple(
        "--tensor-parallel-size 2 --pipeline-parallel-size 3 --max-num-seqs 64 --max-model-len 4096 "
        "--load-format dummy".split()
    )


def test_it_reports_nothing_to_its_makers():
    assert launch().env == {"APHRODITE_NO_USAGE_STATS": "1"}


def test_its_metrics_have_its_own_prefix():
    names = [name for names in vars(ADAPTER.metrics).values() for name in names]
    assert names
    assert all(name.startswith("aphrodite:") for name in names)


def test_it_is_found_as_its_distribution(only_installed):
    only_installed({"aphrodite-engine": "0.24.1"})
    found = ADAPTER.find()
    assert (found.version, found.base) == ("0.24.1", (sys.executable, *BASE[1:]))
    only_installed({})
    assert ADAPTER.find() is None

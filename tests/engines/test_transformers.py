import sys

import pytest

from stress.client.ask import ProbeResponse
from stress.engines.adapter import ProbeResponses
from stress.engines.spec import parse_engine
from stress.engines.transformers import Transformers
from stress.errors import UsageError

ADAPTER = Transformers()
BASE = ("python", "-m", "transformers.cli.transformers", "serve")


def argv(text=""):
    return ADAPTER.launch(BASE, parse_engine(f"transformers:org/model{text}")[1], 8123).argv


def test_it_batches_continuously_by_default():
    assert argv() == (*BASE, "org/model", "--host", "127.0.0.1", "--port", "8123", "--continuous-batching")


def test_the_user_may_say_no():
    assert argv(",continuous-batching=false")[-1] == "--no-continuous-batching"


def test_any_other_key_is_passed_on():
    assert argv(",attn-implementation=sdpa,trust-remote-code=true")[-3:] == (
        "--attn-implementation",
        "sdpa",
        "--trust-remote-code",
    )


def test_on_a_cpu_its_cache_is_small_unless_the_user_says_how_large():
    words = argv(",device=cpu")
    assert words[words.index("--cb-num-blocks") + 1] == "64"
    words = argv(",device=cpu,cb-num-blocks=8")
    assert words[words.index("--cb-num-blocks") + 1] == "8"
    assert words.count("--cb-num-blocks") == 1


@pytest.mark.parametrize("text", ["", ",device=cuda:0", ",device=cpu,continuous-batching=false"])
def test_elsewhere_its_cache_is_its_own_affair(text):
    assert "--cb-num-blocks" not in argv(text)


@pytest.mark.parametrize("key", ["tp=2", "pp=2", "np=4", "ctx=4096", "dummy=true"])
def test_what_it_lacks_is_refused_with_the_reason(key):
    with pytest.raises(UsageError, match=r"transformers serve has no \w+: it "):
        argv(f",{key}")


def test_it_runs_in_the_environment_that_has_it(only_installed):
    only_installed({"transformers": "5.19.0"})
    found = ADAPTER.find()
    assert (found.version, found.base) == ("5.19.0", (sys.executable, *BASE[1:]))
    only_installed({})
    assert ADAPTER.find() is None


def answers(paths, listed=b'{"object": "list", "data": []}'):
    return ProbeResponses(
        ProbeResponse(200, {}, listed), {"/openapi.json": ProbeResponse(200, {}, paths)}, "/models/mine"
    )


def test_it_is_known_by_its_paths_even_if_it_lists_nothing():
    found = ADAPTER.recognise(answers(b'{"paths": {"/load_model": {}, "/v1/chat/completions": {}}}'))
    assert (found.engine, found.model) == ("transformers", "/models/mine")


@pytest.mark.parametrize("page", [b"{}", b"[]", b'{"paths": ["/load_model"]}', b'{"paths": {"/v1/models": {}}}'])
def test_another_of_the_same_framework_is_another(page):
    assert ADAPTER.recognise(answers(page)) is None


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("Loading weights:  50%|#####     | 10/21 [00:00<00:00, 18281.52it/s]", "loading weights, 50 %"),
        ("INFO:     Uvicorn running on http://127.0.0.1:18771 (Press CTRL+C to quit)", "weights loaded"),
    ],
)
def test_the_log_tells_how_far_the_start_is(line, words):
    assert [s.words.format(*found.groups()) for s in ADAPTER.steps if (found := s.regex.search(line))] == [words]

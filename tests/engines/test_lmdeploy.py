import sys

import pytest

from stress.engines.adapter import EngineSpec
from stress.engines.lmdeploy import Lmdeploy
from stress.engines.spec import parse_engine
from stress.errors import UsageError

ADAPTER = Lmdeploy()
BASE = ("python", "-m", "lmdeploy", "serve", "api_server")


def argv(**keys):
    return ADAPTER.launch(BASE, EngineSpec(name="lmdeploy", model="org/model", **keys), 8123).argv


def test_the_command_with_nothing_asked_for_is_the_model_and_where_it_listens():
    assert argv() == (*BASE, "org/model", "--server-name", "127.0.0.1", "--server-port", "8123")


def test_every_common_key_that_it_has_is_its_own_flag():
    assert argv(tp=2, np=64, ctx=4096)[len(BASE) + 5 :] == tuple(
        "--tp 2 --max-batch-size 64 --session-len 4096".split()
    )


def test_any_other_key_is_passed_on_and_a_switch_that_is_off_is_left_out():
    flags = {"backend": "pytorch", "enable-prefix-caching": "true", "eager-mode": "false"}
    assert argv(flags=flags)[-3:] == ("--backend", "pytorch", "--enable-prefix-caching")


@pytest.mark.parametrize("tp", [1, 2, 4, 8, 16])
def test_powers_of_two_are_sizes(tp):
    assert parse_engine(f"lmdeploy:m,tp={tp}")[1].tp == tp


@pytest.mark.parametrize(("tp", "near"), [(3, 2), (6, 4), (12, 8)])
def test_another_size_is_refused_with_one_that_would_do(tp, near):
    with pytest.raises(UsageError, match=rf"tp={tp} is wrong: LMDeploy needs a power of two, such as {near}\."):
        parse_engine(f"lmdeploy:m,tp={tp}")


@pytest.mark.parametrize(("key", "said"), [("pp=2", "pipeline parallelism"), ("dummy=true", "needs real weights")])
def test_a_key_that_it_lacks_is_refused_with_the_reason(key, said):
    with pytest.raises(UsageError, match=said):
        parse_engine(f"lmdeploy:m,{key}")


LOG = [
    ("Loading weights from safetensors:  25%|██▌       | 1/4", "loading weights, 25 %"),
    ("Loading:  51%|█████     | 17/33", "loading weights, 51 %"),
    ("Warming up decoding:  40%|████      | 4/10", "warming up, 40 %"),
    ("INFO:     Application startup complete.", "engine ready"),
]


@pytest.mark.parametrize(("line", "words"), LOG)
def test_the_log_tells_how_far_the_start_is(line, words):
    found = [(step, match) for step in ADAPTER.steps if (match := step.regex.search(line))]
    assert [step.words.format(*match.groups(default="?")) for step, match in found][-1] == words


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("AssertionError: no valid parallel config: dp=1, tp=3, ep=1, cp=1", "bad_parallelism"),
        ("RuntimeError: No enough gpu memory for kv cache.", "does_not_fit"),
        ("[TM][ERROR] CUDA runtime error: out of memory /src/memory_utils.cu:32", "out_of_gpu_memory"),
        ("RuntimeError: Failed to find valid checkpoint under '/models/none'", "missing_model"),
    ],
)
def test_the_log_tells_what_is_wrong(line, name):
    assert next(trouble.name for trouble in ADAPTER.troubles if trouble.regex.search(line)) == name


def test_it_is_found_as_its_distribution(only_installed):
    only_installed({"lmdeploy": "0.18.0"})
    assert ADAPTER.find().base == (sys.executable, *BASE[1:])
    only_installed({})
    assert ADAPTER.find() is None

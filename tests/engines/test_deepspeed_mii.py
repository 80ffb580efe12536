import json
import subprocess
import sys

import pytest

from stress.engines import deepspeed_mii
from stress.engines.deepspeed_mii import DeepSpeedMii
from stress.engines.spec import parse_engine

ADAPTER = DeepSpeedMii()

SERVE = "import json\ndef serve(**options):\n    print('serve', json.dumps(options), flush=True)\n"
SERVER = "import json, sys\nassert __name__ == '__main__'\nprint('server', json.dumps(sys.argv), flush=True)\n"


def run(tmp_path, text=""):
    """What the script asks of the package: the options of `mii.serve`, and the server's command line."""
    launched = ADAPTER.launch((sys.executable, deepspeed_mii.STARTER), parse_engine(f"deepspeed-mii:{text}")[1], 8123)
    package = tmp_path / "mii" / "entrypoints"
    package.mkdir(parents=True)
    (package.parent / "__init__.py").write_text(SERVE)
    (package / "__init__.py").write_text("")
    (package / "openai_api_server.py").write_text(SERVER)
    (tmp_path / deepspeed_mii.STARTER).write_text(launched.files[deepspeed_mii.STARTER])
    done = subprocess.run(launched.argv, cwd=tmp_path, timeout=30, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    said = dict(line.split(" ", 1) for line in done.stdout.splitlines())
    options, argv = json.loads(said["serve"]), json.loads(said["server"])
    ports = {key: options.pop(key) for key in ("port_number", "torch_dist_port", "zmq_port_number")}
    assert len(set(ports.values())) == 3
    assert argv[-2:] == ["--load-balancer", f"localhost:{ports['port_number']}"]
    return options, argv[1:-2]


def test_the_model_is_served_and_then_the_server_put_before_it(tmp_path):
    options, argv = run(tmp_path, "org/model")
    assert options == {
        "model_name_or_path": "org/model",
        "deployment_name": "agent-stress-8123",
        "tensor_parallel": 1,
    }
    assert argv == "--model org/model --deployment-name agent-stress-8123 --host 127.0.0.1 --port 8123".split()


def test_the_common_keys_are_options_of_serve(tmp_path):
    options, _ = run(tmp_path, "m,tp=2,ctx=4096,gpus=2+3")
    assert (options["tensor_parallel"], options["max_length"], options["device_map"]) == (2, 4096, [[2, 3]])


def test_any_other_key_is_an_option_of_serve_but_for_those_of_the_server(tmp_path):
    options, argv = run(tmp_path, "m,quantization-mode=wf6af16,replica_num=2,sync_debug=True,response-role=bot")
    assert (options["quantization_mode"], options["replica_num"], options["sync_debug"]) == ("wf6af16", 2, True)
    assert argv[-2:] == ["--response-role", "bot"]


@pytest.mark.parametrize("model", ['it\'s {a} "model"', "a\\b", "é\nü"])
def test_a_model_of_any_name_comes_through_unharmed(tmp_path, model):
    options, argv = run(tmp_path, model)
    assert (options["model_name_or_path"], argv[1]) == (model, model)


def test_gpus_have_nvmls_numbers():
    launched = ADAPTER.launch(("x",), parse_engine("deepspeed-mii:m,gpus=1")[1], 1)
    assert launched.env == {"CUDA_DEVICE_ORDER": "PCI_BUS_ID"}


def test_it_runs_in_the_environment_that_has_it(only_installed):
    only_installed({"deepspeed-mii": "0.3.3"})
    found = ADAPTER.find()
    assert (found.version, found.base) == ("0.3.3", (sys.executable, deepspeed_mii.STARTER))
    only_installed({})
    assert ADAPTER.find() is None


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("RuntimeError: server crashed for some reason, unable to proceed", "engine_dead"),
        ("ValueError: Only able to place 0 replicas, but 1 replicas were requested.", "bad_parallelism"),
        ("torch.OutOfMemoryError: CUDA out of memory.", "out_of_gpu_memory"),
    ],
)
def test_the_log_tells_what_is_wrong(line, name):
    assert [trouble.name for trouble in ADAPTER.troubles if trouble.regex.search(line)] == [name]

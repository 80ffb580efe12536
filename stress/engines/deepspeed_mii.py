"""DeepSpeed-MII: https://github.com/deepspeedai/DeepSpeed-MII#getting-started-with-mii, unmaintained since July 2025.

Two steps, by a script: `mii.serve` starts the model's processes and returns, then the package's own OpenAI-compatible
server is put before them. That server could call `mii.serve` itself, but passes on only some of its options
(deepspeed-mii 0.3.3: mii/api.py, mii/config.py, mii/entrypoints/openai_api_server.py).
"""

import json
from collections.abc import Mapping
from typing import ClassVar

from stress.client.failures import Words
from stress.engines.adapter import Adapter, EngineSpec, Key, Launch
from stress.engines.flags import common_flags, json_value
from stress.engines.installed import Package
from stress.engines.log_lines import TORCH, step, trouble

STARTER = "start_mii.py"
SCRIPT = '''\
"""Start the model's processes, then the OpenAI-compatible server before them."""

import json
import runpy
import socket
import sys

import mii

SERVE = json.loads({serve})
SERVER = json.loads({server})


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


if __name__ == "__main__":
    balancer = free_port()
    ports = {{"port_number": balancer, "torch_dist_port": free_port(), "zmq_port_number": free_port()}}
    mii.serve(**(ports | SERVE))
    print("MII serves the model", flush=True)
    sys.argv = ["openai_api_server", *SERVER, "--load-balancer", f"localhost:{{balancer}}"]
    runpy.run_module("mii.entrypoints.openai_api_server", run_name="__main__", alter_sys=True)
'''
SERVER_FLAGS = frozenset(("chat-template", "response-role"))
"""Those of the server; every other flag is an option of `mii.serve`."""


class DeepSpeedMii(Adapter):
    """The package `deepspeed-mii`, in whatever environment has the command `deepspeed`."""

    name = "deepspeed-mii"
    title = "DeepSpeed-MII"
    how_to_get = "pip install deepspeed-mii (NVIDIA GPUs; unmaintained since July 2025)"
    packages = (Package("deepspeed-mii", STARTER, "deepspeed"),)  # MII has no command, but the library below it has
    keys = frozenset(("tp", "ctx", "gpus", "port"))
    no_key: ClassVar[Mapping[Key, str]] = {
        "pp": "supports only tensor parallelism",
        "np": "has no such limit and batches all waiting requests",
        "dummy": "needs a model with weights",
    }
    example = "deepspeed-mii:mistralai/Mistral-7B-Instruct-v0.1,tp=2"
    steps = (
        step(r"Hostfile .* not found, creating hostfile", "starting its processes"),
        step(r"Loading checkpoint shards:\s+(\d+)%", "loading weights, {0} %"),
        step(r"waiting for server to start", "loading weights"),
        step(r"server has started on ports|MII serves the model", "weights loaded"),
    )
    troubles = (
        trouble("missing_model", r"is not a valid model identifier|Repo id must", "check the model's name"),
        trouble("bad_parallelism", r"Only able to place \d+ replicas", "choose a smaller tp or replica_num"),
        trouble("engine_dead", r"server crashed for some reason"),
        *TORCH,
    )
    failures = (Words("model_not_found", 400, r"Model .{1,200} not found\. Please use"),)
    owners = ("deepspeed-mii",)

    def launch(self, base: tuple[str, ...], spec: EngineSpec, port: int) -> Launch:
        """The script with all options in it; the arguments only say in the record what it runs."""
        flags = {key.replace("-", "_"): json_value(text) for key, text in spec.flags.items() if key not in SERVER_FLAGS}
        serve = {
            "model_name_or_path": spec.model,
            "deployment_name": f"agent-stress-{port}",
            "tensor_parallel": spec.tp or 1,
            "max_length": spec.ctx,
            # Its launcher overwrites CUDA_VISIBLE_DEVICES with these.
            "device_map": [list(spec.gpus)] if spec.gpus else None,
        } | flags
        server = [
            *("--model", spec.model or "", "--deployment-name", f"agent-stress-{port}"),
            *common_flags(spec, port),
            *(word for key, text in spec.flags.items() if key in SERVER_FLAGS for word in (f"--{key}", text)),
        ]
        options = {key: value for key, value in serve.items() if value is not None}
        script = SCRIPT.format(serve=repr(json.dumps(options)), server=repr(json.dumps(server)))
        # Its GPUs' numbers are CUDA's, which by default begin with the fastest; ours are NVML's.
        return Launch(argv=base, env={"CUDA_DEVICE_ORDER": "PCI_BUS_ID"}, files={STARTER: script})

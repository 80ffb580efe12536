"""Ollama: https://docs.ollama.com/faq (its settings are environment variables), https://docs.ollama.com/api.

`ollama serve` names no model: it loads what the first request names, which would be measured as that request's TTFT,
and it unloads a model that rests for 5 minutes. So a small script starts it, loads the model and has it stay.
"""

import os
import re
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, ClassVar

from stress.client.ask import ProbeRequest
from stress.client.failures import Words
from stress.engines.adapter import Adapter, EngineSpec, Identity, Key, Launch, ProbeResponses
from stress.engines.installed import Installed, find_program
from stress.engines.log_lines import step, trouble
from stress.errors import UsageError

STARTER = "start_ollama.py"
SCRIPT = '''\
"""Start `ollama serve`, load one model, and stay with it. An empty prompt loads a model and generates nothing."""

import json
import subprocess
import sys
import time
import urllib.error
import urllib.request

program, model, root = sys.argv[1:]
open_url = urllib.request.build_opener(urllib.request.ProxyHandler({})).open
server = subprocess.Popen([program, "serve"])
while server.poll() is None:
    try:
        open_url(root + "/api/version", timeout=5).close()
        break
    except OSError:
        time.sleep(0.1)
else:
    sys.exit(server.returncode)
print(f"loading model {model}", flush=True)
load = urllib.request.Request(root + "/api/generate", json.dumps({"model": model, "keep_alive": -1}).encode())
try:
    open_url(load).read()
    print(f"loaded model {model}", flush=True)
except urllib.error.HTTPError as error:
    print(f"ERROR: {error.read().decode(errors='replace')}", flush=True)
    server.terminate()
    server.wait()
    sys.exit(1)
sys.exit(server.wait())
'''
SYSTEM_MODELS = "/usr/share/ollama/.ollama/models"
"""Where Ollama's own installer has the service keep them."""


class Ollama(Adapter):
    """`ollama` from the PATH, with models that it has pulled."""

    name = "ollama"
    title = "Ollama"
    how_to_get = "curl -fsSL https://ollama.com/install.sh | sh, then: ollama pull MODEL"
    keys = frozenset(("np", "ctx", "gpus", "port"))
    no_key: ClassVar[Mapping[Key, str]] = {
        "tp": "puts whole layers on the GPUs; sched-spread=1 makes it use all of them",
        "pp": "puts whole layers on the GPUs; sched-spread=1 makes it use all of them",
        "dummy": "only runs models that it has pulled",
    }
    example = "ollama:llama3.2:1b,np=16,ctx=2048"
    lists_what_it_serves = False  # but all that it has pulled
    divides_heads = False
    spreads_by_itself = True
    ready_path = "/api/version"
    ready_line = re.compile(r"^loaded model ")
    steps = (
        step(r"Listening on \S+ \(version", "running, no model loaded yet"),
        step(r"^loading model (\S+)", "loading {0}"),
        step(r"offloaded (\d+/\d+) layers to GPU", "{0} layers on the GPU"),
        step(r"runner started in ([\d.]+) seconds", "loaded in {0} s"),
    )
    troubles = (
        trouble("missing_model", r"ERROR: .*model .* not found", "pull it first with ollama pull"),
        trouble("out_of_gpu_memory", r"cudaMalloc failed: out of memory", "use a smaller model, ctx or np"),
        trouble("does_not_fit", r"model requires more system memory", "use a smaller model, ctx or np"),
        trouble("port_in_use", r"bind: address already in use", "choose another port"),
        trouble("engine_dead", r"runner process has terminated|runner process no longer running"),
    )
    failures = (
        Words("queue_full", 503, r"maximum pending requests exceeded"),
        Words("model_not_found", 404, r"\bmodel .{1,200} not found"),
        Words("out_of_gpu_memory", 500, r"cudaMalloc failed: out of memory|model requires more system memory"),
        Words("engine_dead", 500, r"runner process has terminated|runner process no longer running"),
    )
    probes = (
        ProbeRequest("/api/version"),
        ProbeRequest("/api/ps"),
        ProbeRequest("/api/tags"),
        ProbeRequest("/api/show", '{"model": "{model}"}'),
    )
    owners = ("library",)

    def find(self) -> Installed | None:
        """`ollama` on the PATH; the starter runs with our own Python and needs nothing of it."""
        # It asks a running server first, then prints its own as `Warning: client version is …`.
        program = find_program("ollama", "--version", pattern=r"version (?:is )?(\d[\w.+-]*)\s*$")
        if program is None:
            return None
        return Installed(program.version, program.where, (sys.executable, STARTER, program.where))

    def prepare(self, spec: EngineSpec, corpus: str, say: Callable[[str], None]) -> EngineSpec:
        """See that the model was pulled: the server would only say so after it has started."""
        models = Path(os.environ.get("OLLAMA_MODELS") or Path.home() / ".ollama" / "models")
        where = manifest(spec.model or "")
        if (models / "manifests").is_dir() and not (models / where).is_file():
            hint = f"pull it with `ollama pull {spec.model}`"
            if Path(SYSTEM_MODELS, where).is_file():
                hint = (
                    f"Ollama's system service has it: set OLLAMA_MODELS={SYSTEM_MODELS}, or use the service with --url"
                )
            raise UsageError(f"Ollama has no model {spec.model!r} in {models}; {hint}.")
        return spec

    def launch(self, base: tuple[str, ...], spec: EngineSpec, port: int) -> Launch:
        """The starter; any key of the user's own is Ollama's variable of that name: `max-queue` OLLAMA_MAX_QUEUE."""
        address = f"127.0.0.1:{port}"
        settings = {
            "OLLAMA_HOST": address,
            "OLLAMA_NUM_PARALLEL": spec.np,
            "OLLAMA_CONTEXT_LENGTH": spec.ctx,  # each request's own
            "OLLAMA_KEEP_ALIVE": -1,
            "OLLAMA_SCHED_SPREAD": 1 if len(spec.gpus) > 1 else None,  # else it fills one GPU before the next
        }
        own = {f"OLLAMA_{key.upper().replace('-', '_')}": value for key, value in spec.flags.items()}
        return Launch(
            argv=(*base, spec.model or "", f"http://{address}"),
            env={name: str(value) for name, value in settings.items() if value is not None} | own,
            files={STARTER: SCRIPT},
        )

    def recognise(self, answers: ProbeResponses) -> Identity | None:
        """`/api/version` and `/api/ps`, which has the models in memory; `/api/show` describes the one asked for."""
        version, loaded = answers["/api/version"].fields.get("version"), answers["/api/ps"].fields.get("models")
        if version is None or not isinstance(loaded, list):
            return None
        name = full_name(answers.model or str(answers.entry.get("id") or ""))
        running, shown = _entry(loaded, name), answers["/api/show"].fields
        pulled = _entry(answers["/api/tags"].fields.get("models"), name)
        details = shown.get("details") or running.get("details") or pulled.get("details") or {}
        info = shown.get("model_info") or {}
        facts = {
            "parameter_size": details.get("parameter_size"),
            "n_ctx_train": info.get(f"{info.get('general.architecture')}.context_length"),
            "memory_bytes": running.get("size"),
            "gpu_bytes": running.get("size_vram"),
        }
        return Identity(
            engine=self.name,
            version=version,
            model=name or None,
            n_params=info.get("general.parameter_count"),
            weight_bytes=pulled.get("size"),
            context=running.get("context_length"),  # None until it is loaded
            quantization=details.get("quantization_level"),
            facts={key: value for key, value in facts.items() if value is not None},
        )


def full_name(model: str) -> str:
    """A model's name with its tag."""
    return model if not model or ":" in model.rpartition("/")[2] else f"{model}:latest"


def manifest(model: str) -> str:
    """Where a pulled model's manifest lies below the directory of models: host, namespace, name, tag."""
    path, _, tag = full_name(model).rpartition(":")
    parts = path.split("/")
    missing = ("registry.ollama.ai", "library")[: max(0, 3 - len(parts))]
    return "/".join(("manifests", *missing, *parts, tag))


def _entry(models: Any, name: str) -> dict[str, Any]:
    """The entry of this name in a list of Ollama's, empty if there is none."""
    entries = [entry for entry in models if isinstance(entry, dict)] if isinstance(models, list) else []
    return next((entry for entry in entries if full_name(str(entry.get("name"))) == name), {})

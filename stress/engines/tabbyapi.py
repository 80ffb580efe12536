"""ExLlama behind tabbyAPI, its makers' server: https://github.com/theroyallab/tabbyAPI/wiki.

No package has it: it is a checkout, whose main.py reads config.yml (common/config_models.py has all its keys). We give
it one of ours in a directory of its own, so that the checkout's stays as it is. ExLlamaV2 left it in July 2026.
"""

import json
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

from stress.client.ask import ProbeRequest
from stress.client.failures import Words
from stress.engines.adapter import Adapter, EngineSpec, Identity, Key, Launch, ProbeResponses
from stress.engines.flags import json_value
from stress.engines.installed import Installed
from stress.engines.log_lines import TORCH, step, trouble
from stress.errors import UsageError

CONFIG = "config.yml"
PAGE = 256
"""Tokens; the cache is a whole number of these."""


class TabbyApi(Adapter):
    """The checkout in TABBYAPI_DIR, or in ~/tabbyAPI."""

    name = "tabbyapi"
    title = "ExLlama (tabbyAPI)"
    short_title = "ExLlama"
    how_to_get = "git clone https://github.com/theroyallab/tabbyAPI, run its start.sh once, and set TABBYAPI_DIR to it"
    keys = frozenset(("tp", "np", "ctx", "gpus", "port"))
    no_key: ClassVar[Mapping[Key, str]] = {
        "pp": "fills one GPU after the other with layers unless tp is set",
        "dummy": "needs a model in its own quantised format",
    }
    example = "tabbyapi:/models/Llama-3.1-8B-exl3-4bpw,tp=2,np=32,ctx=4096"
    lists_what_it_serves = False  # but its whole directory of models
    divides_heads = False  # it splits unevenly where it has to
    spreads_by_itself = True
    steps = (
        step(r"Using backend (\S+)", "loading with {0}"),
        step(r"Loading with (tensor parallel|autosplit|a manual GPU split)", "loading weights with {0}"),
        step(r"Loading (?:model )?modules.*?(\d+)%", "loading weights, {0} %"),
        step(r"Model successfully loaded", "weights loaded"),
    )
    troubles = (
        trouble("missing_model", r"model path .* does not exist|No such file or directory: .*config\.json"),
        trouble("does_not_fit", r"Insufficient VRAM|Insufficient space in device split", "use a smaller np or ctx"),
        trouble("engine_dead", r"FATAL ERROR with generation"),
        trouble("bad_parallelism", r"All GPUs must be\s+ampere|Unable to run ExllamaV3 because an unsupported GPU"),
        *TORCH,
    )
    failures = (
        Words("context_exceeded", None, r"(?:Prompt|Context) length \d+ is greater than max_seq_len"),
        Words("model_not_found", 503, r"No models are currently loaded"),
    )
    probes = (ProbeRequest("/v1/model"),)
    owners = ("tabbyAPI",)

    def find(self) -> Installed | None:
        """A checkout, and the Python that its start script made for it, else ours. Its version is its commit."""
        directory = checkout()
        if not (directory / "main.py").is_file():
            return None
        found = (directory / place / "bin" / "python" for place in ("venv", ".venv"))
        python = str(next((path for path in found if path.exists()), sys.executable))
        return Installed(_commit(directory), str(directory), (python, str(directory / "main.py")))

    def prepare(self, spec: EngineSpec, corpus: str, say: Callable[[str], None]) -> EngineSpec:
        """The model's own directory: it loads nothing from a hub, and a name alone is one of its checkout's models."""
        written = Path(spec.model or "").expanduser()
        for directory in (written, checkout() / "models" / written):
            if (directory / "config.json").is_file():
                return replace(spec, model=str(directory.absolute()))
        raise UsageError(
            f"There is no model directory {spec.model}, nor in {checkout() / 'models'}; tabbyAPI can't load from the "
            "Hub, so download an EXL3 model first."
        )

    def check(self, spec: EngineSpec) -> None:
        """It splits over all GPUs that it sees."""
        if spec.tp and spec.gpus and spec.tp != len(spec.gpus):
            raise UsageError(
                f"tp={spec.tp} and {len(spec.gpus)} GPUs contradict each other: ExLlama uses all of them; leave tp out."
            )

    def launch(self, base: tuple[str, ...], spec: EngineSpec, port: int) -> Launch:
        """`main.py --config config.yml`; a key of the user's own is one of the file's section `model`, or SECTION.KEY.

        All requests share one cache, which by default has room for a single one of full length: np of them get np
        times as much.
        """
        model = Path(spec.model or "")
        cache = None if spec.ctx is None else -(-spec.ctx * (spec.np or 1) // PAGE) * PAGE
        asked = {
            "model_dir": str(model.parent),
            "model_name": model.name,
            "max_seq_len": spec.ctx,
            "cache_size": cache,
            "max_batch_size": spec.np,
            "tensor_parallel": (spec.tp or 1) > 1,
        }
        config: dict[str, dict[str, Any]] = {
            # Nobody but this machine reaches it, and its keys would have to be read out of its log.
            "network": {"host": "127.0.0.1", "port": port, "disable_auth": True, "api_servers": ["OAI"]},
            "model": {key: value for key, value in asked.items() if value is not None},
        }
        for key, value in spec.flags.items():
            section, dot, name = key.replace("-", "_").rpartition(".")
            config.setdefault(section if dot else "model", {})[name] = json_value(value)
        text = f"# {spec.model}\n{json.dumps(config, indent=2)}\n"  # YAML has JSON within it
        return Launch(argv=(*base, "--config", CONFIG), env=_first_gpus(spec), files={CONFIG: text})

    def recognise(self, answers: ProbeResponses) -> Identity | None:
        """A list that it signs; `/v1/model` has what is loaded."""
        if not answers.owned_by(*self.owners):
            return None
        loaded = answers["/v1/model"].fields
        parameters = loaded.get("parameters") or {}
        return Identity(
            engine=self.name,
            model=loaded.get("id") or answers.entry.get("id"),
            weight_bytes=(loaded.get("meta") or {}).get("size") or None,
            context=parameters.get("max_seq_len"),
            slots=parameters.get("max_batch_size"),
            facts={key: parameters[key] for key in ("cache_size", "cache_mode", "chunk_size") if parameters.get(key)},
        )


def checkout() -> Path:
    """Where the user says that it is, else where its makers' guide puts it."""
    return Path(os.environ.get("TABBYAPI_DIR") or "~/tabbyAPI").expanduser().absolute()


def _first_gpus(spec: EngineSpec) -> dict[str, str]:
    """It splits over all GPUs that it sees, so it is shown as many as it may use."""
    if spec.gpus or not spec.tp:
        return {}
    return {"CUDA_DEVICE_ORDER": "PCI_BUS_ID", "CUDA_VISIBLE_DEVICES": ",".join(map(str, range(spec.tp)))}


def _commit(directory: Path) -> str | None:
    """The commit that is checked out, without asking git."""
    try:
        head = (directory / ".git" / "HEAD").read_text().strip()
        if head.startswith("ref: "):
            head = (directory / ".git" / head.removeprefix("ref: ")).read_text().strip()
    except OSError:
        return None
    return head[:7]

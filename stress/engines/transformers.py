"""Hugging Face's `transformers serve`: https://huggingface.co/docs/transformers/serving.

Continuous batching is off by default, and without it requests are answered one after another. It is set up by the first
request, which so waits longest. On a CPU it takes most of the machine's memory for its cache and for an attention mask
as wide as that, and fills them: 70 s before the first token of a toy model, and 5 GB (5.19; 0.1 s with 64 pages).
"""

from collections.abc import Mapping
from typing import ClassVar

from stress.client.ask import ProbeRequest
from stress.client.failures import Words
from stress.engines.adapter import Adapter, EngineSpec, Identity, Key, Launch, ProbeResponses
from stress.engines.flags import common_flags, long_flags
from stress.engines.installed import Package
from stress.engines.log_lines import TORCH, step, trouble

SMALL_CACHE = {"cb-num-blocks": "64", "cb-max-batch-tokens": "256"}
"""For a CPU: 64 pages of 256 tokens."""


class Transformers(Adapter):
    """The reference implementation: one process, layers of a large model on one GPU after another."""

    name = "transformers"
    title = "transformers serve"
    short_title = "transformers"
    how_to_get = "pip install 'transformers[serving]' accelerate torch"
    packages = (Package("transformers", "-m transformers.cli.transformers serve", "transformers"),)
    keys = frozenset(("gpus", "port"))
    no_key: ClassVar[Mapping[Key, str]] = {
        "tp": "fills one GPU after the other with layers",
        "pp": "fills one GPU after the other with layers anyway",
        "np": "batches as many requests as cb-max-batch-tokens allows",
        "ctx": "always uses the model's own",
        "dummy": "needs a model with weights; `stress model make` writes one",
    }
    example = "transformers:meta-llama/Llama-3.2-1B-Instruct"
    lists_what_it_serves = False  # but all that lie in the cache
    divides_heads = False
    spreads_by_itself = True
    steps = (
        step(r"Loading (?:weights|checkpoint shards).*?(\d+)%", "loading weights, {0} %"),
        step(r"Uvicorn running on", "weights loaded"),
    )
    troubles = (
        trouble(
            "missing_model",
            r"is not a local folder and is not a valid model identifier|Repo id must|"
            r"no file named model\.safetensors",
            "check the model's name or directory",
        ),
        *TORCH,
    )
    failures = (
        Words("out_of_gpu_memory", 500, "CUDA out of memory"),
        Words("model_not_found", 400, "Server is pinned to"),
        Words("engine_dead", 503, "CB worker (?:is dead|died)"),
    )
    probes = (ProbeRequest("/openapi.json"),)

    def launch(self, base: tuple[str, ...], spec: EngineSpec, port: int) -> Launch:
        """`transformers serve MODEL`, with continuous batching unless the user says no."""
        flags = {"continuous-batching": "true"} | dict(spec.flags)
        if flags.get("device") == "cpu" and flags["continuous-batching"].lower() == "true":
            flags = SMALL_CACHE | flags
        argv = (*base, spec.model or "", *common_flags(spec, port), *long_flags(flags))
        return Launch(argv=argv, env={"HF_HUB_DISABLE_TELEMETRY": "1"})

    def recognise(self, answers: ProbeResponses) -> Identity | None:
        """By the paths that only it has: its list has all models of the cache, if any, and not what it serves."""
        paths = answers["/openapi.json"].fields.get("paths")
        if not isinstance(paths, dict) or not {"/load_model", "/v1/chat/completions"} <= paths.keys():
            return None
        return Identity(engine=self.name, model=answers.model)

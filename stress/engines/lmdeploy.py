"""LMDeploy: https://lmdeploy.readthedocs.io.

Its launch line was checked with the parser of the package lmdeploy 0.18.0 (`tests/real/check_parsers.py`); its words
and metrics were read in that package's source.
"""

from collections.abc import Mapping
from typing import ClassVar

from stress.client.failures import Words
from stress.engines.adapter import Adapter, EngineSpec, Key, Launch, MetricNames
from stress.engines.flags import common_flags, switches
from stress.engines.installed import Package
from stress.engines.log_lines import TORCH, step, trouble
from stress.errors import UsageError


class Lmdeploy(Adapter):
    """`lmdeploy serve api_server MODEL`, with its own engine TurboMind unless `backend=pytorch`."""

    name = "lmdeploy"
    title = "LMDeploy"
    how_to_get = "pip install lmdeploy"
    packages = (Package("lmdeploy", "-m lmdeploy serve api_server", "lmdeploy"),)
    keys = frozenset(("tp", "np", "ctx", "gpus", "port"))
    no_key: ClassVar[Mapping[Key, str]] = {
        "pp": "has no pipeline parallelism",
        "dummy": "needs real weights (its empty-init waits for another program to load them)",
    }
    example = "lmdeploy:meta-llama/Llama-3.1-8B-Instruct,tp=2"
    steps = (
        step(r"Loading(?: weights from \w+)?:\s+(\d+)%", "loading weights, {0} %"),
        step(r"Warming up \w+:\s+(\d+)%", "warming up, {0} %"),
        step(r"Uvicorn running on|Application startup complete", "engine ready"),
    )
    troubles = (
        trouble(
            "bad_parallelism",
            r"no valid parallel config|not divisible by tp=|is not divisible by",
            "choose a tp that divides its heads",
        ),
        trouble(
            "does_not_fit",
            r"No enough gpu memory",
            "use a smaller ctx or np, another cache-max-entry-count, or more GPUs",
        ),
        *TORCH,
        trouble(
            "out_of_gpu_memory",
            r"CUDA runtime error: out of memory|cudaErrorMemoryAllocation",
            "use a smaller model, ctx or np, or more GPUs",
        ),
        trouble(
            "missing_model",
            r"Failed to find valid checkpoint|Repo id must|Repository Not Found|is not a valid model identifier",
            "check the model's name or directory",
        ),
    )
    failures = (
        Words(
            "context_exceeded", 400, "must be smaller than the model context length|exceeds the model context length"
        ),
        Words("engine_dead", 503, "The inference engine is unavailable"),
        Words("model_not_found", 404, "The model .* does not exist|requested model does not exist"),
    )
    metrics = MetricNames(
        running=("lmdeploy:num_requests_running",),
        waiting=("lmdeploy:num_requests_waiting",),
        kv_usage=("lmdeploy:gpu_cache_usage_perc",),
        gen_tokens=("lmdeploy:generation_tokens_total",),
        prompt_tokens=("lmdeploy:prompt_tokens_total",),
        prefix_hit_rate=("lmdeploy:prefix_cache_hit_rate",),
    )
    owners = ("lmdeploy",)

    def check(self, spec: EngineSpec) -> None:
        """Its tensor parallelism goes by halves; with another size TurboMind may silently use fewer GPUs."""
        if spec.tp and spec.tp & (spec.tp - 1):
            raise UsageError(f"tp={spec.tp} is wrong: LMDeploy needs a power of two, such as {near(spec.tp)}.")

    def launch(self, base: tuple[str, ...], spec: EngineSpec, port: int) -> Launch:
        """`lmdeploy serve api_server MODEL …`; metrics are on by default."""
        listen = {"host": "--server-name", "port": "--server-port"}
        own = common_flags(spec, port, **listen, tp="--tp", np="--max-batch-size", ctx="--session-len")
        return Launch(argv=(*base, spec.model or "", *own, *switches(spec.flags)))


def near(size: int) -> int:
    """The largest power of two below."""
    return 1 << (size.bit_length() - 1)

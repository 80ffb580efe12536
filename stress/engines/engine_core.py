"""What the engines have in common that run an EngineCore: vLLM, and what was forked from it.

They share their flags, the words of their log and of their errors, and the names of their metrics after the prefix.
"""

from collections.abc import Mapping
from typing import ClassVar

from stress.client.ask import ProbeRequest
from stress.client.failures import Words
from stress.engines.adapter import Adapter, EngineSpec, Identity, Launch, MetricNames, ProbeResponses
from stress.engines.flags import common_flags, long_flags
from stress.engines.log_lines import TORCH, step, trouble


class EngineCore(Adapter):
    """One of the family; a subclass adds its names."""

    keys = frozenset(("tp", "pp", "np", "ctx", "gpus", "port", "dummy"))
    flags_in_names: ClassVar[Mapping[str, str]] = {"quantization": "precision"}
    steps = (
        step(r"Resolved architecture: (\w+)", "{0}, reading its config"),
        step(r"Initializing a V\d LLM engine", "starting workers"),
        step(r"Loading \S+ checkpoint shards:\s+(\d+)%", "loading weights, {0} %"),
        step(r"Starting to load model|Loading model (?:weights|from scratch)", "loading weights"),
        step(r"Model loading took ([\d.]+) Gi?B", "weights loaded, {0} GiB a GPU"),
        step(r"Dynamo bytecode transform|torch\.compile (?:takes|took)|Compiling a graph", "compiling"),
        step(r"Available KV cache memory: ([\d.]+) Gi?B", "KV cache of {0} GiB a GPU"),
        step(r"\w+ KV cache size: ([\d,]+) tokens", "KV cache of {0} tokens"),
        step(r"Capturing .*CUDA graphs?.*?(\d+)%", "capturing CUDA graphs, {0} %"),
        step(r"Graph capturing finished", "warming up"),
        step(r"init engine .* took ([\d.]+) s", "engine ready after {0} s, starting its server"),
    )
    troubles = (
        trouble(
            "bad_parallelism",
            r"Total number of attention heads .* must be divisible by tensor parallel size",
            "choose a tp that divides them",
        ),
        trouble(
            "does_not_fit",
            r"No available memory for the cache blocks|Free memory on device|"
            r"To serve at least one request with the model's max seq len",
            "take a smaller ctx, a larger gpu-memory-utilization, or more GPUs",
        ),
        *TORCH,
        trouble(
            "engine_dead",
            r"EngineCore encountered a fatal error|EngineCore .*died unexpectedly|EngineDeadError|"
            r"(?:Worker proc|WorkerProc|Engine core proc(?:ess)?) .*died unexpectedly",
        ),
        trouble(
            "missing_model",
            r"Invalid repository ID or local directory specified|is not a valid model identifier|"
            r"Cannot find any model weights|Repo id must",
            "check the model's name or directory",
        ),
    )
    failures = (
        Words(
            "queue_full",
            503,
            "engine is currently busy and cannot accept new requests|has reached its prefill token backlog limit",
        ),
        Words("context_exceeded", 400, "maximum context length is|exceeds model's maximum context length"),
        Words(
            "engine_dead", 500, "The server had an error while processing your request|EngineCore encountered an issue"
        ),
        Words("model_not_found", 404, "model.* does not exist"),
    )
    probes = (ProbeRequest("/version"),)
    offload_flags = frozenset(("cpu-offload-gb",))
    no_usage_stats: ClassVar[str]
    """The environment variable that keeps it from reporting to its makers."""

    def launch(self, base: tuple[str, ...], spec: EngineSpec, port: int) -> Launch:
        """`… serve MODEL …`; the model comes right after the base."""
        argv = (
            *base,
            spec.model or "",
            *common_flags(
                spec,
                port,
                tp="--tensor-parallel-size",
                pp="--pipeline-parallel-size",
                np="--max-num-seqs",
                ctx="--max-model-len",
                dummy="--load-format",
            ),
            *long_flags(spec.flags),
        )
        return Launch(argv=argv, env={self.no_usage_stats: "1"})

    def recognise(self, answers: ProbeResponses) -> Identity | None:
        """`/version` with nothing else in it, and models that it signs, which name their root."""
        if not answers.owned_by(*self.owners):
            return None
        return Identity(
            engine=self.name,
            version=answers["/version"].fields.get("version"),
            model=answers.served,
            context=answers.entry.get("max_model_len"),
        )


def metric_names(prefix: str) -> MetricNames:
    """The family's table: counters have got their `_total` from the library, and the caches were called `gpu_` once."""

    def named(*names: str) -> tuple[str, ...]:
        return tuple(f"{prefix}:{name}" for name in names)

    def counter(name: str) -> tuple[str, ...]:
        return named(f"{name}_total", name)

    return MetricNames(
        running=named("num_requests_running"),
        waiting=named("num_requests_waiting"),
        kv_usage=named("kv_cache_usage_perc", "gpu_cache_usage_perc"),
        gen_tokens=counter("generation_tokens"),
        prompt_tokens=counter("prompt_tokens"),
        preemptions=counter("num_preemptions"),
        prefix_hits=counter("prefix_cache_hits") + counter("gpu_prefix_cache_hits"),
        prefix_queries=counter("prefix_cache_queries") + counter("gpu_prefix_cache_queries"),
    )

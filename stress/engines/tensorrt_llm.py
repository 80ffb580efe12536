"""NVIDIA TensorRT-LLM: https://nvidia.github.io/TensorRT-LLM, its PyTorch backend behind `trtllm-serve`.

Launch line, words and metrics were read in the repository NVIDIA/TensorRT-LLM: tensorrt_llm/commands/serve.py (a click
command, commit 00209af), serve/openai_server.py (commit 0005772), metrics/collector.py (commit 050f80d). On PyPI is
only a stub that fetches the wheel from its makers, so its parser was never run by us.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families

from stress.client.ask import ProbeRequest
from stress.client.failures import Words
from stress.engines.adapter import Adapter, EngineSpec, Identity, Launch, MetricNames, ProbeResponses
from stress.engines.flags import common_flags, switches
from stress.engines.installed import Package
from stress.engines.log_lines import TORCH, step, trouble
from stress.errors import UsageError

PROMETHEUS = "/prometheus/metrics"
"""Its `/metrics` is JSON, and hands each figure only to whoever asks first."""
SETTINGS = "settings.yaml"
METRICS_ON = "return_perf_metrics: true\nenable_iter_perf_stats: true\n"
OWN_SETTINGS = frozenset(("config", "extra_llm_api_options"))
"""Both name the file of settings; a later one takes the place of an earlier one."""


class TensorrtLlm(Adapter):
    """`trtllm-serve serve MODEL`."""

    name = "tensorrt-llm"
    title = "TensorRT-LLM"
    how_to_get = "NVIDIA's container, or pip from NVIDIA's index: see nvidia.github.io/TensorRT-LLM"
    packages = (Package("tensorrt-llm", "-m tensorrt_llm.commands.serve serve", "trtllm-serve"),)
    keys = frozenset(("tp", "pp", "np", "ctx", "gpus", "port", "dummy"))
    example = "tensorrt-llm:meta-llama/Llama-3.1-8B-Instruct,tp=2"
    steps = (
        step(r"[Pp]refetching .*checkpoint|Loading weights", "loading weights"),
        step(r"Loading weights.*?(\d+)%", "loading weights, {0} %"),
        step(r"Allocated ([\d.]+) GiB for max tokens in paged KV cache", "KV cache of {0} GiB per GPU"),
        step(r"CUDA graph warmup|[Aa]utotuner", "warming up"),
        step(r"Application startup complete|Uvicorn running on", "engine ready"),
    )
    troubles = (
        trouble(
            "bad_parallelism",
            r"heads.*(?:must be|not) divisible by|is not divisible by",
            "choose a tp that divides its heads",
        ),
        trouble(
            "does_not_fit",
            r"[Ii]nsufficient (?:GPU )?memory|cannot fit a single sequence|No free memory|"
            r"Impossible to fit in any sequence in kvCache",
            "use a smaller ctx or np, another free_gpu_memory_fraction, or more GPUs",
        ),
        *TORCH,
        trouble("port_in_use", r"Failed to bind socket to", "choose another port"),
        trouble(
            "missing_model",
            r"is not a local folder and is not a valid model identifier|Repo id must|Repository Not Found|"
            r"No weight files found",
            "check the model's name or directory",
        ),
        trouble("engine_dead", r"Executor worker died|MPI_ABORT was invoked"),
    )
    failures = (
        Words(
            "context_exceeded",
            400,
            r"should not exceed max_(?:num_tokens|seq_len)|prompt length \(\S+\) exceeds maximum|"
            r"default_max_tokens\W+\(-?\d+\) (?:should|must) be greater than 0",
        ),
        Words("engine_dead", 503, "LLM is unavailable"),
    )
    metrics_path = PROMETHEUS
    metrics = MetricNames(
        running=("trtllm_num_requests_running",),
        waiting=("trtllm_num_requests_waiting",),
        kv_usage=("trtllm_kv_cache_utilization",),
        gen_tokens=("trtllm_generation_tokens_total",),
        prompt_tokens=("trtllm_prompt_tokens_total",),
        # Blocks, not tokens: the share is the same.
        prefix_hit_rate=("trtllm_kv_cache_hit_rate",),
    )
    probes = (ProbeRequest("/version"), ProbeRequest(PROMETHEUS))
    owners = ("tensorrt_llm",)

    def check(self, spec: EngineSpec) -> None:
        """Random weights are one of the settings, and only one file of settings counts."""
        if spec.dummy and (own := OWN_SETTINGS & set(spec.flags)):
            raise UsageError(
                f"dummy=true and {min(own)} contradict each other: put 'load_format: dummy' into that file instead."
            )

    def prepare(self, spec: EngineSpec, corpus: str, say: Callable[[str], None]) -> EngineSpec:
        """It starts in a directory of its own, where its settings lie: the paths to a model and settings must last."""
        flags = {key: _absolute(value) if key in OWN_SETTINGS else value for key, value in spec.flags.items()}
        return replace(spec, model=spec.model and _absolute(spec.model), flags=flags)

    def launch(self, base: tuple[str, ...], spec: EngineSpec, port: int) -> Launch:
        """Its metrics are settings without a flag: a file has them, unless the user brings one."""
        own = OWN_SETTINGS & set(spec.flags)
        argv = (
            *base,
            spec.model or "",
            *common_flags(spec, port, tp="--tp_size", pp="--pp_size", np="--max_batch_size", ctx="--max_seq_len"),
            # Its newer name is --config; all versions have this one.
            *(() if own else ("--extra_llm_api_options", SETTINGS)),
            *switches(spec.flags),
        )
        settings = METRICS_ON + ("load_format: dummy\n" if spec.dummy else "")
        return Launch(argv=argv, files={} if own else {SETTINGS: settings})

    def recognise(self, answers: ProbeResponses) -> Identity | None:
        """Its list is signed with nothing but a name; newer ones state their settings as labels of metrics."""
        if not answers.owned_by(*self.owners):
            return None
        labels = _labels(answers[PROMETHEUS].text)
        return Identity(
            engine=self.name,
            version=answers["/version"].fields.get("version"),
            model=labels.get("model") or answers.entry.get("id"),
            context=_number(labels, "max_seq_len"),
            slots=_number(labels, "max_batch_size"),
            tp=_number(labels, "tensor_parallel_size", "tp_size"),
            quantization=labels.get("quantization"),
        )


def _absolute(path: str) -> str:
    """The path from anywhere, if there is such a file or directory; else it is a name on the hub."""
    found = Path(path).expanduser()
    return str(found.resolve()) if found.exists() else path


def _labels(page: str) -> dict[str, str]:
    """All labels of the metrics that say what is configured."""
    found: dict[str, str] = {}
    try:
        for family in text_string_to_metric_families(page):
            for sample in family.samples:
                if sample.name.startswith("trtllm_") and sample.name.endswith("_config_info"):
                    found |= sample.labels
    except ValueError:  # no such page
        return {}
    return found


def _number(labels: Mapping[str, str], *names: str) -> int | None:
    """The first of these labels that is a number."""
    return next((int(labels[name]) for name in names if labels.get(name, "").isdecimal()), None)

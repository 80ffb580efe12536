"""SGLang: https://docs.sglang.io.

Its launch line was checked with the parser of the package sglang 0.5.23 (`tests/real/check_parsers.py`); its words
and metrics were read in that package's source.
"""

from typing import Any

from stress.client.ask import ProbeRequest
from stress.client.failures import Words
from stress.engines.adapter import Adapter, EngineSpec, Identity, Launch, MetricNames, ProbeResponses
from stress.engines.flags import common_flags, switches
from stress.engines.installed import Package
from stress.engines.log_lines import TORCH, step, trouble


class Sglang(Adapter):
    """`python -m sglang.launch_server --model-path MODEL`."""

    name = "sglang"
    title = "SGLang"
    how_to_get = "pip install sglang"
    packages = (Package("sglang", "-m sglang.launch_server", "sglang"),)
    keys = frozenset(("tp", "pp", "np", "ctx", "gpus", "port", "dummy"))
    example = "sglang:meta-llama/Llama-3.1-8B-Instruct,tp=2"
    # Its /health makes an idle server generate a token, and takes a second for it. /ping looks at a flag that is set
    # after the warm-up; in older versions it answers as soon as the weights are loaded.
    ready_path = "/ping"
    steps = (
        step(r"Load weight begin", "loading weights"),
        step(r"Loading \S+ checkpoint shards:\s+(\d+)%", "loading weights, {0} %"),
        step(r"Load weight end.*?mem usage=([\d.]+) GB", "weights loaded, {0} GB per GPU"),
        step(r"KV Cache is allocated|KV cache allocated|Memory pool end", "KV cache allocated"),
        step(r"Capture .*(?:cuda|CUDA) graph.* begin", "capturing CUDA graphs"),
        step(r"Capturing .*?(\d+)%\|", "capturing CUDA graphs, {0} %"),
        step(r"max_total_num_tokens=(\d+)", "KV cache of {0} tokens"),
        step(r"The server is fired up", "engine ready"),
    )
    troubles = (
        trouble("bad_parallelism", r"AssertionError: \d+ is not divisible by", "choose a tp that divides its heads"),
        trouble(
            "does_not_fit",
            r"Not enough memory\. Please try to increase --mem-fraction-static|Capture cuda graph failed",
            "use a smaller ctx or np, another mem-fraction-static, or more GPUs",
        ),
        *TORCH,
        trouble(
            "missing_model",
            r"is not a local folder and is not a valid model identifier|Cannot find any model weights|Repo id must|"
            r"Repository Not Found",
            "check the model's name or directory",
        ),
        # Not "Scheduler hit an exception": that line comes before the one that says what was wrong.
        trouble("engine_dead", r"Received sigquit from a child process|DataParallelController .*terminated with"),
    )
    failures = (
        Words("queue_full", 503, "The request queue is full"),
        Words(
            "context_exceeded",
            400,
            r"longer than the model's context length|exceeds the model's maximum context length of",
        ),
        Words("kv_pool_full", 500, "Out of memory even after retracting|KV cache pool is full"),
    )
    metrics = MetricNames(
        running=("sglang:num_running_reqs",),
        waiting=("sglang:num_queue_reqs",),
        kv_usage=("sglang:token_usage",),
        gen_tokens=("sglang:generation_tokens_total",),
        gen_tok_s=("sglang:gen_throughput",),
        prompt_tokens=("sglang:prompt_tokens_total",),
        preemptions=("sglang:num_retracted_requests_total",),
        # Its gauge cache_hit_rate is that of the last batch alone: the counters have a second's.
        prefix_hits=("sglang:cached_tokens_total",),
        prefix_queries=("sglang:prompt_tokens_total",),
    )
    probes = (ProbeRequest("/server_info"),)
    owners = ("sglang",)

    def launch(self, base: tuple[str, ...], spec: EngineSpec, port: int) -> Launch:
        """Metrics are off by default there; np is how many run at the same time, the others queue."""
        argv = (
            *base,
            *("--model-path", spec.model or ""),
            *common_flags(
                spec,
                port,
                tp="--tp-size",
                pp="--pp-size",
                np="--max-running-requests",
                ctx="--context-length",
                dummy="--load-format",
            ),
            *switches({"enable-metrics": "true"} | dict(spec.flags)),
        )
        # Whoever asks its /health must not make it generate beside the load.
        return Launch(argv=argv, env={"SGLANG_ENABLE_HEALTH_ENDPOINT_GENERATION": "false"})

    def recognise(self, answers: ProbeResponses) -> Identity | None:
        """Its list is signed, and `/server_info` has its settings as they were resolved."""
        info, entry = answers["/server_info"].fields, answers.entry
        if not answers.owned_by(*self.owners) and not {"tp_size", "mem_fraction_static"} <= set(info):
            return None
        facts = ("load_format", "max_total_num_tokens", "pp_size", "dp_size", "mem_fraction_static")
        return Identity(
            engine=self.name,
            version=info.get("version"),
            model=info.get("model_path") or answers.served,
            context=entry.get("max_model_len") or info.get("context_length"),
            slots=_slots(info),
            tp=info.get("tp_size"),
            quantization=info.get("quantization"),
            facts={key: info[key] for key in facts if key in info},
        )


def _slots(info: dict[str, Any]) -> int | None:
    """What all its data-parallel replicas run together; where they do not say, what the flag said."""
    states = info.get("internal_states") or ()
    each = [state.get("effective_max_running_requests_per_dp") for state in states if isinstance(state, dict)]
    counts = [slots for slots in each if isinstance(slots, int)]
    if counts and len(counts) == len(each):
        return sum(counts)
    stated = info.get("max_running_requests")
    return stated if isinstance(stated, int) else None

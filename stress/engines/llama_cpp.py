"""llama.cpp's llama-server: https://github.com/ggml-org/llama.cpp/tree/master/tools/server."""

from collections.abc import Mapping
from dataclasses import replace
from typing import ClassVar

from stress.client.ask import ProbeRequest
from stress.client.failures import Words
from stress.engines.adapter import Adapter, EngineSpec, Identity, Key, Launch, MetricNames, ProbeResponses
from stress.engines.flags import common_flags
from stress.engines.installed import Installed, find_program
from stress.engines.log_lines import step, trouble
from stress.errors import UsageError

LONGEST_SHORT_FLAG = 3
"""Flags of up to three letters have one dash, such as -sm, -ngl or -kvu; longer ones two, but for these."""
LONG_WITH_ONE_DASH = frozenset(
    "cmoe cmoed cram ctkd ctvd ctxcp devd fitc fitt hfrd mmdev ncffn ncmoe ncmoed ngld nkvo nocb".split()
)
"""By `llama-server --help` of October 2026."""
TAKES_ON_OR_OFF = frozenset(("fa", "flash-attn", "fit", "log-colors"))
"""Switches that want a word behind them: alone they would swallow the next flag."""
NO_SHORT = {"cb": "-nocb", "kvu": "-no-kvu"}
"""How a short switch is turned off; a long one by `--no-`."""


class LlamaCpp(Adapter):
    """llama-server from the PATH."""

    name = "llama.cpp"
    title = "llama.cpp"
    flags_in_names: ClassVar[Mapping[str, str]] = {"sm": "split mode", "split-mode": "split mode"}
    how_to_get = "brew install llama.cpp, or put llama-server from github.com/ggml-org/llama.cpp/releases on the PATH"
    keys = frozenset(("tp", "np", "ctx", "gpus", "port"))
    no_key: ClassVar[Mapping[Key, str]] = {
        "pp": "splits the layers over all GPUs anyway (sm=layer)",
        "dummy": "needs a file with weights; `stress model make` writes one",
    }
    example = "llama.cpp:model.gguf,np=50,sm=layer"
    model_is_file = True
    divides_heads = False
    spreads_by_itself = True
    offload_flags = frozenset(
        ("ngl", "gpu-layers", "n-gpu-layers", "ot", "override-tensor", "cmoe", "ncmoe", "cpu-moe")
    )
    metrics_hint = "start llama-server with --metrics"
    steps = (
        step(r"loading model", "loading weights"),
        step(r"offloaded (\d+/\d+) layers to GPU", "{0} layers on the GPU"),
        step(r"warming up the model", "warming up"),
        step(r"n_slots = (\d+), n_ctx_slot = (\d+)", "{0} slots of {1} tokens"),
    )
    troubles = (
        trouble(
            "out_of_gpu_memory",
            r"cudaMalloc failed: out of memory|failed to allocate buffer for kv cache|unable to allocate .* buffer|"
            r"failed to allocate (?:compute|\S+ buffer|buffer of size)",
            "use a smaller model, ctx or np, or more GPUs",
        ),
        trouble(
            "missing_model",
            r"failed to open GGUF file|gguf_init_from_file: failed|invalid magic characters|"
            r"model is corrupted or incomplete|unknown model architecture",
            "check that the file is a complete GGUF of a model that this build supports",
        ),
        trouble("gpu_error", r"CUDA error: (?!out of memory)", "try another split mode, or a newer build or driver"),
        trouble("port_in_use", r"couldn't bind HTTP server socket", "choose another port"),
    )
    failures = (
        Words("context_exceeded", 400, "exceed_context_size_error"),
        Words("kv_pool_full", 500, "Context size has been exceeded"),
    )
    metrics = MetricNames(
        running=("llamacpp:requests_processing",),
        waiting=("llamacpp:requests_deferred",),
        kv_usage=("llamacpp:kv_cache_usage_ratio",),  # gone since 2025
        gen_tokens=("llamacpp:tokens_predicted_total",),
        prompt_tokens=("llamacpp:prompt_tokens_total",),
        prompt_tokens_cached=("llamacpp:prompt_tokens_cached_total",),
    )
    probes = (ProbeRequest("/props"),)
    owners = ("llamacpp",)

    def find(self) -> Installed | None:
        """`llama-server` on the PATH."""
        return find_program("llama-server", "--version", pattern=r"version: (\S+(?: \([^)]*\))?)")

    def most_gpus(self, flags: Mapping[str, str]) -> int | None:
        """One, unless the model is split."""
        return 1 if "none" in (flags.get("sm"), flags.get("split-mode")) else None

    def check(self, spec: EngineSpec) -> None:
        """Its tensor parallelism is a way to split, over all the GPUs that it sees."""
        mode = spec.flags.get("sm") or spec.flags.get("split-mode")
        if (spec.tp or 1) > 1 and mode not in (None, "tensor"):
            raise UsageError(
                f"tp={spec.tp} and sm={mode} contradict each other: in llama.cpp, tp means sm=tensor; use one of them."
            )
        if spec.gpus and spec.tp and spec.tp != len(spec.gpus):
            raise UsageError(
                f"tp={spec.tp} and {len(spec.gpus)} GPUs contradict each other: llama.cpp uses every GPU in gpus=; "
                "leave tp out."
            )

    def launch(self, base: tuple[str, ...], spec: EngineSpec, port: int) -> Launch:
        """`llama-server -m FILE …`: each of np slots gets a context of its own of ctx tokens."""
        flags = dict(spec.flags)
        if spec.tp and spec.tp > 1:
            # Real tensor parallelism, experimental: it wants flash attention, and no fitting of the model to memory.
            flags = {"sm": "tensor", "fa": "on", "fit": "off"} | flags
            if not spec.gpus:  # it takes all GPUs that it sees
                flags = {"dev": ",".join(f"CUDA{gpu}" for gpu in range(spec.tp))} | flags
        elif spec.tp and not spec.gpus:
            flags = {"sm": "none"} | flags  # tp=1 is one GPU; by default it spreads over all
        slots = spec.np or 1 if spec.ctx else spec.np
        pool = replace(spec, np=slots, ctx=spec.ctx and spec.ctx * (slots or 1))
        argv = (*base, "-m", spec.model or "", *common_flags(pool, port, np="-np", ctx="-c"), "--metrics")
        if not {"ngl", "gpu-layers", "n-gpu-layers"} & set(flags):
            argv += ("-ngl", "all")
        return Launch(argv=(*argv, *(word for key, value in flags.items() for word in _flag(key, value))))

    def recognise(self, answers: ProbeResponses) -> Identity | None:
        """A llama-server, whoever started it: from `/props` and the `meta` that its list of models has."""
        props, entry = answers["/props"].fields, answers.entry
        signed = answers.owned_by("llamacpp") or answers.models.headers.get("server") == "llama.cpp"
        if "default_generation_settings" not in props and not signed:
            return None
        meta = entry.get("meta") or {}
        settings = props.get("default_generation_settings") or {}
        return Identity(
            engine=self.name,
            version=None if "unknown" in str(props.get("build_info")) else props.get("build_info"),
            model=props.get("model_path") or entry.get("id"),
            n_params=meta.get("n_params"),
            weight_bytes=meta.get("size"),
            context=settings.get("n_ctx") or meta.get("n_ctx"),
            slots=props.get("total_slots"),
            quantization=meta.get("ftype"),
            facts={key: meta[key] for key in ("n_ctx_train", "n_vocab", "n_embd") if key in meta},
        )


def _flag(key: str, value: str) -> tuple[str, ...]:
    """One flag of its own, with the dashes that it has there."""
    short = len(key) <= LONGEST_SHORT_FLAG or key in LONG_WITH_ONE_DASH
    switch = value.lower() if key not in TAKES_ON_OR_OFF else ""
    if switch == "false":
        return (NO_SHORT.get(key, f"--no-{key}"),)
    flag = f"{'-' if short else '--'}{key}"
    return (flag,) if switch == "true" else (flag, value)

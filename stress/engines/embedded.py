"""The embedded engine: real llama.cpp from the wheel `xllamacpp`, on the CPU, with the toy model or a GGUF."""

import json
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import msgspec

from stress.engines.adapter import Adapter, EngineSpec, Identity, Launch, ProbeResponses
from stress.engines.installed import Package
from stress.engines.llama_cpp import LlamaCpp
from stress.engines.log_lines import trouble
from stress.errors import UsageError
from stress.models.gguf_head import read_gguf_head

SLOTS, CONTEXT, THREADS = 256, 3072, 1
"""The toy model's defaults suit 2 cores and 200 agents: a slot for every agent keeps its prompt cached and leaves no
queue (first tokens after 0.1 s instead of 3 s with 64 slots; a slot of 3072 tokens takes 0.75 MiB), and more threads
gain nothing on so small a model."""

LIMITS = {"np": (1, 256), "ctx": (256, 8192), "threads": (1, 256), "port": (1, 65535)}
"""256 is llama.cpp's limit of sequences, 8192 the toy model's of context."""

LEAST_CONTEXT = LIMITS["ctx"][0]
KV_ROOM = 2**30
"""Bytes that a GGUF's slots take by default: a small machine has so much beside the weights."""
UNKNOWN_SLOTS = 4
"""For a GGUF that does not say what a token takes."""
TOY_ALIAS = "agent-stress-toy"
"""What the toy model is called in requests; a GGUF is called by its file's name."""
CPU_NOTICE = "This is llama.cpp on this machine's CPU{}: don't compare its speed with a GPU's."


class Embedded(Adapter):
    """llama.cpp in a process of its own (`stress.engines.child`); only that loads it."""

    name = "embedded"
    title = "llama.cpp on the CPU"
    title_in_names = "llama.cpp on this CPU"
    short_title = "embedded"
    own_model = "a toy model"
    how_to_get = "pip install xllamacpp (if there is a wheel for this machine)"
    packages = (Package("xllamacpp", "-P -m stress.engines.child"),)  # only our own environment's
    keys = frozenset(("np", "ctx", "port"))
    example = "embedded,np=16"
    needs_model = False
    model_is_file = True
    start_limit_s = 120.0
    troubles = (*LlamaCpp.troubles, trouble("port_in_use", r"couldn't bind|failed to bind|Address already in use"))
    failures = LlamaCpp.failures
    metrics = LlamaCpp.metrics
    probes = LlamaCpp.probes

    def check(self, spec: EngineSpec) -> None:
        """Whole numbers in their range; how long the context of a GGUF may be, the file says."""
        for key, (low, high) in LIMITS.items():
            if key == "ctx" and spec.model:
                continue
            value = spec.flags.get(key) if key == "threads" else getattr(spec, key)
            if value is not None and not (str(value).isdecimal() and low <= int(value) <= high):
                raise UsageError(
                    f"{key}={value} is out of range: the embedded engine takes {key} from {low} to {high}."
                )
        for key in spec.flags.keys() - {"threads"}:
            raise UsageError(f"The embedded engine has no option {key!r}; it has {', '.join(LIMITS)}.")

    def prepare(self, spec: EngineSpec, corpus: str, say: Callable[[str], None]) -> EngineSpec:
        """The toy model that speaks the scenario's words, made on first use; or a GGUF with the slots that suit it."""
        if spec.model:
            return _fitted(spec, Path(spec.model))
        from stress.models.toy import toy_model

        path = str(toy_model(corpus, say))
        return replace(spec, model=path, flags={"alias": TOY_ALIAS, **spec.flags})

    def launch(self, base: tuple[str, ...], spec: EngineSpec, port: int) -> Launch:
        """The child with its options as JSON."""
        file = Path(spec.model or "")
        options = {
            "model": spec.model,
            "alias": spec.flags.get("alias", file.stem),
            "np": spec.np or SLOTS,
            "ctx": spec.ctx or CONTEXT,
            "threads": int(spec.flags.get("threads", THREADS)),
            "port": port,
        }
        # OpenMP threads that wait by spinning would take the core that the client needs.
        return Launch(argv=(*base, json.dumps(options)), env={"OMP_WAIT_POLICY": "passive"})

    def notices(self, spec: EngineSpec) -> tuple[str, ...]:
        """First that it runs on the CPU."""
        return (CPU_NOTICE.format("" if spec.model else f" with {self.own_model}"), *super().notices(spec))

    def recognise(self, answers: ProbeResponses) -> Identity | None:
        """As llama.cpp."""
        found = LlamaCpp().recognise(answers)
        return found and msgspec.structs.replace(found, engine=self.name)


def _fitted(spec: EngineSpec, file: Path) -> EngineSpec:
    """The spec of a GGUF with what was left out: slots that fit into memory, and all cores but the client's.

    Raises:
        UsageError: it is no GGUF, or was not made for so long a context.
    """
    head = read_gguf_head(file)
    longest = head.context or CONTEXT
    context = spec.ctx or min(CONTEXT, longest)
    if not min(LEAST_CONTEXT, longest) <= context <= longest:
        raise UsageError(f"ctx={context} is out of range: {file.name} takes ctx from {LEAST_CONTEXT} to {longest}.")
    slots = UNKNOWN_SLOTS if head.kv_bytes is None else int(KV_ROOM // (head.kv_bytes * context))
    slots = min(max(1, slots), LIMITS["np"][1])
    threads = max(1, (os.cpu_count() or 1) - 1)
    return replace(spec, np=spec.np or slots, ctx=context, flags={"threads": str(threads), **spec.flags})

"""The embedded engine: real llama.cpp from the wheel `xllamacpp`, on the CPU, with the toy model."""

import json
from collections.abc import Callable
from dataclasses import replace

import msgspec

from stress.engines.adapter import Adapter, EngineSpec, Identity, Launch, ProbeResponses
from stress.engines.installed import Package
from stress.engines.llama_cpp import LlamaCpp
from stress.engines.log_lines import trouble
from stress.errors import UsageError

SLOTS, CONTEXT, THREADS = 256, 3072, 1
"""The defaults suit 2 cores and 200 agents: a slot for every agent keeps its prompt cached and leaves no queue (first
tokens after 0.1 s instead of 3 s with 64 slots; a slot of 3072 tokens takes 0.75 MiB), and more threads gain nothing on
so small a model."""

LIMITS = {"np": (1, 256), "ctx": (256, 8192), "threads": (1, 256), "port": (1, 65535)}
"""256 is llama.cpp's limit of sequences, 8192 the toy model's of context."""


class Embedded(Adapter):
    """llama.cpp in a process of its own (`stress.engines.child`); only that loads it."""

    name = "embedded"
    title = "llama.cpp on the CPU with a toy model"
    title_in_names = "llama.cpp on this CPU"
    short_title = "embedded"
    how_to_get = "pip install xllamacpp (where it has a wheel for this machine)"
    packages = (Package("xllamacpp", "-P -m stress.engines.child"),)  # only our own environment's
    keys = frozenset(("np", "ctx", "port"))
    example = "embedded,np=16"
    needs_model = False
    start_limit_s = 20.0
    troubles = (*LlamaCpp.troubles, trouble("port_in_use", r"couldn't bind|failed to bind|Address already in use"))
    failures = LlamaCpp.failures
    metrics = LlamaCpp.metrics
    probes = LlamaCpp.probes

    def check(self, spec: EngineSpec) -> None:
        """Its own model, and whole numbers in their range."""
        if spec.model:
            raise UsageError(
                f"The embedded engine brings its own model, but {spec.model!r} names one; write 'embedded'."
            )
        for key, (low, high) in LIMITS.items():
            value = spec.flags.get(key) if key == "threads" else getattr(spec, key)
            if value is not None and not (str(value).isdecimal() and low <= int(value) <= high):
                raise UsageError(f"{key}={value} is wrong: the embedded engine takes a {key} from {low} to {high}.")
        for key in spec.flags.keys() - {"threads"}:
            raise UsageError(f"The embedded engine has no option {key!r}; it has {', '.join(LIMITS)}.")

    def prepare(self, spec: EngineSpec, corpus: str, say: Callable[[str], None]) -> EngineSpec:
        """The toy model that speaks the scenario's words, made on first use."""
        from stress.models.toy import toy_model

        return replace(spec, model=str(toy_model(corpus, say)))

    def launch(self, base: tuple[str, ...], spec: EngineSpec, port: int) -> Launch:
        """The child with its options as JSON."""
        options = {
            "model": spec.model,
            "np": spec.np or SLOTS,
            "ctx": spec.ctx or CONTEXT,
            "threads": int(spec.flags.get("threads", THREADS)),
            "port": port,
        }
        # OpenMP threads that wait by spinning would take the core that the client needs.
        return Launch(argv=(*base, json.dumps(options)), env={"OMP_WAIT_POLICY": "passive"})

    def recognise(self, answers: ProbeResponses) -> Identity | None:
        """As llama.cpp."""
        found = LlamaCpp().recognise(answers)
        return found and msgspec.structs.replace(found, engine=self.name)

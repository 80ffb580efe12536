"""The one shape that every engine's module has: all that the rest of the project asks of an engine.

A module of this folder describes one engine as a subclass of `Adapter`; `stress.engines.registry` makes the instances.
What an adapter says is data and pure functions; only `find` and `prepare` look at the machine.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

import msgspec

from stress.client.ask import NO_RESPONSE, ProbeRequest, ProbeResponse
from stress.client.failures import Words
from stress.engines.installed import Installed, Package, find_package
from stress.engines.log_lines import LogTrouble, Step
from stress.models.signature import random_shape

Key = Literal["tp", "pp", "np", "ctx", "gpus", "port", "dummy"]
"""The keys that mean the same for every engine that has them."""


RANDOM_NOTICE = "The model's weights are random: its replies are gibberish, at the speed of a real model of its size."


@dataclass(frozen=True, kw_only=True)
class EngineSpec:
    """An engine to launch, as the user wrote it: `NAME[:MODEL][,key=value…]`. None is what was left out."""

    name: str
    model: str | None = None
    tp: int | None = None
    """GPUs that share each layer: tensor parallelism."""
    pp: int | None = None
    """Stages of layers one after another: pipeline parallelism."""
    np: int | None = None
    """Requests that are answered at the same time."""
    ctx: int | None = None
    """Tokens of context that each of them may have."""
    gpus: tuple[int, ...] = ()
    """The GPUs to use by NVML's index; none: whatever the engine takes."""
    port: int | None = None
    dummy: bool = False
    """Random weights: only the model's config and tokenizer are read."""
    flags: Mapping[str, str] = field(default_factory=dict)
    """Every other key: the engine's own flags."""


@dataclass(frozen=True, kw_only=True)
class Launch:
    """How to start an engine."""

    argv: tuple[str, ...]
    env: Mapping[str, str] = field(default_factory=dict)
    """Added to our own environment."""
    files: Mapping[str, str] = field(default_factory=dict)
    """Written into the working directory, which then is a fresh one: relative path to text."""


Names = tuple[str, ...]
"""Newest first; none where the engine has no such metric."""


@dataclass(frozen=True, kw_only=True)
class MetricNames:
    """What an engine calls its metrics: for each of ours the names that it has had.

    Gauges: running, waiting, kv_usage, gen_tok_s, prefix_hit_rate; the others are counters.
    """

    running: Names = ()
    waiting: Names = ()
    kv_usage: Names = ()
    """A share of 1."""
    gen_tokens: Names = ()
    """Output tokens."""
    gen_tok_s: Names = ()
    """Gauge, output tokens a second: for an engine whose counter moves only when a request is finished."""
    prompt_tokens: Names = ()
    """Prompt tokens; with `prompt_tokens_cached`, those that were computed."""
    prompt_tokens_cached: Names = ()
    """Prompt tokens found in the cache, where `prompt_tokens` does not count them."""
    preemptions: Names = ()
    """Requests that had to give up their KV cache and begin again."""
    prefix_hit_rate: Names = ()
    """A share of 1."""
    prefix_hits: Names = ()
    prefix_queries: Names = ()
    """Prompt tokens that were looked up in the prefix cache; `prefix_hits` are those found."""


@dataclass(frozen=True)
class ProbeResponses:
    """What a server answered, by path; a question that it does not know has the answer `NO_RESPONSE`."""

    models: ProbeResponse
    """The answer of `/v1/models`."""
    others: Mapping[str, ProbeResponse]
    model: str | None
    """The one that requests will name."""
    url: str = ""

    def __getitem__(self, path: str) -> ProbeResponse:
        return self.others.get(path, NO_RESPONSE)

    @property
    def entry(self) -> dict[str, Any]:
        """The list's entry for the model that requests will name, else its first."""
        data = self.models.fields.get("data")
        entries = [entry for entry in data if isinstance(entry, dict)] if isinstance(data, list) else []
        named = [entry for entry in entries if entry.get("id") == self.model]
        return (named or entries or [{}])[0]

    @property
    def served(self) -> str | None:
        """What that entry says is served: the model's root, else its name."""
        return self.entry.get("root") or self.entry.get("id")

    def owned_by(self, *owners: str) -> bool:
        """The list says that its model is owned by one of these."""
        return self.entry.get("owned_by") in owners


class Identity(msgspec.Struct, frozen=True, kw_only=True):
    """Who a server is, as far as it says so itself. None is what it does not say."""

    engine: str | None = None
    """An adapter's name; None: an engine that we do not know."""
    version: str | None = None
    model: str | None = None
    """What it really serves: a path, a file, or a name on the hub."""
    n_params: int | None = None
    weight_bytes: int | None = None
    context: int | None = None
    """Tokens that one request may have, prompt and reply together."""
    slots: int | None = None
    """Requests that it answers at the same time."""
    tp: int | None = None
    quantization: str | None = None
    facts: dict[str, Any] = {}
    """What else is worth keeping."""


class Adapter:
    """One engine. Subclasses fill in what differs."""

    name: ClassVar[str]
    """As users write it."""
    title: ClassVar[str]
    """As its makers write it."""
    title_in_names: ClassVar[str] = ""
    """What stands for the title where a run is named; empty: the title."""
    short_title: ClassVar[str] = ""
    """The title in one word, for tight places; empty: the title is short enough."""
    flags_in_names: ClassVar[Mapping[str, str]] = {}
    """Flags of its own whose values belong in a run's name, and what each sets, in words."""
    how_to_get: ClassVar[str]
    """One line: a command where there is one."""
    packages: ClassVar[tuple[Package, ...]] = ()
    """The Python distributions that bring it, the best first."""
    keys: ClassVar[frozenset[Key]] = frozenset(("port",))
    """Those of the common keys that it has."""
    no_key: ClassVar[Mapping[Key, str]] = {}
    """Why it lacks a common key, where that is not plain: a clause after 'it'."""
    example: ClassVar[str]
    """An ENGINE that shows how it is written."""
    why_not_launched: ClassVar[str] = ""
    """A sentence: why we can only attach to it; empty: we can launch it."""
    lists_what_it_serves: ClassVar[bool] = True
    """Its list of models has the one that it was started with, and no others."""
    needs_model: ClassVar[bool] = True
    own_model: ClassVar[str] = ""
    """What it serves where no model is named: in words, after 'with'."""
    model_is_file: ClassVar[bool] = False
    """MODEL, where there is one, is a file that must exist, not a name on the hub or a directory."""
    start_limit_s: ClassVar[float] = 3600.0
    """Give up waiting for it after this time: large weights from a slow disk take their time."""
    ready_path: ClassVar[str] = "/health"
    """Answers 200 when it serves; asking must not make it generate."""
    ready_line: ClassVar[re.Pattern[str] | None] = None
    """A line of its log that has to come as well before it serves; None: the answer is enough."""
    steps: ClassVar[tuple[Step, ...]] = ()
    troubles: ClassVar[tuple[LogTrouble, ...]] = ()
    failures: ClassVar[tuple[Words, ...]] = ()
    """How it words a request's failure."""
    metrics_path: ClassVar[str] = "/metrics"
    metrics: ClassVar[MetricNames | None] = None
    """None: it has no such page."""
    probes: ClassVar[tuple[ProbeRequest, ...]] = ()
    """What to ask to know it."""
    owners: ClassVar[tuple[str, ...]] = ()
    """What its list of models says under `owned_by`, if that is its own."""
    divides_heads: ClassVar[bool] = True
    """Its tensor parallel size must divide the attention heads."""
    offload_flags: ClassVar[frozenset[str]] = frozenset()
    """Flags of its own that keep a part of the weights out of the GPUs."""
    metrics_hint: ClassVar[str] = ""
    """How its metrics are switched on, where they are off by default: a clause."""
    spreads_by_itself: ClassVar[bool] = False
    """It uses all GPUs that it sees, whatever tp says."""

    def find(self) -> Installed | None:
        """Where it is installed on this machine, if it is."""
        return find_package(self.packages)

    def most_gpus(self, flags: Mapping[str, str]) -> int | None:
        """The most GPUs that it spreads over with these flags of its own; None: all that it sees."""
        return None

    def check(self, spec: EngineSpec) -> None:
        """Refuse what only this engine refuses.

        Raises:
            UsageError: an option cannot work with it.
        """

    def prepare(self, spec: EngineSpec, corpus: str, say: Callable[[str], None]) -> EngineSpec:
        """Make what has to be there before the launch; returns the spec to launch with.

        Args:
            spec: what the user asked for.
            corpus: the text of the conversation to come.
            say: called with what takes long, a sentence at a time.

        Raises:
            StressError: it cannot be made.
        """
        return spec

    def notices(self, spec: EngineSpec) -> tuple[str, ...]:
        """What whoever sees its figures must know, a sentence each."""
        return (RANDOM_NOTICE,) if spec.dummy or random_shape(spec.model or "") else ()

    def launch(self, base: tuple[str, ...], spec: EngineSpec, port: int) -> Launch:
        """The command that starts it on the loopback interface.

        Args:
            base: how its program is called here, from `Installed.base`.
            spec: what the user asked for.
            port: where it is to listen.
        """
        raise NotImplementedError

    def recognise(self, answers: ProbeResponses) -> Identity | None:
        """Who the server is, if it is this engine; None if it is another. Without a word more, its list is signed."""
        return Identity(engine=self.name, model=answers.served) if answers.owned_by(*self.owners) else None

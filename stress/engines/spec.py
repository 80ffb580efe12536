"""What a user writes to name an engine: `NAME[:MODEL][,key=value…]`."""

import difflib
from dataclasses import dataclass

from stress.engines.embedded import EmbeddedOptions
from stress.errors import UsageError

LAUNCHABLE = ("embedded",)

KNOWN = (
    "embedded",
    "vllm",
    "llama.cpp",
    "sglang",
    "aphrodite",
    "tabbyapi",
    "tensorrt-llm",
    "lmdeploy",
    "ollama",
    "transformers",
    "deepspeed-mii",
)
"""Engines by the names that people use for them, whether or not we can launch them."""


@dataclass(frozen=True)
class EngineSpec:
    """An engine to launch, as the user wrote it."""

    name: str
    model: str | None
    options: EmbeddedOptions


def parse_engine(text: str) -> EngineSpec:
    """The engine that a text names, such as `embedded,np=16`.

    Raises:
        UsageError: the text is no such thing, names an engine that we cannot launch, or an option is wrong.
    """
    head, *pairs = (part.strip() for part in text.split(","))
    name, _, model = head.partition(":")
    name = name.lower()
    if name not in LAUNCHABLE:
        raise UsageError(_not_launchable(name, text))
    if model:
        raise UsageError(f"The embedded engine brings its own model, but {head!r} names one; write 'embedded'.")
    return EngineSpec(name, None, EmbeddedOptions.parse(_options(pairs, text)))


def _options(pairs: list[str], text: str) -> dict[str, str]:
    options: dict[str, str] = {}
    for pair in pairs:
        key, equals, value = (part.strip() for part in pair.partition("="))
        if not (key and equals and value):
            raise UsageError(f"{pair!r} in {text!r} is no option; write options as key=value, such as np=16.")
        if key in options:
            raise UsageError(f"{text!r} gives {key} twice; give it once.")
        options[key] = value
    return options


def _not_launchable(name: str, text: str) -> str:
    if name in KNOWN:
        return (
            f"Only the engine 'embedded' can be launched so far, not {name!r}; "
            "start its server yourself and name it with --url."
        )
    near = difflib.get_close_matches(name, KNOWN, n=1)
    hint = f"did you mean {near[0]!r}? " if near else ""
    return f"There is no engine {name!r} in {text!r}; {hint}Only 'embedded' can be launched so far, others take --url."

"""What a user writes to name an engine: `NAME[:MODEL][,key=value…]`."""

import difflib
import re
from typing import Any, get_args

from stress.engines.adapter import Adapter, EngineSpec, Key
from stress.engines.registry import ADAPTERS, adapter_named
from stress.errors import UsageError

_COMMON: tuple[str, ...] = get_args(Key)
_FLAG = re.compile(r"[A-Za-z][A-Za-z0-9_.-]*")
_SECRET = re.compile(r"(^|[-_])(api[-_]?key|token|password|secret)$", re.IGNORECASE)
_OPEN, _CLOSE = "{[(", "}])"
SERVES_FILES = "embedded"
"""The engine of a GGUF that is named alone: every installation has it."""
LARGEST = {"tp": 1024, "pp": 1024, "np": 1_000_000, "ctx": 100_000_000, "port": 65535}


def parse_engine(text: str) -> tuple[Adapter, EngineSpec]:
    """The engine that a text names, such as `vllm:meta-llama/Llama-3.1-8B-Instruct,tp=2`, or just a GGUF file.

    Commas inside brackets belong to a value, so that a flag can be JSON.

    Raises:
        UsageError: the text is no such thing, names an engine that we cannot launch, or an option is wrong.
    """
    head, *pairs = (part.strip() for part in _split(text))
    name, _, model = (part.strip() for part in head.partition(":"))
    if head.lower().endswith(".gguf") and adapter_named(name.lower()) is None:
        name, model = SERVES_FILES, head
    adapter = _adapter(name.lower(), text)
    if adapter.why_not_launched:
        raise UsageError(adapter.why_not_launched)
    if adapter.needs_model and not model:
        raise UsageError(f"{text!r} has no model; write it like {adapter.example}.")
    written = _options(pairs, text)
    known: dict[str, Any] = {key: _value(adapter, key, value) for key, value in written.items() if key in _COMMON}
    flags = {key: value for key, value in written.items() if key not in _COMMON}
    for key in flags:
        if _SECRET.search(key):
            raise UsageError(
                f"{key}= would put a secret into the record; pass it to the engine in an environment variable."
            )
    spec = EngineSpec(name=adapter.name, model=model or None, flags=flags, **known)
    adapter.check(spec)
    return adapter, spec


def _split(text: str) -> list[str]:
    parts, depth = [""], 0
    for char in text:
        depth += (char in _OPEN) - (char in _CLOSE)
        if char == "," and depth <= 0:
            parts.append("")
        else:
            parts[-1] += char
    return parts


def _adapter(name: str, text: str) -> Adapter:
    adapter = adapter_named(name)
    if adapter is None and name in ("http", "https"):
        raise UsageError(f"{text!r} is a server's URL, not an engine to start; write an engine such as vllm:MODEL.")
    if adapter is None:
        names = [known.name for known in ADAPTERS]
        near = difflib.get_close_matches(name, names, n=1)
        hint = f"did you mean {near[0]!r}? The engines are" if near else "the engines are"
        where = "" if text.lower() == name else f" (in {text!r})"
        raise UsageError(f"There is no engine {name!r}{where}; {hint} {', '.join(names)}.")
    return adapter


def _options(pairs: list[str], text: str) -> dict[str, str]:
    options: dict[str, str] = {}
    for pair in pairs:
        key, equals, value = (part.strip() for part in pair.partition("="))
        if not (_FLAG.fullmatch(key) and equals and value):
            raise UsageError(f"{pair!r} in {text!r} is not an option; write options as key=value, such as np=16.")
        if key in options:
            raise UsageError(f"{text!r} sets {key} twice; set it once.")
        options[key] = value
    return options


def _value(adapter: Adapter, key: Any, text: str) -> object:
    if key not in adapter.keys:
        why = adapter.no_key.get(key)
        raise UsageError(f"{adapter.title} has no {key}{f': it {why}' if why else ''}; remove {key}={text}.")
    if key == "gpus":
        return _gpus(text)
    if key == "dummy":
        return _switch(text)
    if not (text.isascii() and text.isdecimal() and 1 <= int(text) <= LARGEST[key]):
        raise UsageError(f"{key}={text} is wrong: {key} is a whole number from 1 to {LARGEST[key]:,}.")
    return int(text)


def _gpus(text: str) -> tuple[int, ...]:
    parts = text.split("+")
    if not all(part.isascii() and part.isdecimal() and len(part) < 5 for part in parts) or len(set(parts)) < len(parts):
        raise UsageError(f"gpus={text} is wrong: write each GPU's number once, such as gpus=0+1.")
    return tuple(int(part) for part in parts)


def _switch(text: str) -> bool:
    if text.lower() not in ("true", "false", "1", "0", "yes", "no", "on", "off"):
        raise UsageError(f"dummy={text} is wrong: use dummy=true for random weights.")
    return text.lower() in ("true", "1", "yes", "on")

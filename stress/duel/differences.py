"""What differs between two runs, from their `run.json`: pure."""

from collections.abc import Mapping
from typing import Any

import msgspec

from stress.runs.directory import RunRecord
from stress.runs.naming import FULL_PRECISION, flags_in_names, mapping, name_of, named_flags

_WORK = ("seed", "scenario", "ramp", "max tokens", "temperature", "ignore EOS", "agent memory", "ended as")
"""What has to be the same in a fair duel."""
_LONGEST = 60
UNKNOWN = "n/a"


class Difference(msgspec.Struct, frozen=True):
    """One setting, in words; `n/a` where a side does not say."""

    name: str
    left: str
    right: str
    minor: bool = False
    """Nobody would name it, asked what differs: it is shown only to those who want everything."""


def differences(left: RunRecord | None, right: RunRecord | None) -> tuple[Difference, ...]:
    """Every setting that differs, first what a person would name; nothing where a record is missing."""
    if left is None or right is None:
        return ()
    running = "running" in (left.state, right.state)  # a record has its GPUs and its state only at its end
    found = [
        Difference(name, *values, minor=minor or _silent(name, values))
        for settings, minor in ((_settings, False), (_details, True))
        for name, values in _pairs(settings(left), settings(right))
        if not (running and name == "ended as")
    ]
    return tuple(sorted(found, key=lambda difference: difference.minor))


def unfair(found: tuple[Difference, ...]) -> tuple[Difference, ...]:
    """Those that make it no comparison of engines: the work itself was not the same."""
    return tuple(difference for difference in found if difference.name in _WORK)


def shown(found: tuple[Difference, ...]) -> tuple[Difference, ...]:
    """Those that a person would name."""
    return tuple(difference for difference in found if not difference.minor)


def _pairs(left: dict[str, str], right: dict[str, str]) -> list[tuple[str, tuple[str, str]]]:
    both = ((name, (left.get(name, UNKNOWN), right.get(name, UNKNOWN))) for name in left | right)
    return [(name, values) for name, values in both if values[0] != values[1]]


def _silent(name: str, values: tuple[str, str]) -> bool:
    """Neither side says more than what is meant where nothing is said: one GPU a layer, 16 bits a weight."""
    usual = {"tp": ("1",), "pp": ("1",), "precision": FULL_PRECISION}.get(name, ())
    return all(value == UNKNOWN or value.lower() in usual for value in values)


def _settings(record: RunRecord) -> dict[str, str]:
    """What a person would name, in words, the weightiest first."""
    target, request = record.target, record.request
    identity, asked = mapping(target, "identity"), mapping(target, "asked")
    marks = name_of(record).marks
    settings: dict[str, Any] = {
        "engine": marks["engine"],
        "version": str(identity.get("version") or "").partition(" (")[0],
        "model": marks["model"],
        "tp": asked.get("tp") or identity.get("tp"),
        "pp": asked.get("pp"),
        "np": asked.get("np") or identity.get("slots"),
        "context": _tokens(asked.get("ctx") or identity.get("context")),
        "precision": marks.get("precision"),
        **named_flags(record.target),
        "GPUs": marks.get("gpus"),
        "machine": record.host.get("cpu"),
        "max tokens": request.get("max_tokens"),
        "temperature": request.get("temperature"),
        "ignore EOS": request.get("ignore_eos"),
        "added to requests": request.get("extra_body"),
        "seed": str(record.seed),
        "scenario": record.scenario.get("name"),
        "ramp": record.ramp.get("text"),
        "agent memory": _tokens(target.get("budget_tokens")),
        "client": target.get("client"),
        "ended as": record.state,
    }
    return _in_words(settings)


def _details(record: RunRecord) -> dict[str, str]:
    """Everything else that may differ."""
    target = record.target
    identity, asked = mapping(target, "identity"), mapping(target, "asked")
    return _in_words(
        {
            "model path": record.request.get("model"),
            "parameters": identity.get("n_params"),
            "random weights": asked.get("dummy"),
            "chosen GPUs": asked.get("gpus"),
            **{key: value for key, value in mapping(asked, "flags").items() if key not in flags_in_names(target)},
            "environment": target.get("environment"),
            "agent-stress": record.versions.get("agent-stress"),
        }
    )


def _in_words(settings: Mapping[str, Any]) -> dict[str, str]:
    return {name: _words(value) for name, value in settings.items() if value not in (None, "", [], {}, ())}


def _tokens(count: Any) -> str:
    return f"{count:,} tokens" if isinstance(count, int) else ""


def _words(value: Any) -> str:
    if isinstance(value, float) or (isinstance(value, int) and not isinstance(value, bool)):
        return f"{value:,}" if abs(value) >= 10_000 else f"{value:g}"
    if isinstance(value, Mapping):
        value = " ".join(f"{name}={part}" for name, part in value.items())
    if isinstance(value, list | tuple):
        value = "+".join(map(str, value))  # GPUs by their numbers, as they are written in `gpus=`
    text = str(value)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"

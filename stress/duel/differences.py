"""What differs between two runs, from their `run.json`: pure."""

from collections.abc import Mapping
from typing import Any

import msgspec

from stress.runs.directory import RunRecord

_WORK = ("seed", "scenario", "ramp", "max_tokens", "temperature", "ignore_eos", "memory of an agent", "ended as")
"""What has to be the same in a fair duel."""
_LONGEST = 60


class Difference(msgspec.Struct, frozen=True):
    """One setting, in words; `n/a` where a side does not say."""

    name: str
    left: str
    right: str


def differences(left: RunRecord | None, right: RunRecord | None) -> tuple[Difference, ...]:
    """Engine, version and every setting that is not the same, the weightiest first; none where a record is missing."""
    if left is None or right is None:
        return ()
    ours, theirs = _settings(left), _settings(right)
    if "running" in (left.state, right.state):  # what a record has at its end only
        for settings in (ours, theirs):
            settings.pop("GPUs", None)
            settings.pop("ended as", None)
    found = [Difference(name, ours.get(name, "n/a"), theirs.get(name, "n/a")) for name in ours | theirs]
    return tuple(difference for difference in found if difference.left != difference.right)


def unfair(found: tuple[Difference, ...]) -> tuple[Difference, ...]:
    """Those that make it no comparison of engines: the work itself was not the same."""
    return tuple(difference for difference in found if difference.name in _WORK)


def _settings(record: RunRecord) -> dict[str, str]:
    """Everything that may differ, in words, the weightiest first."""
    target, request = record.target, record.request
    identity = _mapping(target.get("identity"))
    asked = _mapping(target.get("asked"))
    settings: dict[str, Any] = {
        "engine": identity.get("engine") or target.get("engine"),
        "version": identity.get("version"),
        "model": request.get("model"),
        **{name: identity.get(name) for name in ("tp", "slots", "context", "dtype", "n_params")},
        **{name: value for name, value in asked.items() if name in ("pp", "gpus", "dummy")},
        **_mapping(asked.get("flags")),
        "environment": target.get("environment"),
        "GPUs": [gpu.get("name") for gpu in record.gpus] or None,
        "ended as": record.state,
        "machine": record.host.get("cpu"),
        "agent-stress": record.versions.get("agent-stress"),
        **{name: request.get(name) for name in ("max_tokens", "temperature", "ignore_eos", "extra_body")},
        "seed": record.seed,
        "scenario": record.scenario.get("name"),
        "ramp": record.ramp.get("text"),
        "memory of an agent": target.get("budget_tokens"),
        "client": target.get("client"),
    }
    return {name: _words(value) for name, value in settings.items() if value not in (None, "", [], {}, ())}


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _words(value: Any) -> str:
    if isinstance(value, float) or (isinstance(value, int) and not isinstance(value, bool)):
        return f"{value:,}" if abs(value) >= 10_000 else f"{value:g}"
    if isinstance(value, Mapping):
        value = " ".join(f"{name}={part}" for name, part in value.items())
    if isinstance(value, list | tuple) and all(isinstance(part, int) for part in value):
        value = "+".join(map(str, value))  # GPUs by their numbers, as they are written in `gpus=`
    elif isinstance(value, list | tuple):
        kinds = dict.fromkeys(map(str, value))
        value = " + ".join(f"{list(map(str, value)).count(kind)} × {kind}" for kind in kinds)
    text = str(value)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"

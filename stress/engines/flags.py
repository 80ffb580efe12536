"""An engine's own flags, from `key=value` as the user wrote it to a command line or a file."""

import json
from collections.abc import Mapping
from typing import Any

from stress.engines.adapter import EngineSpec


def common_flags(spec: EngineSpec, port: int, /, **names: str) -> tuple[str, ...]:
    """The common keys as an engine's flags, without those that the user left out.

    `names`: what the engine calls each of them; `--host` and `--port` need not be named.
    """
    values = vars(spec) | {"host": "127.0.0.1", "port": port, "dummy": "dummy" if spec.dummy else None}
    words = ((flag, values[key]) for key, flag in ({"host": "--host", "port": "--port"} | names).items())
    return tuple(word for flag, value in words if value is not None for word in (flag, str(value)))


def long_flags(flags: Mapping[str, str]) -> tuple[str, ...]:
    """Each flag with two dashes: `key=value` is `--key value`, `key=true` is `--key`, `key=false` is `--no-key`."""
    argv: list[str] = []
    for key, value in flags.items():
        if value.lower() == "true":
            argv.append(f"--{key}")
        elif value.lower() == "false":
            argv.append(f"--no-{key}")
        else:
            argv += [f"--{key}", value]
    return tuple(argv)


def switches(flags: Mapping[str, str]) -> tuple[str, ...]:
    """As `long_flags`, for engines without `--no-key`: `key=false` is nothing."""
    return long_flags({key: value for key, value in flags.items() if value.lower() != "false"})


def json_value(text: str) -> Any:
    """A value for a file, where it needs a type: what the user wrote as JSON (`true`, `[20, 24]`), else the text."""
    try:
        return json.loads(text.lower() if text.lower() in ("true", "false") else text)
    except ValueError:
        return text

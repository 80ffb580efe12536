"""Flags of engines whose switches have no opposite."""

from collections.abc import Mapping

from stress.engines.flags import long_flags


def switches(flags: Mapping[str, str]) -> tuple[str, ...]:
    """Each flag with two dashes; `key=true` is `--key`, and `key=false` is nothing, since there is no `--no-key`."""
    return long_flags({key: value for key, value in flags.items() if value.lower() != "false"})

"""An engine's own flags, from `key=value` as the user wrote it to a command line."""

from collections.abc import Iterable, Mapping


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


def given(pairs: Iterable[tuple[str, object | None]]) -> tuple[str, ...]:
    """Flags with their values, without those whose value is null."""
    return tuple(word for flag, value in pairs if value is not None for word in (flag, str(value)))

"""A command line that does not parse, as one sentence: what is wrong, and what would be right."""

import re
from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from typing import Any

from typer import TyperException

ENGINE_KEYS = ("tp", "pp", "np", "ctx", "gpus", "port", "dummy")
"""Written with the engine, not as options; the first thing that users try."""
CLOSE = 0.7
"""How similar a word must be to what was meant, as difflib measures it."""


def misuse(error: TyperException, words: Sequence[str], commands: Sequence[str]) -> str:
    """The sentence for what typer found.

    Args:
        error: what typer raised.
        words: the command line, without `stress`.
        commands: the names of all commands.
    """
    context: Any = getattr(error, "ctx", None)
    command = " ".join(["stress", *_names(context)])
    said, help_line = error.format_message(), f"`{command} --help`"
    if hasattr(error, "possibilities"):
        return _no_option(str(getattr(error, "option_name", "")), context, help_line)
    if found := re.match(r"No such command '(.*?)'\.", said):
        meant = _meant(found[1], _subcommands(context) or commands)
        return f"There is no command {found[1]!r}{meant} {help_line} lists them all."
    if found := re.match(r"Missing (?:argument|option) '(.*?)'", said):
        return f"{found[1]} is missing: write `{command} {_usage(context)}`; {help_line} has examples."
    if found := re.match(r"Option '(.*?)' requires an argument", said):
        return f"{found[1]} needs a value after it."
    if found := re.match(r"Got unexpected extra arguments?(?:\(s\))? \((.*)\)", said):
        return _too_much(found[1], command, context, commands, help_line)
    if found := re.match(r"Invalid value for '(.*?)': (.*)", said, re.DOTALL):
        return _wrong_value(found[1].split(" / ")[0], found[2], words)
    return said


def _no_option(name: str, context: Any, help_line: str) -> str:
    key = name.lstrip("-")
    meant = _meant(name, [*_options(context)])
    if key in ENGINE_KEYS and _starts_engines(context):
        return f"There is no option {name}: it is a key of the engine, as in --engine NAME:MODEL,{key}=…"
    return f"There is no option {name}{meant} {help_line} lists them all."


def _starts_engines(context: Any) -> bool:
    return any(name in ("engine", "left") for name in (one.name for one in _parameters(context)))


def _too_much(extra: str, command: str, context: Any, commands: Sequence[str], help_line: str) -> str:
    if extra.split(" ")[0] in commands:
        return f"`{command}` and `stress {extra}` are two commands; give one at a time."
    takes = f"only {usage}" if (usage := _usage(context)) else "options only"
    return f"{extra!r} is one argument too many: `{command}` takes {takes}; {help_line} lists them all."


def _wrong_value(name: str, said: str, words: Sequence[str]) -> str:
    value = _value(name, words)
    shown = name if value is None else f"{name} {value!r}"
    bounds = [
        f"{number} {side}"
        for pattern, side in (("greater than or equal to", "or more"), ("less than or equal to", "at most"))
        for number in re.findall(rf"{pattern} (\S+)", said)
    ]
    if bounds:
        return f"{shown} is out of range: give {' and '.join(bounds)}."
    if "integer" in said:
        return f"{shown} is not a whole number: give one such as 50."
    if "number" in said or "float" in said:
        return f"{shown} is not a number: give one such as 2.5."
    return f"{shown} is wrong: {said[:1].lower()}{said[1:].rstrip('.')}."


def _value(name: str, words: Sequence[str]) -> str | None:
    """What was given for this option."""
    for word, following in zip(words, [*words[1:], None], strict=True):
        if word == name:
            return following
        if word.startswith(f"{name}="):
            return word.partition("=")[2]
    return None


def _meant(word: str, known: Sequence[str]) -> str:
    close = get_close_matches(word, known, 1, CLOSE)
    return f". Did you mean {close[0]}?" if close else ";"


def _names(context: Any) -> list[str]:
    """The command's words after `stress`."""
    found: list[str] = []
    while context is not None and context.parent is not None:
        found.insert(0, str(context.info_name))
        context = context.parent
    return found


def _parameters(context: Any) -> list[Any]:
    return [] if context is None else context.command.get_params(context)


def _options(context: Any) -> Iterator[str]:
    for parameter in _parameters(context):
        yield from (name for name in parameter.opts if name.startswith("-"))


def _subcommands(context: Any) -> list[str]:
    return list(getattr(getattr(context, "command", None), "commands", {}))


def _usage(context: Any) -> str:
    """The arguments and the options that have to be given."""
    needed = [one for one in _parameters(context) if one.required or one.param_type_name == "argument"]
    arguments = [str(one.metavar or one.name.upper()) for one in needed if one.param_type_name == "argument"]
    options = [f"{one.opts[0]} {one.metavar}" for one in needed if one.param_type_name == "option"]
    return " ".join([*arguments, *options])

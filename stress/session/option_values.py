"""What the values of options mean: each function takes what a user wrote, or what it has made of that before."""

import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from stress.errors import UsageError
from stress.units import parse_duration

MOST_WORKERS = 64


def extra_body(text: str | dict[str, Any] | None) -> dict[str, Any]:
    """The JSON object of `--extra-body`.

    Raises:
        UsageError: it is not a JSON object.
    """
    try:
        body = json.loads(text) if isinstance(text, str) else text or {}
    except ValueError as error:
        raise UsageError(f"--extra-body is not JSON ({error}); give an object such as '{{\"top_k\": 20}}'.") from None
    if not isinstance(body, dict):
        raise UsageError(f"--extra-body {text!r} is not a JSON object; give one such as '{{\"top_k\": 20}}'.")
    return body


def max_rate(rate: float | None) -> float | None:
    """The cap of `--max-rate`, in messages a second.

    Raises:
        UsageError: it is not a number above zero.
    """
    if rate is not None and not 0 < rate < math.inf:
        raise UsageError(f"--max-rate {rate:g} must be above 0; give messages per second, such as 50 or 0.5.")
    return rate


def price(price: float | None) -> float | None:
    """The price of `--price`, of a GPU for an hour.

    Raises:
        UsageError: it is not a number of 0 or more.
    """
    if price is not None and not 0 <= price < math.inf:
        raise UsageError(f"--price {price:g} is not a price; give the cost of one GPU per hour, such as 2.50.")
    return price


def names(names: str | Sequence[str] | None) -> tuple[str, str] | None:
    """The two names of `--names "A,B"`.

    Raises:
        UsageError: they are not two, or the same.
    """
    if names is None:
        return None
    parts = [name.strip() for name in (names.split(",") if isinstance(names, str) else names)]
    if len(parts) != 2 or not all(parts) or parts[0].casefold() == parts[1].casefold():
        raise UsageError(f'--names {names!r} does not name two sides; give two names, such as "vLLM,llama.cpp".')
    return parts[0], parts[1]


def workers(workers: str | int | None) -> int | None:
    """The number of worker processes; None for `auto`.

    Raises:
        UsageError: it is neither `auto` nor a number from 1 to 64.
    """
    if workers is None or workers == "auto":
        return None
    if not str(workers).isdecimal() or not 1 <= int(workers) <= MOST_WORKERS:
        raise UsageError(f"--workers {workers!r} is wrong; use auto or a number from 1 to {MOST_WORKERS}.")
    return int(workers)


def client(name: str) -> str:
    """The client that sends the requests.

    Raises:
        UsageError: there is no such client.
    """
    if name not in ("fast", "openai"):
        raise UsageError(f"--client {name!r} does not exist; use fast or openai.")
    return name


def metadata(notes: Sequence[str] | dict[str, str] | None) -> dict[str, str]:
    """The notes of `--metadata K=V`.

    Raises:
        UsageError: one has no key or no equals sign.
    """
    if isinstance(notes, dict):
        return notes
    found = {}
    for note in notes or ():
        key, equals, value = note.partition("=")
        if not key or not equals:
            raise UsageError(f"--metadata {note!r} is not KEY=VALUE; write it like box=six-3090s.")
        found[key] = value
    return found


def prompts(prompts: str | Sequence[str] | None) -> tuple[str, ...]:
    """The prompts of `--prompts`: the lines of a file, or the 59 that come with the package for `varied`.

    Raises:
        UsageError: the file cannot be read, or holds none.
    """
    if not isinstance(prompts, str):
        return tuple(prompts or ())
    from stress.scenario.library import VARIED, read_prompts

    return read_prompts(VARIED if prompts == "varied" else Path(prompts))


def ghost(run: str | Path | None) -> Path | None:
    """The directory of the run that `--ghost` names.

    Raises:
        UsageError: there is no such run.
    """
    if not isinstance(run, str):
        return run
    from stress.runs.find import find_single_run

    return find_single_run(run)


def give_up(time: str | float) -> float:
    """The seconds of `--give-up`.

    Raises:
        UsageError: it is no duration above zero.
    """
    seconds = parse_duration(time, "--give-up: ") if isinstance(time, str) else time
    if seconds <= 0:
        raise UsageError(f"--give-up {time!r} would end every run at once; give a time above zero, such as 10s.")
    return seconds


def path(text: str | Path | None) -> Path | None:
    """The path, if one is given."""
    return Path(text) if text else None


def several(values: Sequence[str] | None) -> tuple[str, ...]:
    """The values of an option that may be repeated."""
    return tuple(values or ())

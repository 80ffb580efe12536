"""The options that several commands share, and what their texts mean."""

import math
import sys
from typing import Annotated, Any, Literal

import typer

from stress.errors import UsageError
from stress.units import parse_duration
from stress.view.themes import known_theme

Agents = Annotated[
    str | None,
    typer.Option(
        "--agents", metavar="A..B", help="Agents at the start and at the end, or one number. [default: 6..200]"
    ),
]
Over = Annotated[
    str | None, typer.Option("--over", metavar="TIME", help="How long the way from A to B takes. [default: 2m]")
]
Hold = Annotated[
    str | None, typer.Option("--hold", metavar="TIME", help="How long the swarm stays at B. [default: 30s]")
]
Shape = Annotated[
    str | None, typer.Option("--shape", metavar="linear|exp|steps:N", help="The way from A to B. [default: linear]")
]
Stages = Annotated[
    str | None,
    typer.Option(
        "--stages", metavar="N@TIME,…", help='A schedule such as "6@30s,50@2m,200@5m,200@1m", in place of the three.'
    ),
]
Rate = Annotated[
    str | None,
    typer.Option(
        "--rate",
        metavar="R[..S]",
        help="Messages a minute per agent, growing with the agents. [default: as fast as replies come]",
    ),
]
MaxRate = Annotated[
    float | None, typer.Option("--max-rate", metavar="R", help="Messages a second, the whole swarm's cap.")
]
GiveUp = Annotated[
    str, typer.Option("--give-up", metavar="TIME", help="A server that refuses every connection so long ends the run.")
]
ScenarioName = Annotated[
    str | None,
    typer.Option("--scenario", metavar="NAME|FILE", help="What the agents talk about; see `stress scenarios`."),
]
Url = Annotated[
    str | None, typer.Option("--url", metavar="URL", help="An OpenAI-compatible server, with or without /v1.")
]
Engine = Annotated[
    str | None,
    typer.Option(
        "--engine",
        metavar="ENGINE",
        help="An engine to start and stop: NAME[:MODEL][,key=value…], such as vllm:DIR,tp=2; see `stress engines`.",
    ),
]
RestartEngine = Annotated[
    bool, typer.Option("--restart-engine", help="If the engine that we started dies, bring it back and go on.")
]
ApiKeyEnv = Annotated[
    str | None,
    typer.Option("--api-key-env", metavar="NAME", help="The variable that holds the key. [default: OPENAI_API_KEY]"),
]
Model = Annotated[
    str | None, typer.Option("--model", metavar="NAME", help="The model to ask for. [default: the first listed]")
]
MaxTokens = Annotated[
    int | None,
    typer.Option("--max-tokens", metavar="N", min=1, help="The longest reply. [default: the scenario's]"),
]
Temperature = Annotated[
    float | None,
    typer.Option("--temperature", metavar="X", min=0.0, help="Sampling temperature. [default: the scenario's]"),
]
IgnoreEos = Annotated[
    bool, typer.Option("--ignore-eos", help="Every reply goes on to --max-tokens, where the engine can.")
]
ExtraBody = Annotated[str | None, typer.Option("--extra-body", metavar="JSON", help="Fields to add to every request.")]
Seed = Annotated[
    int | None,
    typer.Option(
        "--seed", metavar="N", min=0, help="Repeats personas, topology and openers exactly; engines are not told it."
    ),
]
GpuMetrics = Annotated[
    list[str] | None,
    typer.Option(
        "--gpu-metrics",
        metavar="URL",
        help="A DCGM exporter, or `stress telemetry serve`, on the machine with the GPUs; may be repeated.",
    ),
]
GhostRun = Annotated[
    str | None,
    typer.Option("--ghost", metavar="RUN", help="A recorded run, shown beside this one in step with it, and compared."),
]
Price = Annotated[
    float | None,
    typer.Option("--price", metavar="P", help="What a GPU costs an hour: tells what a million output tokens cost."),
]
Workers = Annotated[
    str, typer.Option("--workers", metavar="auto|N", help="Processes that make the load; auto adds them as it takes.")
]
Client = Annotated[
    str, typer.Option("--client", metavar="fast|openai", help="Who sends the requests: our client, or the openai SDK.")
]
Out = Annotated[
    str | None, typer.Option("--out", metavar="DIR", help="Where to record. [default: runs/<time>-<command>-<target>]")
]
Label = Annotated[str | None, typer.Option("--label", metavar="TEXT", help="A name for this run.")]
Metadata = Annotated[
    list[str] | None, typer.Option("--metadata", metavar="K=V", help="A note in run.json; may be repeated.")
]
Ui = Annotated[
    str,
    typer.Option(
        "--ui", metavar="auto|tui|plain|json|none", help="How to watch: auto is tui on a terminal, else plain."
    ),
]
Theme = Annotated[
    str | None,
    typer.Option(
        "--theme",
        metavar="NAME",
        help="Of the screen: dark, light, colour-blind, sixteen or mono. [default: by what the terminal can]",
    ),
]
StreamerSafe = Annotated[
    bool,
    typer.Option(
        "--streamer-safe",
        help="Show no keys, home paths, names of hosts and users, nor addresses; on the screen, S turns it off and on.",
    ),
]

MOST_WORKERS = 64
UiName = Literal["tui", "plain", "json", "none"]
_UIS: tuple[UiName, ...] = ("tui", "plain", "json", "none")
_CLIENTS: tuple[Literal["fast", "openai"], ...] = ("fast", "openai")


def parse_ui(text: str) -> UiName:
    """The viewer to use; `auto` is the live screen on a terminal and plain lines elsewhere.

    Raises:
        UsageError: there is no such viewer, or the screen is asked for where there is no terminal.
    """
    terminal = all(stream.isatty() for stream in (sys.stdin, sys.stdout, sys.stderr))  # the screen draws on stderr
    if text == "auto":
        return "tui" if terminal else "plain"
    if text not in _UIS:
        raise UsageError(f"--ui {text!r} is not known; use auto, tui, plain, json or none.")
    if text == "tui" and not terminal:
        raise UsageError("--ui tui needs a terminal, and this is none; use plain or json.")
    return text


def parse_theme(text: str | None) -> str | None:
    """The theme of the screen; null: the one that suits the terminal.

    Raises:
        UsageError: there is no such theme.
    """
    return None if text is None else known_theme(text)


def parse_extra_body(text: str | None) -> dict[str, Any]:
    """The JSON object of `--extra-body`.

    Raises:
        UsageError: it is no JSON object.
    """
    if text is None:
        return {}
    import json

    try:
        body = json.loads(text)
    except ValueError as error:
        raise UsageError(f"--extra-body is no JSON ({error}); write an object such as '{{\"top_k\": 20}}'.") from None
    if not isinstance(body, dict):
        raise UsageError(f"--extra-body is {text!r}, no JSON object; write one such as '{{\"top_k\": 20}}'.")
    return body


def parse_max_rate(rate: float | None) -> float | None:
    """The cap of `--max-rate`.

    Raises:
        UsageError: it is not a number above zero.
    """
    if rate is not None and not 0 < rate < math.inf:
        raise UsageError(f"--max-rate {rate:g} caps nothing; give messages a second above 0, such as 50 or 0.5.")
    return rate


def parse_give_up(text: str) -> float:
    """The seconds of `--give-up`.

    Raises:
        UsageError: it is no duration above zero.
    """
    seconds = parse_duration(text, "--give-up: ")
    if seconds <= 0:
        raise UsageError(f"--give-up {text!r} would end every run; give a time above zero, such as 10s.")
    return seconds


def parse_speed(speed: float) -> float:
    """The speed of `--speed`.

    Raises:
        UsageError: it is not a number from 0.25 to 100.
    """
    if not 0.25 <= speed <= 100:
        raise UsageError(f"--speed {speed:g} is out of range; give one from 0.25 to 100.")
    return speed


def parse_price(price: float | None) -> float | None:
    """The price of `--price`.

    Raises:
        UsageError: it is not a number of 0 or more.
    """
    if price is not None and not 0 <= price < math.inf:
        raise UsageError(f"--price {price:g} is no price; give what a GPU costs an hour, such as 2.50.")
    return price


def parse_workers(text: str) -> int | None:
    """How many load workers; null for `auto`.

    Raises:
        UsageError: it is neither `auto` nor a number from 1 to 64.
    """
    if text == "auto":
        return None
    if not text.isdecimal() or not 1 <= int(text) <= MOST_WORKERS:
        raise UsageError(f"--workers {text!r} is not known; use auto or a number from 1 to {MOST_WORKERS}.")
    return int(text)


def parse_client(text: str) -> Literal["fast", "openai"]:
    """The client that sends the requests.

    Raises:
        UsageError: there is no such client.
    """
    if text not in _CLIENTS:
        raise UsageError(f"--client {text!r} is not known; use fast or openai.")
    return text


def parse_metadata(notes: list[str]) -> dict[str, str]:
    """The notes of `--metadata K=V`.

    Raises:
        UsageError: one has no key or no equals sign.
    """
    found = {}
    for note in notes:
        key, equals, value = note.partition("=")
        if not key or not equals:
            raise UsageError(f"--metadata {note!r} is no K=V; write it as box=six-3090s.")
        found[key] = value
    return found

"""`stress` alone: what this machine has, and the three commands that are the most use on it."""

import os
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from stress.engines.adapter import Adapter
    from stress.telemetry.machine_gpu import MachineGpu

LOOK_S = 0.7
"""What has not answered by then is left out: a guide is there at once."""
PORTS = (8000, 8080, 30000, 11434, 23333, 5000, 1234)
"""Where local chat servers usually listen, the likeliest first."""
DEMO = ("stress replay demo:duel", "Watch a recorded duel: vLLM against llama.cpp on one H200.")
EMBEDDED = (
    "stress ramp --agents 2..20 --over 30s",
    "Try it now: a small llama.cpp model with random weights, on the CPU.",
)
OWN_SERVER = (
    "stress ramp --url http://HOST:8000",
    "Load any OpenAI-compatible server: 6 to 200 agents in two minutes.",
)


@dataclass(frozen=True)
class Found:
    """What is here."""

    gpus: tuple[str, ...] = ()
    """Their names."""
    engines: tuple[tuple[str, str], ...] = ()
    """Title and ENGINE of those that can be started on these GPUs."""
    servers: tuple[tuple[str, str], ...] = ()
    """URL and first model's short name of those that answer on this machine."""
    configured: bool = False
    """OPENAI_BASE_URL names a server."""


def guide(found: Found) -> list[str]:
    """The guide for such a machine, at most 80 columns wide."""
    lines = ["See live how many LLM agents a GPU box can take, and which engine is best.", ""]
    if here := _here(found):
        lines += [f"On this machine: {here}.", ""]
    for command, what in suggestions(found):
        lines += [f"  {command}", f"      {what}"]
    return [
        *lines,
        "",
        "`stress --help` lists all commands, `stress ramp --help` the options of one.",
    ]


def suggestions(found: Found) -> list[tuple[str, str]]:
    """Three commands, each with a sentence: the most useful first."""
    known = []
    if found.configured:
        known.append(("stress ramp", "Load the server in OPENAI_BASE_URL: 6 to 200 agents in two minutes."))
    for url, model in found.servers[:1]:
        known.append((f"stress ramp --url {url}", f"Load the server that runs here ({model}): 6 to 200 agents."))
    for title, engine in found.engines[:1]:
        known.append((f"stress ramp --engine {engine}", f"Start {title} here, load it, and stop it at the end."))
    return [*known[:2], *[EMBEDDED] * (not known), DEMO, OWN_SERVER][:3]


def _here(found: Found) -> str:
    kinds = dict.fromkeys(found.gpus)
    parts = [f"{found.gpus.count(kind)} × {kind}" for kind in kinds]
    parts += [title for title, _ in found.engines]
    parts += [f"a server at {url}" for url, _ in found.servers]
    return ", ".join(parts)


def look(deadline_s: float = LOOK_S) -> Found:
    """See what this machine has, within so many seconds."""
    from stress.engines.registry import ADAPTERS

    until = time.monotonic() + deadline_s
    servers = [_later(_server, port) for port in PORTS]
    gpus = _later(_gpus)
    candidates = [one for one in ADAPTERS if one.needs_model and not one.why_not_launched]
    engines = [(one, _later(one.find)) for one in candidates]
    names = tuple(gpu.name for gpu in gpus(until) or ())
    return Found(
        gpus=names,
        engines=tuple(
            (one.title, _engine(one, len(names))) for one, answer in engines if names and answer(until) is not None
        ),
        servers=tuple(answer for server in servers if (answer := server(until)) is not None),
        configured=bool(os.environ.get("OPENAI_BASE_URL")),
    )


def _engine(adapter: "Adapter", gpus: int) -> str:
    """ENGINE for this many GPUs; the user fills in the model."""
    if adapter.model_is_file:
        return f"{adapter.name}:FILE.gguf"
    return f"{adapter.name}:MODEL" + f",tp={gpus}" * (gpus > 1 and "tp" in adapter.keys)


def _gpus() -> "Sequence[MachineGpu]":
    from stress.telemetry.machine import local_gpus

    gpus = local_gpus()
    return () if gpus is None else gpus.inventory()


def _server(port: int) -> tuple[str, str] | None:
    """The chat server on this port of this machine; asked without a key, since nobody knows whose it is."""
    from stress.client.probe import probe

    url = f"http://127.0.0.1:{port}"
    served = probe(url, None, timeout=LOOK_S)
    return url, served.models[0].rpartition("/")[2]  # no path, which could hold a user's name


def _later(work: Callable[..., Any], *arguments: Any) -> Callable[[float], Any]:
    """Do it in a thread that holds up nobody; returns what waits until a monotonic time: its answer, None without."""
    answers: list[Any] = []

    def do() -> None:
        try:
            answers.append(work(*arguments))
        except Exception:
            return  # whatever is wrong with it, the guide does without

    thread = threading.Thread(target=do, daemon=True)
    thread.start()

    def answer(until: float) -> Any:
        thread.join(max(0.0, until - time.monotonic()))
        return answers[0] if answers else None

    return answer

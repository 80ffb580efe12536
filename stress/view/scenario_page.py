"""A scenario as text for people: a row of the list, a page to read, the verdict of a check."""

import re
import shutil
import textwrap

from stress.scenario.cast import Cast
from stress.scenario.model import Persona, Scenario
from stress.scenario.topology import parse_topology
from stress.swarm.memory import START_RATE
from stress.text import visible

_NAME_WIDTH = 14


def row(scenario: Scenario, *, default: bool = False) -> str:
    """Two lines or more: name, topology, personas and title, then the first sentence of what it is about."""
    people = f"{_count_cast(scenario)} personas"
    head = f"{scenario.name:<{_NAME_WIDTH - 1}} {scenario.topology:<10} {people:<13} {scenario.title}"
    sentence = re.split(r"(?<=[.!?])\s", _flat(scenario.about), maxsplit=1)[0]
    return f"{head}{' (the default)' if default else ''}\n{_wrapped(sentence, ' ' * _NAME_WIDTH)}"


def page(scenario: Scenario) -> str:
    """The whole scenario, wrapped to the terminal."""
    parts = [f"{scenario.title}\n{'=' * len(scenario.title)}", _paragraphs(scenario.about), _facts(scenario)]
    parts += [_heading("Setting"), _paragraphs(scenario.setting)]
    if scenario.lead:
        parts += [_heading("Lead"), _person(scenario.lead)]
    parts += [_heading("Personas"), "\n".join(map(_person, scenario.personas))]
    parts += [_heading("Openers"), "\n".join(_wrapped(opener, "  - ", "    ") for opener in scenario.openers)]
    return "\n\n".join(parts)


def verdict(scenario: Scenario) -> str:
    """One line that says what the scenario holds, and what the second of twelve agents would be told."""
    topology = parse_topology(scenario.topology)
    prompt = Cast(scenario, topology, seed=0).system_prompt(1, 12)
    needed = round(len(prompt) * START_RATE) + scenario.reply.max_tokens
    counts = f"{_count_cast(scenario)} personas, {len(scenario.openers)} openers"
    lines = [f"ok: {scenario.name}: {scenario.title}, {scenario.topology}, {counts}."]
    if 0 < scenario.memory < 1.5 * needed:
        lines.append(
            f"note: a system prompt and a reply take about {needed} tokens, so with a memory of {scenario.memory} "
            "agents remember little."
        )
    lines += ["", "This is the prompt of the second of twelve agents:", ""]
    lines.append(_paragraphs(prompt, "  "))
    return "\n".join(lines)


def _count_cast(scenario: Scenario) -> int:
    return len(scenario.personas) + (scenario.lead is not None)


def _facts(scenario: Scenario) -> str:
    reply = scenario.reply
    facts = {
        "topology": scenario.topology,
        "fanout": scenario.fanout or "all",
        "memory": f"{scenario.memory} tokens" if scenario.memory else "none",
        "patience": f"{scenario.patience:g} s",
        "reply": f"at most {reply.max_tokens} tokens{', never fewer' if reply.ignore_eos else ''}, "
        f"temperature {reply.temperature:g}",
    }
    return "\n".join(f"  {name:<10}{value}" for name, value in facts.items())


def _person(persona: Persona) -> str:
    return _wrapped(f"{persona.name}: {persona.who}", "  ", "    ")


def _heading(text: str) -> str:
    return f"{text}\n{'-' * len(text)}"


def _paragraphs(text: str, indent: str = "") -> str:
    return "\n\n".join(_wrapped(paragraph, indent) for paragraph in re.split(r"\n\s*\n", text))


def _wrapped(text: str, first: str = "", then: str | None = None) -> str:
    width = max(40, min(100, shutil.get_terminal_size().columns))
    indent = first if then is None else then
    return textwrap.fill(_flat(text), width, initial_indent=first, subsequent_indent=indent)


def _flat(text: str) -> str:
    return " ".join(visible(text).split())

"""A conversation as data: who the agents are, who writes to whom, how it starts and how much they remember.

A scenario is one YAML file. The library lies in `scenarios/`; `stress scenarios new FILE` writes an annotated
one. This module is also loaded by the workers that make the load, so it imports no YAML: reading a file is
`stress.scenario_files`.
"""

import difflib
import unicodedata
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from stress.errors import UsageError
from stress.swarm.topology import parse_topology
from stress.units import parse_duration

DEFAULT_SCENARIO = "tavern"
"""What `stress ramp` plays when nobody chooses."""


def _printable(text: str) -> str:
    """The text, if it can be shown on a terminal as it stands: no escape sequences, no control characters."""
    for char in text:
        if unicodedata.category(char) == "Cc" and char not in "\n\t":
            raise ValueError(f"holds the control character U+{ord(char):04X}; only line breaks and tabs may stand here")
    return text


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _topology(text: str) -> str:
    try:
        return parse_topology(text).text
    except UsageError as wrong:
        raise ValueError(str(wrong)) from wrong


def _seconds(duration: Any) -> Any:
    try:
        return parse_duration(duration) if isinstance(duration, str) else duration
    except UsageError as wrong:
        raise ValueError(str(wrong)) from wrong


Prose = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100_000), AfterValidator(_printable)
]
"""Text of one or more lines, stripped."""

Line = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=80),
    AfterValidator(_printable),
    AfterValidator(_one_line),
]
"""A name or a title: one line of at most 80 characters."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Persona(_Part):
    """One part that an agent can take."""

    name: Line
    who: Prose = Field(alias="is")
    """Completes the sentence "<name> is …"; the file calls it `is`."""


class Reply(_Part):
    """What every request asks of the server."""

    max_tokens: int = Field(default=80, ge=1, le=1_000_000)
    temperature: float = Field(default=0.8, ge=0, le=2)
    ignore_eos: bool = False
    """Go on to `max_tokens` even if the model would end (an extension that vLLM and llama.cpp know)."""


class Scenario(_Part):
    """One conversation. Field by field what the YAML file says; `name` is the file's stem."""

    name: Line
    title: Line
    about: Prose
    """A paragraph for people; no agent reads it."""
    topology: Annotated[str, AfterValidator(_topology)]
    """Who writes to whom, in the words of `stress.swarm.topology.parse_topology`."""
    fanout: int | None = Field(default=None, ge=1, le=10_000)
    """At most this many readers a message; null: all whom the topology names."""
    memory: int = Field(default=1000, ge=0, le=10_000_000)
    """Tokens that an agent's prompt and reply may take together before it sheds the oldest half of the
    conversation; 0: it remembers nothing, each request stands alone."""
    patience: Annotated[float, BeforeValidator(_seconds)] = Field(default=4.0, ge=0, le=3600)
    """Seconds without mail after which an agent is given an opener. The file may write `4s` or `1m`."""
    reply: Reply = Reply()
    setting: Prose
    """What every agent is told, before its own part."""
    lead: Persona | None = None
    """Who stands where `Topology.lead` says."""
    personas: Annotated[tuple[Persona, ...], Field(min_length=1, max_length=1000)]
    openers: Annotated[tuple[Prose, ...], Field(min_length=1, max_length=10_000)]


def library_dir() -> Path:
    """Where the library's files are: in the installed package, or at the top of a checkout."""
    here = Path(__file__).parent
    installed = here / "scenarios"
    return installed if installed.is_dir() else here.parent / "scenarios"


def library() -> tuple[str, ...]:
    """The names of the library's scenarios, in alphabetical order."""
    return tuple(sorted(path.stem for path in library_dir().glob("*.yaml")))


def load_scenario(name_or_file: str) -> Scenario:
    """The library's scenario of that name, or the one in that file (a path with a slash, or ending in .yaml or .yml).

    Raises:
        UsageError: there is none, or its file is wrong; the sentence says where and what would be right.
    """
    from stress.scenario_files import read_scenario  # workers do without YAML

    if "/" in name_or_file or name_or_file.endswith((".yaml", ".yml")):
        return read_scenario(Path(name_or_file))
    names = library()
    if name_or_file not in names:
        near = difflib.get_close_matches(name_or_file.lower(), names, n=1, cutoff=0.5)
        hint = f"did you mean {near[0]!r}? " if near else ""
        raise UsageError(
            f"There is no scenario {name_or_file!r}; {hint}"
            "`stress scenarios` lists the library, and a file of your own is given by a path ending in .yaml."
        )
    return read_scenario(library_dir() / f"{name_or_file}.yaml")


def corpus(*extra: Scenario) -> str:
    """All that agents are told in the library and the given scenarios, in the same order every time, a paragraph
    a line.

    The toy model takes its words, and which follows which, from here.
    """
    known = [load_scenario(name) for name in library()]
    return "\n".join(_prose(scenario) for scenario in [*known, *(one for one in extra if one not in known)])


def _prose(scenario: Scenario) -> str:
    cast = [scenario.lead, *scenario.personas] if scenario.lead else list(scenario.personas)
    people = (f"{persona.name} is {persona.who}" for persona in cast)
    return "\n".join(map(_one_line, (scenario.setting, *people, *scenario.openers)))

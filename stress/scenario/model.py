"""A conversation as data: who the agents are, who writes to whom, how it starts and how much they remember.

A scenario is one YAML file. The library lies in `scenarios/`; `stress scenarios new FILE` writes an annotated
one. This module is also loaded by the workers that make the load, so it imports no YAML: reading a file is
`stress.scenario.yaml_file`.
"""

import unicodedata
from collections.abc import Callable
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from stress.errors import UsageError
from stress.scenario.topology import parse_topology
from stress.units import parse_duration


def _printable(text: str) -> str:
    """The text, if it can be shown on a terminal as it stands: no escape sequences, no control characters."""
    for char in text:
        if unicodedata.category(char) == "Cc" and char not in "\n\t":
            raise ValueError(f"has the control character U+{ord(char):04X}; only line breaks and tabs are allowed")
    return text


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _parsed_by(parse: Callable[[str], Any]) -> BeforeValidator:
    """Parses a field's text; the parser's UsageError becomes the field's."""

    def value(found: Any) -> Any:
        try:
            return parse(found) if isinstance(found, str) else found
        except UsageError as wrong:
            raise ValueError(str(wrong)) from wrong

    return BeforeValidator(value)


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


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Persona(_Model):
    """One part that an agent can take."""

    name: Line
    who: Prose = Field(alias="is")
    """Completes the sentence "<name> is …"; the file calls it `is`."""


class Reply(_Model):
    """What every request asks of the server."""

    max_tokens: int = Field(default=80, ge=1, le=1_000_000)
    temperature: float = Field(default=0.8, ge=0, le=2)
    ignore_eos: bool = False
    """Go on to `max_tokens` even if the model would end (an extension that vLLM and llama.cpp know)."""


class Scenario(_Model):
    """One conversation. Field by field what the YAML file says; `name` is the file's stem."""

    name: Line
    title: Line
    about: Prose
    """A paragraph for people; no agent reads it."""
    topology: Annotated[str, _parsed_by(lambda text: parse_topology(text).text)]
    """Who writes to whom, in the words of `stress.scenario.topology.parse_topology`."""
    fanout: int | None = Field(default=None, ge=1, le=10_000)
    """At most this many readers a message; None: all that the topology names."""
    memory: int = Field(default=1000, ge=0, le=10_000_000)
    """Tokens that an agent's prompt and reply may take together before it sheds the oldest half of the
    conversation; 0: it remembers nothing, each request stands alone."""
    patience: Annotated[float, _parsed_by(parse_duration)] = Field(default=4.0, ge=0, le=3600)
    """Seconds without mail after which an agent is given an opener. The file may write `4s` or `1m`."""
    reply: Reply = Reply()
    setting: Prose
    """What every agent reads first, before its own part."""
    lead: Persona | None = None
    """Who stands where `Topology.lead` says."""
    personas: Annotated[tuple[Persona, ...], Field(min_length=1, max_length=1000)]
    openers: Annotated[tuple[Prose, ...], Field(min_length=1, max_length=10_000)]

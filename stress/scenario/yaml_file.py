"""From a YAML file to a Scenario, with the line of whatever is wrong.

Of YAML only what a scenario needs is read: mappings, lists and scalars, which stay text until the model's
field says what they are (so a persona may be called No or 1984). Anchors and aliases are refused, since a
few bytes of them can stand for gigabytes.
"""

import difflib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn

import yaml
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from stress.errors import UsageError
from stress.scenario.model import Persona, Reply, Scenario
from stress.text import visible_in

LARGEST_FILE = 256 * 1024
_DEEPEST = 10

Where = tuple[int | str, ...]
"""A place in the file: `("personas", 2, "name")`."""


def read_scenario(path: Path) -> Scenario:
    """The scenario that the file holds.

    Raises:
        UsageError: no such file, no YAML, or a field is wrong; names the file, the line and the field.
    """
    document = _Document(path)
    data = document.parse()
    if not isinstance(data, dict):
        document.fail(
            1, "a scenario begins with fields such as `title: …`; `stress scenarios new FILE` writes an example"
        )
    if "name" in data:
        document.fail(document.lines["name",], "a scenario is named after its file; remove this field", ("name",))
    try:
        return Scenario.model_validate({**data, "name": path.stem})
    except ValidationError as wrong:
        document.fail_field(wrong.errors(include_url=False))


class _Document:
    """One file on its way to plain data; `lines` is where each place in it starts."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.lines: dict[Where, int] = {}
        self._events: Iterator[yaml.Event] = iter(())

    def parse(self) -> Any:
        """The document as dicts, lists, text and None; None if the file is empty."""
        # libyaml's parser where PyYAML was built with it: ten times faster, the same events.
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        try:
            self._events = yaml.parse(self._text(), Loader=loader)
            data = None
            for event in self._events:
                if isinstance(event, yaml.DocumentStartEvent):
                    if () in self.lines:
                        self.fail(_line(event), "a second document starts here; a scenario is only one")
                    data = self._value(next(self._events), ())
        except yaml.YAMLError as wrong:
            mark = getattr(wrong, "problem_mark", None) or getattr(wrong, "context_mark", None)
            problem = getattr(wrong, "problem", None) or getattr(wrong, "reason", None) or "unreadable"
            self.fail(
                mark.line + 1 if mark else None, f"this is not YAML: {problem}; check indentation, quotes and colons"
            )
        return data

    def _text(self) -> str:
        try:
            with self.path.open("rb") as file:
                content = file.read(LARGEST_FILE + 1)
            if len(content) > LARGEST_FILE:
                self.fail(None, f"larger than {LARGEST_FILE // 1024} KiB, the most a scenario may have")
            return content.decode("utf-8-sig")
        except UnicodeDecodeError:
            self.fail(None, "this is not UTF-8 text; save it as UTF-8")
        except OSError as wrong:
            raise UsageError(f"{self.path} can't be read: {wrong.strerror}.") from wrong

    def _value(self, event: yaml.Event, where: Where) -> Any:
        """What begins with `event`, up to its end."""
        self.lines.setdefault(where, _line(event))
        if len(where) > _DEEPEST:
            self.fail(_line(event), "this is nested too deeply for a scenario")
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            self.fail(
                _line(event),
                "anchors (&) and aliases (*) are not supported here; write the text out or put it in quotes",
            )
        if isinstance(event, yaml.MappingStartEvent):
            return self._mapping(where)
        if isinstance(event, yaml.SequenceStartEvent):
            return self._sequence(where)
        assert isinstance(event, yaml.ScalarEvent)
        is_plain = event.implicit[0]  # neither quoted nor tagged; the two parsers differ in `style`
        return None if is_plain and event.value in ("", "~", "null") else event.value

    def _mapping(self, where: Where) -> dict[str, Any]:
        data: dict[str, Any] = {}
        for event in self._events:
            if isinstance(event, yaml.MappingEndEvent):
                break
            if not isinstance(event, yaml.ScalarEvent):
                self.fail(_line(event), "a field's name must be a word")
            key = event.value
            if key in data:
                self.fail(_line(event), "this field is here twice; keep one", (*where, key))
            self.lines[*where, key] = _line(event)
            data[key] = self._value(next(self._events), (*where, key))
        return data

    def _sequence(self, where: Where) -> list[Any]:
        data: list[Any] = []
        for event in self._events:
            if isinstance(event, yaml.SequenceEndEvent):
                break
            data.append(self._value(event, (*where, len(data))))
        return data

    def fail(self, line: int | None, problem: str, where: Where = ()) -> NoReturn:
        """Raise UsageError with the file, the line and the place before the problem."""
        place = [str(self.path)]
        if line:
            place.append(f"line {line}")
        if where:
            place.append(_shown(where))
        raise UsageError(f"{', '.join(place)}: {problem}.")

    def fail_field(self, errors: list[ErrorDetails]) -> NoReturn:
        """Raise UsageError for the first of these errors, by line, and count the others."""
        # A misspelt field is reported twice; the word that is there says more than the one that is missing.
        first = min(errors, key=lambda error: (error["type"] == "missing", self._line_of(error["loc"])))
        more = f" ({len(errors) - 1} more to fix after this)" if len(errors) > 1 else ""
        where = first["loc"]
        self.fail(self._line_of(where), f"{_problem(first)}{more}", where)

    def _line_of(self, where: Where) -> int:
        """The line where a place starts, or else the nearest place around it that the file has."""
        while where not in self.lines:
            where = where[:-1]
        return self.lines[where]


def _line(event: yaml.Event) -> int:
    assert event.start_mark is not None
    return event.start_mark.line + 1


def _shown(where: Where) -> str:
    """`personas[2].name`."""
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in where).lstrip(".")


_KINDS = {
    "int": "should be a whole number",
    "float": "should be a number",
    "bool": "should be true or false",
    "string": "should be text",
    "tuple": "should be a list, one item per line after `- `",
    "model": "should be a group of fields",
    "string_too_short": "should not be empty",
    "string_too_long": "should have at most {max_length} characters",
    "too_short": "should have at least one item",
    "too_long": "should have at most {max_length} items",
}


def _problem(error: ErrorDetails) -> str:
    """What is wrong with a field, and what was found there."""
    kind, where = error["type"], error["loc"]
    if kind == "missing":
        return "is missing; add it"
    if kind == "extra_forbidden":
        fields = _fields(where)
        near = difflib.get_close_matches(str(where[-1]), fields, n=1)
        return f"there is no such field here; write {repr(near[0]) if near else 'one of ' + ', '.join(fields)}"
    if kind == "value_error":
        return str(error["ctx"]["error"]).rstrip(".")
    if kind == "string_type" and isinstance(error["input"], dict):
        return "should be text, but a colon in it makes it a field; put the text in quotes"
    found = error["input"]
    shown = "nothing" if found is None else repr(visible_in(found))
    shown = shown if len(shown) <= 50 else f"{shown[:49]}…"
    known = _KINDS.get(kind.removesuffix("_parsing").removesuffix("_type"))
    wanted = known.format_map(error.get("ctx", {})) if known else error["msg"].removeprefix("Input ")
    return f"{wanted}; found {shown}"


def _fields(where: Where) -> list[str]:
    """The names of the fields that may stand beside a place."""
    inner: dict[int | str, type[BaseModel]] = {"lead": Persona, "personas": Persona, "reply": Reply}
    model = inner[where[0]] if len(where) > 1 else Scenario
    names = (field.alias or name for name, field in model.model_fields.items())
    return [name for name in names if not (model is Scenario and name == "name")]

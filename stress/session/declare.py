"""Options as dataclass fields that say how users give them: the command line, scripts and `run.json` read them so.

`parse` of a field turns what a user wrote into what the program works with, and returns that unchanged when it is given
it again: an object may be made from another one's fields.
"""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, field, fields
from pathlib import Path
from typing import Any, ClassVar


@dataclass(frozen=True, kw_only=True)
class Declared:
    """How users give a field."""

    help: str
    group: str
    """The heading that it stands under in `--help`; empty for a positional argument."""
    metavar: str | None
    shell: Any
    """The type that the command line delivers; None: the field's own."""
    parse: Callable[[Any], Any] | None
    bounds: Mapping[str, float]
    """`min` and `max`, where they have to hold."""


def option(
    group: str,
    help: str,  # noqa: A002 (typer's word for it)
    metavar: str | None = None,
    default: Any = None,
    *,
    shell: Any = None,
    parse: Callable[[Any], Any] | None = None,
    **bounds: float,
) -> Any:
    """A dataclass field that users give as `--its-name`; what is parsed, and is text or nothing by default, as text."""
    if parse is not None and shell is None and (default is None or isinstance(default, str)):
        shell = str if default else str | None
    declared = Declared(help=help, group=group, metavar=metavar, shell=shell, parse=parse, bounds=bounds)
    return field(default=default, metadata={"declared": declared})


def argument(metavar: str, help: str, *, shell: Any = None, parse: Callable[[Any], Any] | None = None) -> Any:  # noqa: A002
    """A dataclass field that users give by its position."""
    return option("", help, metavar, MISSING, shell=shell, parse=parse)


@dataclass(frozen=True, kw_only=True)
class Options:
    """A set of options; its fields hold what `parse` made of what was given."""

    hidden: ClassVar[frozenset[str]] = frozenset()
    """Options of a wider kind that users of this one do not give."""

    def __post_init__(self) -> None:
        """Parse everything.

        Raises:
            UsageError: something is wrong; the sentence names the option.
        """
        for name, (declared, _) in self.declared().items():
            if declared.parse is not None:
                object.__setattr__(self, name, declared.parse(getattr(self, name)))

    @classmethod
    def declared(cls) -> dict[str, tuple[Declared, Any]]:
        """What users give, the most particular first: by name, how, and the default (`MISSING`: there is none)."""
        own = {one.name: one for one in fields(cls) if "declared" in one.metadata and one.name not in cls.hidden}
        order = [name for kind in cls.__mro__ for name in inspect.get_annotations(kind)]
        return {name: (own[name].metadata["declared"], own[name].default) for name in order if name in own}

    def given(self) -> dict[str, Any]:
        """The options that differ from their defaults, by name, for `run.json`."""
        kept = {}
        for name, (declared, default) in self.declared().items():
            value = getattr(self, name)
            if default is MISSING or value != (declared.parse(default) if declared.parse else default):
                kept[name] = str(value) if isinstance(value, Path) else value
        return kept

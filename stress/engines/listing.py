"""Every engine that we know, and whether it is here: for `stress engines`. No engine is imported to find out."""

import textwrap
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import msgspec

from stress.engines.adapter import Adapter
from stress.engines.registry import ADAPTERS
from stress.text import visible

NARROWEST, WIDEST = 60, 120
_WHOLE: Any = {"break_on_hyphens": False, "break_long_words": False}
"""Paths and commands stay whole, so that they can be copied."""


class Listed(msgspec.Struct, frozen=True, kw_only=True):
    """One engine and how it is here."""

    name: str
    """As users write it."""
    title: str
    installed: bool
    version: str | None
    """None if it is not here, or does not say."""
    where: str | None
    """The program, or the interpreter that has the package."""
    how_to_get: str
    example: str
    """How ENGINE is written for it."""
    attach_only: str | None
    """Why we cannot start it; None: we can."""
    keys: list[str]
    """The common keys that it has, such as tp."""
    metrics: bool
    """It has a page of metrics that we read."""


def list_engines(adapters: Iterable[Adapter] = ADAPTERS) -> list[Listed]:
    """The engines, in the registry's order; programs are asked for their versions all at the same time."""
    known = list(adapters)
    with ThreadPoolExecutor(max_workers=len(known) or 1) as pool:
        return list(pool.map(_listed, known))


def _listed(adapter: Adapter) -> Listed:
    found = adapter.find()
    return Listed(
        name=adapter.name,
        title=adapter.title,
        installed=found is not None,
        version=found.version or None if found else None,
        where=found.where if found else None,
        how_to_get=adapter.how_to_get,
        example=adapter.example,
        attach_only=adapter.why_not_launched or None,
        keys=sorted(adapter.keys),
        metrics=adapter.metrics is not None,
    )


def table(engines: Sequence[Listed], width: int) -> str:
    """The engines for people, wrapped to so many columns: those that are here, those to install, those elsewhere."""
    here = [engine for engine in engines if engine.installed and not engine.attach_only]
    missing = [engine for engine in engines if not engine.installed and not engine.attach_only]
    elsewhere = [engine for engine in engines if engine.attach_only]
    names = max(len(engine.name) for engine in engines)
    versions = max((len(_version(engine)) for engine in here), default=0)
    parts = (
        (
            "Installed here",
            [(engine, f"{_version(engine):<{versions}}  {visible(engine.where or '')}") for engine in here],
        ),
        ("Not installed: how to get it", [(engine, visible(engine.how_to_get)) for engine in missing]),
        ("Only with --url: stress can't start it", [(engine, visible(engine.how_to_get)) for engine in elsewhere]),
    )
    room = min(max(width, NARROWEST), WIDEST)
    indent = " " * (names + 4)
    blocks = []
    for heading, rows in parts:
        lines = [heading]
        for engine, what in rows:
            before = f"  {engine.name:<{names}}  "
            lines.append(textwrap.fill(what, room, **_WHOLE, initial_indent=before, subsequent_indent=indent))
        blocks += ["\n".join(lines)] if rows else []
    return "\n\n".join(blocks)


def _version(engine: Listed) -> str:
    return visible(engine.version or "version n/a")

"""Every engine that we know, and whether it is here: for `stress engines`. No engine is imported to find out."""

import textwrap
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor

import msgspec

from stress.engines.adapter import Adapter
from stress.engines.registry import ADAPTERS
from stress.text import visible

NARROWEST, WIDEST = 60, 120


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
    """A table for people, wrapped to so many columns: name, version here, and where it is or how to get it."""
    rows = [("ENGINE", "HERE", "WHERE IT IS, OR HOW TO INSTALL IT")]
    for engine in engines:
        here = (engine.version or "yes") if engine.installed else "–"
        hint = " (use it with --url; stress can't start it)" if engine.attach_only else ""
        rows.append((engine.name, visible(here), visible((engine.where or engine.how_to_get) + hint)))
    first, second = (max(len(row[column]) for row in rows) for column in (0, 1))
    indent = " " * (first + second + 4)
    lines = []
    for name, here, what in rows:
        before = f"{name:<{first}}  {here:<{second}}  "
        room = min(max(width, NARROWEST), WIDEST)
        text = textwrap.wrap(what, room - len(indent), break_on_hyphens=False, break_long_words=False)
        lines += [before + text[0], *(indent + line for line in text[1:])]
    return "\n".join(lines)

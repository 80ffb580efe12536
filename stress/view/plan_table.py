"""A plan as plain text, narrow enough for 80 columns."""

from collections.abc import Sequence

from stress.limits.chip_table import Chip
from stress.limits.planning import AGENTS, Row
from stress.limits.roofline import DecodeCost
from stress.models.shapes import Shape
from stress.units import format_bytes, format_parameters
from stress.view.columns import columns

COLUMNS = ("tp", "fits", "weights", "KV room", "tokens", "agents", *(f"at {n}" for n in AGENTS), "roof")
"""`at N`: the tok/s that no engine can exceed with N agents."""


def heading(shape: Shape, work: DecodeCost, dtype: str, chip: Chip, gpus: int, context: int) -> list[str]:
    """The model and the chips, a line each."""
    rates = [
        f"{rate / 1e12:,.0f} {name} TFLOP/s".replace("int8 TFLOP", "int8 TOP")
        for name in ("bf16", "fp8", "int8")
        if (rate := getattr(chip, name)) is not None
    ]
    link = [] if chip.link is None else [f"{chip.link_name} {chip.link / 1e9:,.0f} GB/s each way"]
    figures = [f"{chip.memory / 2**30:.0f} GiB", f"{chip.bandwidth / 1e9:,.0f} GB/s", *rates, *link]
    cache = f"KV cache {work.kv_bytes / 1024:,.1f} KiB a token, {context:,} tokens an agent"
    model = f"{shape.name}: {format_parameters(shape.parameters)}, {dtype}"
    return [
        f"{model}, weights {format_bytes(work.weight_bytes)}, {cache}",
        f"{gpus} × {chip.name}: {', '.join(figures)} ({chip.source})",
    ]


def table(rows: Sequence[Row]) -> list[str]:
    """A line for each way to share the GPUs, under the columns' names."""
    return columns([COLUMNS, *map(_cells, rows)], left=(len(COLUMNS) - 1,))


def notes(rows: Sequence[Row]) -> list[str]:
    """What the marks in the table mean."""
    said = ["weights and KV room: of each GPU; tokens and agents: that its KV cache has room for, all GPUs together."]
    if any(row.limits for row in rows):
        said.append(f"at {', '.join(map(str, AGENTS))}: tok/s that no engine can exceed at so many agents; roof: why.")
    if any(row.limits and row.fit.agents < max(AGENTS) for row in rows):
        said.append("* so many agents' context has no room at once: some would wait.")
    said += [f"tp={row.fit.tp}: {row.fit.reason}." for row in rows if row.fit.reason and len(rows) > 1]
    return said


def _cells(row: Row) -> tuple[str, ...]:
    fit = row.fit
    if fit.weights_gpu is None:
        return (str(fit.tp), "no", *("–" * 7), "")
    weights, room = format_bytes(fit.weights_gpu), format_bytes(fit.kv_room)
    head = (str(fit.tp), "yes" if fit.fits else "no", weights, room, f"{fit.kv_tokens:,}", f"{fit.agents:,}")
    if row.limits is None:
        return (*head, *("–" * len(AGENTS)), "")
    limits = [f"{row.limits[n].tok_s:,.0f}{'*' if n > fit.agents else ''}" for n in AGENTS]
    roofs = [row.limits[n].binds for n in AGENTS]
    return (*head, *limits, "/".join(dict.fromkeys(roofs)))

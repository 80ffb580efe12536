"""What `stress plan` says: a row for each way to share the GPUs, and one sentence of advice. Pure."""

from collections.abc import Sequence

import msgspec

from stress.errors import UsageError
from stress.limits.capacity import BYTES, Fit, decode_cost_of, fits, undivided
from stress.limits.chip_table import Chip
from stress.limits.roofline import DecodeCost, Limit, decode_limit
from stress.models.shapes import Shape

AGENTS = (1, 50, 200)
"""Swarms whose limit is shown."""
SMALLER = ("fp8", "int4")
MOST_GPUS = 64
"""So far the advice looks for how many would do."""


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """A model on so many GPUs."""

    fit: Fit
    limits: dict[int, Limit] | None
    """By the number of agents; None where it does not fit."""


def sizes(gpus: int) -> list[int]:
    """The ways to share so many GPUs: 1, 2, 4, 8… and all of them."""
    powers = [2**power for power in range(gpus.bit_length()) if 2**power <= gpus]
    return sorted({*powers, gpus})


def rows_of(shape: Shape, work: DecodeCost, chip: Chip, tps: Sequence[int], context: int) -> list[Row]:
    """A row for each size; `context` in tokens an agent."""
    rows = []
    for tp in tps:
        fit = fits(shape, work, chip, tp, context)
        limits = {agents: decode_limit(work, chip, tp, agents, context) for agents in AGENTS} if fit.fits else None
        rows.append(Row(fit=fit, limits=limits))
    return rows


def advice(shape: Shape, work: DecodeCost, chip: Chip, gpus: int, rows: Sequence[Row], context: int, dtype: str) -> str:
    """One sentence: what to run, or what would fit."""
    fitting = [row.fit for row in rows if row.fit.fits]
    if not fitting:
        return _what_would_fit(shape, work, chip, gpus, rows, context, dtype)
    best, largest = fitting[0], fitting[-1]
    copies = gpus // best.tp
    room = f"room for {_agents(copies * best.agents)} of {context:,} tokens"
    if copies == 1:
        return f"Run it at tp={best.tp}: the smallest that fits, with {room}."
    other = f"; one engine at tp={largest.tp} has room for {largest.agents:,} and the fastest single reply"
    return (
        f"tp={best.tp} is enough: {copies} copies have {room} in all and send nothing between GPUs"
        f"{other if largest.tp > best.tp else ''}."
    )


def _agents(count: int) -> str:
    return f"{count:,} agent{'s' * (count != 1)}"


def _what_would_fit(
    shape: Shape, work: DecodeCost, chip: Chip, gpus: int, rows: Sequence[Row], context: int, dtype: str
) -> str:
    divided = [row.fit for row in rows if row.fit.weights_gpu is not None]
    if not divided:
        choices = [str(tp) for tp in range(1, min(gpus, shape.heads) + 1) if undivided(shape, tp) is None]
        return f"It cannot run so: tp={rows[-1].fit.reason}; choose tp={' or '.join(choices)}."
    last = divided[-1]
    if last.kv_tokens:
        return f"It does not fit: {last.reason}; give --context {last.kv_tokens} or less, or more GPUs."

    def fit_on(cost: DecodeCost, tp: int) -> bool:
        return fits(shape, cost, chip, tp, context).fits

    # A file has a precision of its own, which is not in the table: nothing is smaller.
    smaller = [other for other in SMALLER if BYTES[other] < BYTES.get(dtype, 0)]
    enough = [f"{tp} would do" for tp in sizes(MOST_GPUS) if tp > gpus and fit_on(work, tp)]
    dtypes = [f"--dtype {other} would fit" for other in smaller if fit_on(decode_cost_of(shape, other), last.tp)]
    ways = [*enough[:1], *dtypes[:1]]
    return f"It does not fit: {last.reason}; {' and '.join(ways) or 'choose GPUs with more memory'}."


def check_context(shape: Shape, context: int | None, default: int) -> int:
    """The tokens of an agent's context: as given, else the default or the model's longest.

    Raises:
        UsageError: the model was not made for so many.
    """
    if context is not None and context > shape.context:
        raise UsageError(
            f"--context {context} is more than the {shape.context} tokens that {shape.name} was made for; give fewer."
        )
    return context or min(default, shape.context)

"""What `stress plan` says: a row for each way to share the GPUs, and one sentence of advice. Pure."""

from collections.abc import Sequence
from typing import Literal

import msgspec

from stress.errors import UsageError
from stress.limits.box import Box, least
from stress.limits.capacity import BYTES, Fit, Stage, decode_cost_of, fits, fits_in_stages, undivided, usable_bytes
from stress.limits.chip_table import Chip
from stress.limits.roofline import DecodeCost, Limit, Part, staged_limit
from stress.models.shapes import Shape

AGENTS = (1, 50, 200)
"""Swarms whose limit is shown."""
TYPICAL = 50
"""The swarm by whose limit ways to share are compared."""
CLEARLY = 1.05
"""A way that needs more between GPUs is worth it if its limit is so many times the other's."""
SMALLER = ("fp8", "int4")
MOST_GPUS = 64
"""So far the advice looks for how many would do."""


class Way(msgspec.Struct, frozen=True, kw_only=True):
    """How GPUs share a model."""

    tp: int
    pp: int = 1
    split: Literal["even", "layers"] = "even"
    """`layers`: llama.cpp's, whole layers by each GPU's memory; one GPU works at a time."""

    @property
    def gpus(self) -> int:
        return self.tp * self.pp

    @property
    def words(self) -> str:
        """As users write it."""
        if self.split == "layers":
            return "llama.cpp's layer split"
        return f"tp={self.tp},pp={self.pp}" if self.pp > 1 else f"tp={self.tp}"


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """A model on so many GPUs."""

    way: Way
    fit: Fit
    limits: dict[int, Limit] | None
    """By the number of agents; None where it does not fit."""


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """As many engines of one way as the box has room for."""

    way: Way
    copies: int
    agents: int
    """Sequences of the context that have room, in all copies."""
    tok_s: float
    """What they cannot exceed with `TYPICAL` agents, of which as many are served at a time as have room."""

    @property
    def words(self) -> str:
        return f"{self.copies} copies at {self.way.words}" if self.copies > 1 else self.way.words


def sizes(gpus: int) -> list[int]:
    """The numbers of GPUs to try for tensor parallelism: 1, 2, 4, 8… and all of them."""
    powers = [2**power for power in range(gpus.bit_length()) if 2**power <= gpus]
    return sorted({*powers, gpus})


def ways_of(shape: Shape, box: Box) -> list[Way]:
    """The ways to share a box: tensor parallelism; where it can't use all GPUs, with stages, and by layers.

    A mixed box is split by layers too, since tensor parallelism gives each GPU an even share.
    """
    ways = [Way(tp=tp) for tp in sizes(box.count)]
    impossible = undivided(shape, box.count) is not None
    if impossible:
        stages = {tp: box.count // tp for tp in range(1, box.count) if box.count % tp == 0}
        ways += [Way(tp=tp, pp=pp) for tp, pp in stages.items() if pp <= shape.layers and undivided(shape, tp) is None]
    if box.count > 1 and (impossible or box.mixed):
        ways.append(Way(tp=1, pp=box.count, split="layers"))
    return ways


def rows_of(shape: Shape, work: DecodeCost, box: Box, ways: Sequence[Way], context: int) -> list[Row]:
    """A row for each way, on the box's best GPUs; `context` in tokens an agent."""
    rows = []
    for way in ways:
        stages = stages_of(shape, box.chips[: way.gpus], way)
        fit = fits_in_stages(shape, work, stages, context)
        limits = {agents: _limit(shape, work, stages, way, agents, context) for agents in AGENTS} if fit.fits else None
        rows.append(Row(way=way, fit=fit, limits=limits))
    return rows


def stages_of(shape: Shape, chips: Sequence[Chip], way: Way) -> list[Stage]:
    """Which GPUs take how many layers. The largest GPUs come first, and take the layer more where it is uneven."""
    if way.split == "layers":
        layers = _in_proportion(shape.layers, [max(0.0, usable_bytes(shape, chip, 1)) for chip in chips])
        return [Stage(chips=(chip,), layers=count) for chip, count in zip(chips, layers, strict=True)]
    each, more = divmod(shape.layers, way.pp)
    groups = [tuple(chips[start : start + way.tp]) for start in range(0, way.gpus, way.tp)]
    return [Stage(chips=group, layers=each + (place < more)) for place, group in enumerate(groups)]


def _in_proportion(total: int, weights: Sequence[float]) -> list[int]:
    """Whole parts of a total, as near to these weights as whole numbers come."""
    exact = [total * weight / (sum(weights) or 1.0) for weight in weights]
    parts = [int(part) for part in exact]
    left = sorted(range(len(parts)), key=lambda place: parts[place] - exact[place])
    for place in left[: total - sum(parts)]:
        parts[place] += 1
    return parts


def _limit(shape: Shape, work: DecodeCost, stages: Sequence[Stage], way: Way, batch: float, context: int) -> Limit:
    parts = [
        Part(share=stage.layers / shape.layers, gpus=len(stage.chips), chip=least(stage.chips))
        for stage in stages
        if stage.layers
    ]
    return staged_limit(work, parts, batch, context, overlap=way.split == "even")


def choices(shape: Shape, work: DecodeCost, box: Box, rows: Sequence[Row], context: int) -> list[Choice]:
    """What the box could run: of each way that fits, as many copies as there are GPUs for."""
    found = []
    for row in rows:
        groups = [stages_of(shape, chips, row.way) for chips in box.groups(row.way.gpus)]
        room = [(stages, fits_in_stages(shape, work, stages, context).agents) for stages in groups]
        copies = [(stages, agents) for stages, agents in room if agents]
        if not copies:
            continue
        each = TYPICAL / len(copies)
        tok_s = sum(_limit(shape, work, stages, row.way, min(each, agents), context).tok_s for stages, agents in copies)
        agents = sum(agents for _, agents in copies)
        found.append(Choice(way=row.way, copies=len(copies), agents=agents, tok_s=tok_s))
    return found


def advice(shape: Shape, work: DecodeCost, box: Box, rows: Sequence[Row], context: int, dtype: str) -> str:
    """One sentence: what to run and why, or what would fit."""
    fitting = [row for row in rows if row.fit.fits]
    if not fitting:
        return _what_would_fit(shape, work, box, rows, context, dtype)
    if len(rows) > 1 and rows[-1].way.split == "layers":
        return _of_an_odd_box(shape, box, choices(shape, work, box, rows, context), context)
    best, largest = fitting[0].fit, fitting[-1].fit
    copies = box.count // best.tp
    room = f"room for {_agents(copies * best.agents)} of {context:,} tokens"
    if copies == 1:
        return f"Run it at tp={best.tp}: the smallest that fits, with {room}."
    other = f"; one engine at tp={largest.tp} has room for {largest.agents:,} and the fastest single reply"
    return (
        f"tp={best.tp} is enough: {copies} copies have {room} in total and send nothing between GPUs"
        f"{other if largest.tp > best.tp else ''}."
    )


def _of_an_odd_box(shape: Shape, box: Box, found: Sequence[Choice], context: int) -> str:
    """For GPUs that differ, or that tensor parallelism can't use all at once."""
    best = found[0]
    for choice in found[1:]:  # the simplest first: each later one sends more, or leaves GPUs waiting
        if choice.tok_s > CLEARLY * best.tok_s:
            best = choice
    others = sorted((choice for choice in found if choice is not best), key=lambda choice: -choice.tok_s)
    compared = others[:1] + [choice for choice in others[1:] if choice.way.split == "layers"]
    against = " and ".join(f"{choice.tok_s:,.0f} with {choice.words}" for choice in compared)
    sentence = (
        f"Run {best.words}, with room for {_agents(best.agents)} of {context:,} tokens: "
        f"{TYPICAL} agents get {best.tok_s:,.0f} tok/s at most{', against ' * bool(against)}{against}"
    )
    idle = box.count - best.copies * best.way.gpus
    if idle:
        sentence += f"; {idle} of the {box.count} GPUs {'has' if idle == 1 else 'have'} nothing to do"
    if impossible := undivided(shape, box.count):
        sentence += f"; tp={box.count} is impossible, because {impossible}"
    return f"{sentence}."


def _agents(count: int) -> str:
    return f"{count:,} agent{'s' * (count != 1)}"


def _what_would_fit(shape: Shape, work: DecodeCost, box: Box, rows: Sequence[Row], context: int, dtype: str) -> str:
    divided = [row for row in rows if row.fit.weights_gpu is not None]
    if not divided:
        choices = [str(tp) for tp in range(1, min(box.count, shape.heads) + 1) if undivided(shape, tp) is None]
        return f"That is impossible: {rows[-1].fit.reason}; choose tp={' or '.join(choices)}."
    last = max(divided, key=lambda row: (row.fit.kv_tokens, row.way.gpus)).fit
    if last.kv_tokens:
        return f"It does not fit: {last.reason}; give --context {last.kv_tokens} or less, or more GPUs."

    def fits_as(other: str) -> bool:
        ways = [row.way for row in divided]
        return any(row.fit.fits for row in rows_of(shape, decode_cost_of(shape, other), box, ways, context))

    # A file has a precision of its own, which is not in the table: nothing is smaller.
    smaller = [other for other in SMALLER if BYTES[other] < BYTES.get(dtype, 0)]
    more = [] if box.mixed else [size for size in sizes(MOST_GPUS) if size > box.count]
    enough = [f"{tp} GPUs" for tp in more if fits(shape, work, box.chips[0], tp, context).fits]
    dtypes = [f"--dtype {other}" for other in smaller if fits_as(other)]
    ways = [*enough[:1], *dtypes[:1]]
    advice = f"{' or '.join(ways)} would fit" if ways else "choose GPUs with more memory"
    return f"It does not fit: {last.reason}; {advice}."


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

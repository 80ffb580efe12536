"""A plan as plain text, narrow enough for 80 columns."""

from collections.abc import Sequence

from stress.limits.box import Box, names
from stress.limits.capacity import Card
from stress.limits.chip_table import Chip
from stress.limits.planning import AGENTS, Row
from stress.limits.roofline import DecodeCost
from stress.models.shapes import Shape
from stress.units import format_bytes, format_parameters
from stress.view.columns import columns

COLUMNS = ("fits", "weights", "KV room", "tokens", "agents", *(f"at {n}" for n in AGENTS), "roof")
"""`at N`: the tok/s that no engine can exceed with N agents."""


def heading(shape: Shape, work: DecodeCost, dtype: str, box: Box, context: int) -> list[str]:
    """The model and each kind of chip, a line each."""
    cache = f"KV cache {work.kv_bytes / 1024:,.1f} KiB a token, {context:,} tokens an agent"
    model = f"{shape.name}: {format_parameters(shape.parameters)}, {dtype}"
    chips = [f"{count} × {chip.name}: {_figures(chip)}" for count, chip in box.kinds()]
    return [f"{model}, weights {format_bytes(work.weight_bytes)}, {cache}", *chips]


def _figures(chip: Chip) -> str:
    rates = [
        f"{rate / 1e12:,.0f} {name} TFLOP/s".replace("int8 TFLOP", "int8 TOP")
        for name in ("bf16", "fp8", "int8")
        if (rate := getattr(chip, name)) is not None
    ]
    link = [] if chip.link is None else [f"{chip.link_name} {chip.link / 1e9:,.0f} GB/s each way"]
    figures = [f"{chip.memory / 2**30:.0f} GiB", f"{chip.bandwidth / 1e9:,.0f} GB/s", *rates, *link]
    return f"{', '.join(figures)} ({chip.source})"


def table(rows: Sequence[Row]) -> list[str]:
    """A line for each way to share the GPUs, under the columns' names."""
    staged = any(row.way.pp > 1 for row in rows)
    head = ("tp×pp" if staged else "tp", *COLUMNS)
    return columns([head, *((_name(row), *_cells(row)) for row in rows)], left=(len(head) - 1,))


def _name(row: Row) -> str:
    if row.way.split == "layers":
        return "layers"
    return f"{row.way.tp}×{row.way.pp}" if row.way.pp > 1 else str(row.way.tp)


def notes(rows: Sequence[Row]) -> list[str]:
    """What the marks in the table mean."""
    each = "weights, KV room: per GPU, or on the fullest GPU. tokens, agents: what fits into the KV cache of all GPUs."
    said = [each]
    if any(row.limits for row in rows):
        said.append(f"at {', '.join(map(str, AGENTS))} agents: tok/s that no engine can exceed. roof: what limits it.")
    if any(row.limits and row.fit.agents < max(AGENTS) for row in rows):
        said.append("*: not all of these agents fit at the same time; the others wait.")
    if any(row.way.split == "even" and row.way.pp > 1 for row in rows):
        said.append("tp×pp: pipeline parallelism. Each group of tp GPUs holds part of the layers.")
    if any(row.way.split == "layers" for row in rows):
        said.append("layers: llama.cpp's layer split. Each GPU holds whole layers, and they work one after the other.")
    said += [f"{_label(row)}: {row.fit.reason}." for row in rows if row.fit.reason and len(rows) > 1]
    return said


def mixed_notes(rows: Sequence[Row]) -> list[str]:
    """Of a mixed box: what each way does with GPUs that differ, as far as it fits."""
    said = []
    for row in rows:
        cards = row.fit.cards
        if not row.fit.fits:
            continue
        used = names(cards)
        if row.way.split == "layers":
            said.append(f"{_label(row)}: {'; '.join(_card(card) for card in _kinds(cards))}.")
        elif len({card.name for card in cards}) > 1:
            said.append(f"{_label(row)}: {used}, an even share each: the smallest sets the room, the slowest the pace.")
        else:
            said.append(f"{_label(row)}: on {used}.")
    return said


def _label(row: Row) -> str:
    return "layers" if row.way.split == "layers" else row.way.words


def _kinds(cards: Sequence[Card]) -> list[Card]:
    return list(dict.fromkeys(cards))


def _card(card: Card) -> str:
    room = f"{format_bytes(card.weights)} of weights, {format_bytes(card.kv_room)} of KV room"
    return f"{card.name} {card.layers} layers, {room}"


def _cells(row: Row) -> tuple[str, ...]:
    fit = row.fit
    if fit.weights_gpu is None:
        return ("no", *("–" * 7), "")
    weights, room = format_bytes(fit.weights_gpu), format_bytes(fit.kv_room)
    head = ("yes" if fit.fits else "no", weights, room, _tokens(fit.kv_tokens), f"{fit.agents:,}")
    if row.limits is None:
        return (*head, *("–" * len(AGENTS)), "")
    limits = [f"{row.limits[n].tok_s:,.0f}{'*' if n > fit.agents else ''}" for n in AGENTS]
    roofs = [row.limits[n].binds for n in AGENTS]
    return (*head, *limits, "/".join(dict.fromkeys(roofs)))


def _tokens(count: int) -> str:
    """`42,731`, from 100,000 on `405k`."""
    return f"{count // 1000:,}k" if count >= 100_000 else f"{count:,}"

"""How fast decoding can be at most: the bytes, the arithmetic and the links' traffic of a step.

A step makes one token for each sequence of the batch (no speculation). No engine can beat the slowest of the three
(the roofline: Williams, Waterman & Patterson 2009). Where an engine might do with less, less is counted: the limit
holds for it all the same.
"""

from collections.abc import Sequence

import msgspec

from stress.limits.chip_table import Chip
from stress.limits.chips import chip_of
from stress.limits.evidence import WORKING
from stress.readings import GpuReading, RooflineReading, RoofName, engine_gpus


class DecodeCost(msgspec.Struct, frozen=True, kw_only=True):
    """What a decode step of a model at a precision must do; plain numbers, so that a run's record can hold it."""

    weight_bytes: float
    """All weights, as they lie in memory."""
    step_bytes: float
    """Weights read at every step whatever the batch: all but experts and the input table, of which a step reads only
    its own tokens' rows. A table that is the output matrix too is read."""
    experts: int = 0
    """Experts a layer; 0: it is dense."""
    experts_used: int = 0
    """Of these, what a token passes through in a layer."""
    expert_bytes: float = 0
    """One expert's weights, summed over all layers."""
    kv_bytes: float
    """KV cache of one token, in bytes."""
    window: int | None = None
    """Tokens that attention looks back in every layer; None: all."""
    token_flops: float
    """Of a token, but for attention's look back."""
    attention_flops: float
    """Of a token for each token of its context."""
    layers: int
    hidden: int
    """The residual stream's width."""
    compute: tuple[str, ...]
    """The chip's rates that could do the arithmetic: of `bf16`, `fp8`, `int8`."""


class Limit(msgspec.Struct, frozen=True, kw_only=True):
    """What no engine can exceed; a roof is None where the chip's figure is."""

    tok_s: float
    """Output tokens a second of all sequences together."""
    step_s: float
    """Seconds a step takes at least."""
    memory_s: float
    compute_s: float | None
    links_s: float | None
    binds: RoofName


def fastest_rate(chip: Chip, cost: DecodeCost) -> float | None:
    """The fastest published rate (FLOP/s) that an engine could use for the arithmetic; None: none is published."""
    return max((rate for name in cost.compute if (rate := getattr(chip, name)) is not None), default=None)


def decode_limit(cost: DecodeCost, chip: Chip, gpus: int, batch: float, context: float) -> Limit:
    """The tokens a second that decoding cannot exceed.

    Args:
        cost: of a step of the model.
        chip: of each GPU.
        gpus: how many compute it; they share bytes and arithmetic evenly, which is tensor parallelism at its best and
            an upper bound of every other way.
        batch: sequences in a step; above 0 (a measured mean may be a fraction).
        context: tokens of a sequence on average: prompt and what is written so far.
    """
    memory = step_bytes(cost, batch, context) / (gpus * chip.bandwidth)
    flops = fastest_rate(chip, cost)
    compute = None if flops is None else step_flops(cost, batch, context) / (gpus * flops)
    links = None if chip.link is None or gpus <= 1 else link_bytes(cost, batch) / chip.link
    roofs: dict[RoofName, float] = {"memory": memory, "compute": compute or 0.0, "links": links or 0.0}
    binds = max(roofs, key=lambda roof: roofs[roof])
    step = roofs[binds]
    return Limit(tok_s=batch / step, step_s=step, memory_s=memory, compute_s=compute, links_s=links, binds=binds)


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """A stage's share of the work."""

    share: float
    """Of the layers."""
    gpus: int
    chip: Chip
    """Of each; where they differ, the slowest of each figure, since they do even shares."""


def staged_limit(cost: DecodeCost, parts: Sequence[Part], batch: float, context: float, *, overlap: bool) -> Limit:
    """The tokens a second that decoding cannot exceed where layers lie in stages, one after the other.

    A token passes through all stages. With `overlap` (pipeline parallelism) the batch is cut into up to as many parts
    as there are stages, and each stage works on another part; then every part reads the weights again. Without it
    (llama.cpp's layer split) the batch passes through as a whole, and one stage works while the others wait.
    """
    most = max(1, min(len(parts), int(batch))) if overlap else 1
    limits = [_in_parts(cost, parts, batch, context, pieces) for pieces in range(1, most + 1)]
    return max(limits, key=lambda limit: limit.tok_s)


def _in_parts(cost: DecodeCost, parts: Sequence[Part], batch: float, context: float, pieces: int) -> Limit:
    """With the batch in so many pieces, that follow each other through the stages."""
    found = [(part.share, decode_limit(cost, part.chip, part.gpus, batch / pieces, context)) for part in parts]

    def a_round(times: list[float]) -> float:
        """All pieces once through: no piece is faster than the stages in turn, no stage faster than all its pieces."""
        return max(sum(times), pieces * max(times))

    step = a_round([share * limit.step_s for share, limit in found])
    compute = [share * limit.compute_s for share, limit in found if limit.compute_s is not None]
    links = [share * limit.links_s for share, limit in found if limit.links_s is not None]
    return Limit(
        tok_s=batch / step,
        step_s=step,
        memory_s=a_round([share * limit.memory_s for share, limit in found]),
        compute_s=a_round(compute) if len(compute) == len(found) else None,
        links_s=a_round(links) if len(links) == len(found) else None,
        binds=max(found, key=lambda one: one[0] * one[1].step_s)[1].binds,
    )


def step_bytes(cost: DecodeCost, batch: float, context: float) -> float:
    """Bytes that a step must read, all GPUs together: the weights once and every sequence's KV cache once.

    Pope et al. 2022 (Efficiently Scaling Transformer Inference), section 2. Sequences are taken to share nothing:
    kernels that read a shared prefix once could do with less.
    """
    weights = cost.step_bytes + distinct_experts(cost, batch) * cost.expert_bytes
    return weights + batch * _seen(cost, context) * cost.kv_bytes


def distinct_experts(cost: DecodeCost, batch: float) -> float:
    """Experts of a layer that a step reads: E·(1 − (1 − k/E)^B), never fewer than one token's.

    An expectation, with each token's experts drawn evenly and independently; uneven routing reads fewer.
    """
    if not cost.experts:
        return 0.0
    return float(cost.experts * (1 - (1 - cost.experts_used / cost.experts) ** max(1.0, batch)))


def step_flops(cost: DecodeCost, batch: float, context: float) -> float:
    """Arithmetic of a step: 2 FLOPs a token for each parameter that multiplies, and attention's look back.

    Kaplan et al. 2020 (Scaling Laws for Neural Language Models), section 2.1: 2N, and for attention 2·layers·width a
    token of context; twice that counts both queries by keys and weights by values.
    """
    return batch * (cost.token_flops + _seen(cost, context) * cost.attention_flops)


def link_bytes(cost: DecodeCost, batch: float) -> float:
    """Bytes that each GPU must send in a step, and receive: two all-reduces a layer (Shoeybi et al. 2019, Megatron-LM).

    Of a vector of 16-bit values for each sequence. An all-reduce sends it at least once, also where the switch sums.
    """
    return 2 * cost.layers * batch * cost.hidden * 2


def reached(
    cost: DecodeCost, gpus: Sequence[GpuReading], tok_s: float, batch: float, context: float
) -> RooflineReading | None:
    """How near a run is to the limit of its GPUs; None where these are none that the table has, or of several kinds.

    Args:
        cost: of a step of the model.
        gpus: as read; those of the engine count.
        tok_s: output tokens a second, as measured.
        batch: sequences in a step, as measured.
        context: tokens of a sequence, as measured.
    """
    used = [gpus[place] for place in engine_gpus(gpus)]
    if not any(gpu.engine for gpu in used):  # nobody knows whose they are
        used = [gpu for gpu in used if (gpu.util or 0.0) >= WORKING] or used
    chips = [chip_of(gpu.name, gpu.mem_total) for gpu in used]
    if not chips or chips[0] is None or any(chip != chips[0] for chip in chips) or batch <= 0 or context <= 0:
        return None
    limit = decode_limit(cost, chips[0], len(chips), batch, context)
    steps = tok_s / batch
    busy = steps > 0
    return RooflineReading(
        tok_s=limit.tok_s,
        share=tok_s / limit.tok_s if busy else None,
        bound=limit.binds,
        memory_share=limit.memory_s * steps if busy else None,
        compute_share=limit.compute_s * steps if busy and limit.compute_s is not None else None,
        batch=batch,
        context=context,
    )


def _seen(cost: DecodeCost, context: float) -> float:
    return context if cost.window is None else min(context, float(cost.window))

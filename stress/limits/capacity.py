"""What a model takes at a precision, and whether it fits: pure."""

import math
from collections.abc import Sequence

import msgspec

from stress.errors import UsageError
from stress.limits.box import names
from stress.limits.chip_table import Chip
from stress.limits.roofline import DecodeCost
from stress.models.gguf_shape import GgufModel
from stress.models.shapes import Shape
from stress.units import format_bytes

UTILISATION = 0.92
"""The share of a GPU's memory that vLLM takes by default: `gpu_memory_utilization` in vllm/config/cache.py, 2026
(0.9 in releases before)."""
RUNTIME_BYTES = 2**30
"""Our allowance a GPU for what lies beside weights and cache: CUDA's context, communication buffers, CUDA graphs."""
BATCHED_TOKENS = 8192
"""The tokens whose activations have room: vLLM's `max_num_batched_tokens` of its server on large GPUs."""

BYTES: dict[str, float] = {
    "fp32": 4,
    "bf16": 2,
    "fp16": 2,
    "fp8": 1,
    "int8": 1,
    "int4": 0.5 + (2 + 0.5) / 128,
    "q8_0": 34 / 32,
    "q6_k": 210 / 256,
    "q5_k_m": 5.7036 / 8,
    "q4_k_m": 4.8944 / 8,
    "q4_0": 18 / 32,
}
"""Bytes a parameter. int4: groups of 128 with a 16-bit scale and a 4-bit zero (GPTQ, AWQ), all parameters counted
alike. q8_0, q6_k and q4_0: their blocks in ggml-common.h. q5_k_m and q4_k_m mix blocks: as measured on Llama 3.1 8B in
llama.cpp's tools/quantize/README.md."""

_RATES: dict[str, tuple[str, ...]] = {"fp32": ("bf16",), "bf16": ("bf16",), "fp16": ("bf16",), "fp8": ("bf16", "fp8")}
_INTEGER = ("bf16", "int8")
"""Kernels for integer weights multiply as 16-bit floats or as int8, whichever is faster."""

COUNTED = ("llama", "mistral", "mixtral", "phi3", "qwen2", "qwen3", "qwen3_moe")
"""Model types whose parameters `Shape` counts right."""


class Card(msgspec.Struct, frozen=True, kw_only=True):
    """One GPU's part of a model."""

    name: str
    layers: int
    """Of which it holds its share."""
    weights: float
    """Bytes."""
    kv_room: float
    """Bytes that are left for the KV cache."""


class Stage(msgspec.Struct, frozen=True, kw_only=True):
    """Layers that some GPUs share by tensor parallelism; they pass their results on to the next stage."""

    chips: tuple[Chip, ...]
    layers: int


class Fit(msgspec.Struct, frozen=True, kw_only=True):
    """How a model lies on so many GPUs."""

    tp: int
    pp: int = 1
    """Stages of layers, one after the other."""
    fits: bool
    """At least one sequence of the context has room."""
    reason: str | None
    """Why it does not fit, in words."""
    weights_gpu: float | None = None
    """Bytes on the GPU with the least room; None where the heads do not divide."""
    kv_room: float = 0
    """Bytes that are left for the KV cache on the GPU with the least room."""
    cards: tuple[Card, ...] = ()
    """Each GPU's part."""
    kv_tokens: int = 0
    """Tokens that have room, all GPUs together."""
    agents: int = 0
    """Sequences of the context that have room."""


def decode_cost_of(shape: Shape, dtype: str, kv_dtype: str | None = None) -> DecodeCost:
    """What a shape takes at a precision.

    Args:
        shape: the model's.
        dtype: the weights', one of `BYTES`.
        kv_dtype: the KV cache's; by default 16 bits, or that of fp32 weights.

    Raises:
        UsageError: there is no such precision, or the shape has parts that are not counted.
    """
    if dtype not in BYTES:
        raise UsageError(f"--dtype {dtype!r} is not known; use one of {', '.join(BYTES)}.")
    check_counted(shape)
    each = BYTES[dtype]
    one_expert = shape.layers * 3 * shape.hidden * shape.feed_forward if shape.experts else 0
    table = 0 if shape.tied else shape.vocabulary * shape.hidden
    return DecodeCost(
        weight_bytes=shape.parameters * each,
        step_bytes=(shape.parameters - table - shape.experts * one_expert) * each,
        experts=shape.experts,
        experts_used=shape.experts_used,
        expert_bytes=one_expert * each,
        kv_bytes=shape.kv_bytes(BYTES[kv_dtype or ("fp32" if dtype == "fp32" else "bf16")]),
        window=_window(shape),
        token_flops=2 * (shape.active_parameters - table),
        attention_flops=4 * shape.layers * shape.heads * shape.head_dim,
        layers=shape.layers,
        hidden=shape.hidden,
        compute=_RATES.get(dtype, _INTEGER),
    )


def decode_cost_of_file(model: GgufModel, kv_dtype: str = "fp16") -> DecodeCost:
    """What a GGUF file takes: its tensors' own bytes, exactly. The KV cache is 16 bits by default, as llama.cpp's."""
    shape = model.shape
    experts = max(1, shape.experts)
    dense = model.values - model.table_values - model.expert_values
    return DecodeCost(
        weight_bytes=model.weight_bytes,
        step_bytes=model.weight_bytes - model.table_bytes - model.expert_bytes,
        experts=shape.experts,
        experts_used=shape.experts_used,
        expert_bytes=model.expert_bytes / experts,
        kv_bytes=shape.kv_bytes(BYTES[kv_dtype]),
        token_flops=2 * (dense + model.expert_values * shape.experts_used / experts),
        attention_flops=4 * shape.layers * shape.heads * shape.head_dim,
        layers=shape.layers,
        hidden=shape.hidden,
        compute=_INTEGER,
    )


def check_counted(shape: Shape) -> None:
    """Refuse what would be counted wrongly.

    Raises:
        UsageError: the config has parts that are not counted.
    """
    config = shape.config
    odd = [key for key in ("kv_lora_rank", "mlp_only_layers", "n_shared_experts") if config.get(key)]
    odd += ["decoder_sparse_step"] * (config.get("decoder_sparse_step", 1) != 1)
    kinds = config.get("layer_types") or ()
    odd += ["layer_types"] * (not isinstance(kinds, list | tuple) or len(set(map(str, kinds))) > 1)
    if odd:
        raise UsageError(
            f"The config of {shape.name} sets {odd[0]}, which stress can't count yet; choose another model, or a GGUF."
        )
    if shape.model_type not in COUNTED:
        raise UsageError(
            f"Models of the type '{shape.model_type}' can't be planned yet, only {', '.join(COUNTED)} "
            "and most GGUF files."
        )


def _window(shape: Shape) -> int | None:
    window = shape.config.get("sliding_window")
    unused = shape.config.get("use_sliding_window") is False
    unused = unused or set(map(str, shape.config.get("layer_types") or ())) == {"full_attention"}
    return window if isinstance(window, int) and window > 0 and not unused else None


def undivided(shape: Shape, tp: int) -> str | None:
    """Why a model cannot be cut into so many parts, in words; None if it can.

    vLLM's rules: attention heads and the feed-forward width divide; KV heads divide, or are repeated a whole number of
    times (vllm/model_executor/models/llama.py).
    """
    parts = []
    if shape.heads % tp:
        parts.append(f"{shape.heads} attention heads")
    if shape.kv_heads % tp and tp % shape.kv_heads:
        parts.append(f"{shape.kv_heads} KV heads")
    if not parts and shape.feed_forward % tp:
        parts.append(f"feed-forward width of {shape.feed_forward}")
    return f"{tp} does not divide the {' and the '.join(parts)}" if parts else None


def fits(shape: Shape, work: DecodeCost, chip: Chip, tp: int, context: int) -> Fit:
    """Whether a model lies on so many equal GPUs by tensor parallelism, and how many agents' context beside it.

    Args:
        shape: the model's.
        work: its bytes at the precision.
        chip: of each GPU.
        tp: GPUs that share it.
        context: tokens of one agent.
    """
    return fits_in_stages(shape, work, [Stage(chips=(chip,) * tp, layers=shape.layers)], context)


def fits_in_stages(shape: Shape, work: DecodeCost, stages: Sequence[Stage], context: int) -> Fit:
    """Whether a model lies on the GPUs of these stages; in each, every GPU takes an even share of the stage's layers.

    The memory that vLLM takes (`UTILISATION`), less `RUNTIME_BYTES` and the activations of `BATCHED_TOKENS` (our
    estimate: the residual stream four times and the feed-forward part three times, in 16 bits), less the weights.
    Tables and heads are counted as if they were spread over the layers. The GPU whose KV cache is full first sets how
    many tokens have room.
    """
    tp, pp = max(len(stage.chips) for stage in stages), len(stages)
    if (why := undivided(shape, tp)) is not None:
        return Fit(tp=tp, pp=pp, fits=False, reason=why)
    cards, tokens, usable = [], math.inf, 0.0
    for stage in stages:
        share = stage.layers / shape.layers
        each = work.kv_bytes / shape.kv_heads * max(1.0, shape.kv_heads / len(stage.chips)) * share
        weights = weights_a_gpu(shape, work, len(stage.chips)) * share
        for chip in stage.chips:
            there = usable_bytes(shape, chip, len(stage.chips))
            usable += max(0.0, there)
            room = max(0.0, there - weights)
            cards.append(Card(name=chip.name, layers=stage.layers, weights=weights, kv_room=room))
            tokens = min(tokens, math.floor(room / each) if each else math.inf)
    kept = context if work.window is None else min(context, work.window)
    agents = int(tokens) // kept
    tightest = min(
        (card for card in cards if card.layers), key=lambda card: (card.kv_room / card.layers, -card.weights)
    )
    reason = None
    if not agents and tightest.kv_room:
        reason = f"KV cache for {tokens:,} tokens, and an agent's context is {context:,}"
    elif not agents:
        on = names([chip for stage in stages for chip in stage.chips])
        reason = f"weights {format_bytes(work.weight_bytes)}, room {format_bytes(usable)} on {on}"
    return Fit(
        tp=tp,
        pp=pp,
        fits=agents > 0,
        reason=reason,
        weights_gpu=tightest.weights,
        kv_room=tightest.kv_room,
        kv_tokens=int(tokens),
        agents=agents,
        cards=tuple(cards),
    )


def usable_bytes(shape: Shape, chip: Chip, tp: int) -> float:
    """What a GPU has for weights and KV cache, where so many share each layer; may be below 0."""
    feed = shape.feed_forward * max(1, shape.experts_used) / tp
    activations = BATCHED_TOKENS * (4 * shape.hidden + 3 * feed) * 2
    return UTILISATION * chip.memory - RUNTIME_BYTES - activations


def weights_a_gpu(shape: Shape, work: DecodeCost, tp: int) -> float:
    """Bytes of weights on each of so many GPUs: an even share, and the projections of KV heads that are repeated.

    Norms and routers, which every GPU holds whole, are left out: a thousandth.
    """
    each = work.weight_bytes / shape.parameters
    repeated = max(0.0, 1 - shape.kv_heads / tp) * 2 * shape.layers * shape.hidden * shape.head_dim * each
    return work.weight_bytes / tp + repeated

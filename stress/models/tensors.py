"""The tensors of a shape: what they are called in a Hugging Face directory and in a GGUF, and how large they are."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from stress.errors import UsageError
from stress.models.shapes import Shape

Progress = Callable[[int], None]
"""Called with the number of bytes written, piece by piece."""
ARCHITECTURES = {
    "llama": "llama",
    "mistral": "llama",
    "mixtral": "llama",
    "qwen2": "qwen2",
    "qwen3": "qwen3",
    "qwen3_moe": "qwen3moe",
}
"""Hugging Face's model types that we can write weights of, and llama.cpp's name of the architecture."""


class Tensor(NamedTuple):
    """A tensor of weights: [out, in] of a matrix, or a vector; experts lie one after another in a GGUF."""

    names: tuple[str, ...]
    """In a Hugging Face directory: one for each expert, else one."""
    gguf: str
    rows: int
    columns: int
    """0: a vector of `rows` ones (a norm)."""

    @property
    def values(self) -> int:
        """Of all experts together."""
        return self.rows * max(1, self.columns) * len(self.names)


def architecture(shape: Shape) -> str:
    """llama.cpp's name of the shape's architecture.

    Raises:
        UsageError: weights of this kind of model cannot be written.
    """
    odd = [key for key in ("attention_bias", "mlp_bias", "mlp_only_layers") if shape.config.get(key)]
    odd += ["decoder_sparse_step"] * (shape.config.get("decoder_sparse_step", 1) != 1)
    if odd and shape.model_type != "qwen2":
        raise UsageError(
            f"Weights can't be made where the config sets {odd[0]}; for dummy loading, make a directory without: "
            "--format hf."
        )
    try:
        return ARCHITECTURES[shape.model_type]
    except KeyError:
        raise UsageError(
            f"Weights can't be made for the model type '{shape.model_type}', only for {', '.join(ARCHITECTURES)}. "
            "Make a directory without weights, for dummy loading: --format hf."
        ) from None


def tensors(shape: Shape) -> Iterator[Tensor]:
    """All tensors, in the order of the layers."""
    architecture(shape)
    yield Tensor(("model.embed_tokens.weight",), "token_embd.weight", shape.vocabulary, shape.hidden)
    for layer in range(shape.layers):
        yield from _attention(shape, f"model.layers.{layer}", f"blk.{layer}")
        yield from _feed_forward(shape, f"model.layers.{layer}", f"blk.{layer}")
    yield Tensor(("model.norm.weight",), "output_norm.weight", shape.hidden, 0)
    if not shape.tied:
        yield Tensor(("lm_head.weight",), "output.weight", shape.vocabulary, shape.hidden)


def _attention(shape: Shape, hf: str, blk: str) -> Iterator[Tensor]:
    head = shape.head_dim
    q, kv = shape.heads * head, shape.kv_heads * head
    yield Tensor((f"{hf}.input_layernorm.weight",), f"{blk}.attn_norm.weight", shape.hidden, 0)
    for letter, out, into in (("q", q, shape.hidden), ("k", kv, shape.hidden), ("v", kv, shape.hidden)):
        yield Tensor((f"{hf}.self_attn.{letter}_proj.weight",), f"{blk}.attn_{letter}.weight", out, into)
        if shape.model_type == "qwen2":
            yield Tensor((f"{hf}.self_attn.{letter}_proj.bias",), f"{blk}.attn_{letter}.bias", out, 0)
    yield Tensor((f"{hf}.self_attn.o_proj.weight",), f"{blk}.attn_output.weight", shape.hidden, q)
    if shape.model_type.startswith("qwen3"):
        for letter in "qk":
            yield Tensor((f"{hf}.self_attn.{letter}_norm.weight",), f"{blk}.attn_{letter}_norm.weight", head, 0)


def _feed_forward(shape: Shape, hf: str, blk: str) -> Iterator[Tensor]:
    hidden, width = shape.hidden, shape.feed_forward
    yield Tensor((f"{hf}.post_attention_layernorm.weight",), f"{blk}.ffn_norm.weight", hidden, 0)
    parts = (("gate", width, hidden), ("up", width, hidden), ("down", hidden, width))
    if not shape.experts:
        for part, out, into in parts:
            yield Tensor((f"{hf}.mlp.{part}_proj.weight",), f"{blk}.ffn_{part}.weight", out, into)
        return
    block, called = _EXPERTS[shape.model_type]
    yield Tensor((f"{hf}.{block}.gate.weight",), f"{blk}.ffn_gate_inp.weight", shape.experts, hidden)
    for part, out, into in parts:
        names = tuple(f"{hf}.{block}.experts.{at}.{called[part]}.weight" for at in range(shape.experts))
        yield Tensor(names, f"{blk}.ffn_{part}_exps.weight", out, into)


_EXPERTS = {
    "mixtral": ("block_sparse_moe", {"gate": "w1", "up": "w3", "down": "w2"}),
    "qwen3_moe": ("mlp", {"gate": "gate_proj", "up": "up_proj", "down": "down_proj"}),
}

"""The shapes of models: what a Hugging Face `config.json` says about layers, heads and sizes, and a few known ones."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stress.errors import UsageError

LLAMA = {
    "architectures": ["LlamaForCausalLM"],
    "model_type": "llama",
    "hidden_act": "silu",
    "head_dim": 128,
    "vocab_size": 128256,
    "max_position_embeddings": 131072,
    "rms_norm_eps": 1e-05,
    "rope_theta": 500000.0,
    "attention_bias": False,
    "mlp_bias": False,
    "tie_word_embeddings": False,
}
QWEN3 = {
    "architectures": ["Qwen3ForCausalLM"],
    "model_type": "qwen3",
    "hidden_act": "silu",
    "head_dim": 128,
    "vocab_size": 151936,
    "max_position_embeddings": 40960,
    "rms_norm_eps": 1e-06,
    "rope_theta": 1000000.0,
    "attention_bias": False,
    "tie_word_embeddings": False,
}


def _sizes(hidden: int, feed_forward: int, layers: int, heads: int, kv_heads: int) -> dict[str, int]:
    return {
        "hidden_size": hidden,
        "intermediate_size": feed_forward,
        "num_hidden_layers": layers,
        "num_attention_heads": heads,
        "num_key_value_heads": kv_heads,
    }


NAMED: dict[str, dict[str, Any]] = {
    "micro": LLAMA | _sizes(256, 512, 2, 8, 4) | {"head_dim": 32, "vocab_size": 8192, "max_position_embeddings": 8192},
    "llama-3.2-1b": LLAMA | _sizes(2048, 8192, 16, 32, 8) | {"head_dim": 64, "tie_word_embeddings": True},
    "llama-3.1-8b": LLAMA | _sizes(4096, 14336, 32, 32, 8),
    "llama-3.1-70b": LLAMA | _sizes(8192, 28672, 80, 64, 8),
    "qwen3-8b": QWEN3 | _sizes(4096, 12288, 36, 32, 8),
    "qwen3-32b": QWEN3 | _sizes(5120, 25600, 64, 64, 8),
    "qwen3-30b-a3b": QWEN3
    | _sizes(2048, 6144, 48, 32, 4)
    | {
        "architectures": ["Qwen3MoeForCausalLM"],
        "model_type": "qwen3_moe",
        "moe_intermediate_size": 768,
        "num_experts": 128,
        "num_experts_per_tok": 8,
        "norm_topk_prob": True,
        "decoder_sparse_step": 1,
        "mlp_only_layers": [],
    },
}
"""As their makers publish them (huggingface.co/<maker>/<model>/blob/main/config.json); `micro` is ours. The scaling of
positions beyond the training length is left out: it changes no cost."""


_ARCHITECTURES = {config["model_type"]: config["architectures"] for config in NAMED.values()}


@dataclass(frozen=True)
class Shape:
    """A decoder's shape; `config` is its Hugging Face config."""

    name: str
    config: dict[str, Any]

    def _whole(self, *keys: str, default: int | None = None) -> int:
        for key in keys:
            value = self.config.get(key)
            if isinstance(value, int) and not isinstance(value, bool) and value > 0:
                return value
        if default is not None:
            return default
        raise UsageError(f"The config of {self.name} has no {keys[0]}; give that of a decoder-only language model.")

    @property
    def model_type(self) -> str:
        """The family, such as `llama`."""
        return str(self.config.get("model_type", ""))

    @property
    def layers(self) -> int:
        """Decoder layers."""
        return self._whole("num_hidden_layers", "n_layer")

    @property
    def hidden(self) -> int:
        """The residual stream's width."""
        return self._whole("hidden_size", "n_embd")

    @property
    def heads(self) -> int:
        """Attention (query) heads: what tensor parallelism divides."""
        return self._whole("num_attention_heads", "n_head")

    @property
    def kv_heads(self) -> int:
        """Key-value heads."""
        return self._whole("num_key_value_heads", default=self.heads)

    @property
    def head_dim(self) -> int:
        """Dimensions of a head."""
        return self._whole("head_dim", default=max(1, self.hidden // self.heads))

    @property
    def feed_forward(self) -> int:
        """The width of a layer's feed-forward part, or of each of its experts."""
        if self.experts:
            return self._whole("moe_intermediate_size", "intermediate_size")
        return self._whole("intermediate_size", "n_inner", default=4 * self.hidden)

    @property
    def experts(self) -> int:
        """Experts a layer; 0: it is dense."""
        return self._whole("num_experts", "num_local_experts", default=0)

    @property
    def experts_used(self) -> int:
        """Experts that a token passes through."""
        return self._whole("num_experts_per_tok", default=1) if self.experts else 0

    @property
    def vocabulary(self) -> int:
        """Tokens."""
        return self._whole("vocab_size")

    @property
    def context(self) -> int:
        """The longest context that it was made for, in tokens."""
        return self._whole("max_position_embeddings", "n_positions", default=2048)

    @property
    def tied(self) -> bool:
        """The output matrix is the embedding."""
        return bool(self.config.get("tie_word_embeddings", False))

    @property
    def rope_theta(self) -> float:
        """The base of the rotary positions; newer configs hold it in `rope_parameters`."""
        inner = self.config.get("rope_parameters")
        held = inner.get("rope_theta") if isinstance(inner, dict) else None
        return float(self.config.get("rope_theta") or held or 10000.0)

    @property
    def parameters(self) -> int:
        """All parameters."""
        return self._count(self.experts or 1)

    @property
    def active_parameters(self) -> int:
        """Those that a token's computation reads: with experts, fewer than all."""
        return self._count(self.experts_used or 1)

    def _count(self, experts: int) -> int:
        q, kv = self.heads * self.head_dim, self.kv_heads * self.head_dim
        attention = self.hidden * (2 * q + 2 * kv)
        feed = 3 * self.hidden * self.feed_forward * experts + self.hidden * self.experts
        norms = 2 * self.hidden + (2 * self.head_dim if self.model_type.startswith("qwen3") else 0)
        biases = q + 2 * kv if self.model_type == "qwen2" else 0
        ends = self.vocabulary * self.hidden * (1 if self.tied else 2) + self.hidden
        return self.layers * (attention + feed + norms + biases) + ends

    def kv_bytes(self, bytes_a_value: float = 2) -> float:
        """Bytes of KV cache that a token takes: a key and a value for each key-value head of each layer."""
        return 2 * self.layers * self.kv_heads * self.head_dim * bytes_a_value


def find_shape(name: str) -> Shape:
    """A known shape, or that of a config file or of a directory that has one.

    Raises:
        UsageError: there is no such shape, or the file is no config.
    """
    if name.lower() in NAMED:
        return Shape(name.lower(), NAMED[name.lower()])
    path = Path(name).expanduser()
    path = path / "config.json" if path.is_dir() else path
    if not path.is_file():
        raise UsageError(f"There is no shape {name!r}; choose {', '.join(NAMED)}, or give the path of a config.json.")
    return read_shape(path)


def read_shape(path: Path) -> Shape:
    """The shape of a Hugging Face config; of one with a vision part, that of its language model.

    Raises:
        UsageError: the file is no such config, or lacks a size.
        OSError: it cannot be read.
    """
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError):
        raise UsageError(f"{path} is not JSON; give a Hugging Face config.json.") from None
    if not isinstance(config, dict):
        raise UsageError(f"{path} is not a JSON object; give a Hugging Face config.json.")
    if isinstance(inner := config.get("text_config"), dict):
        architectures = _ARCHITECTURES.get(str(inner.get("model_type")), config.get("architectures"))
        config = {"architectures": architectures, **inner}
    # Random weights are neither quantised nor do they need the maker's code.
    kept = {key: value for key, value in config.items() if key not in ("quantization_config", "auto_map")}
    shape = Shape(path.parent.name or "model", kept)
    _ = shape.parameters, shape.context  # every size is there
    if shape.kv_heads > shape.heads or shape.experts_used > shape.experts:
        raise UsageError(f"{path} has more KV heads than heads, or uses more experts than it has; give a valid config.")
    return shape

"""The Llama architecture in numpy for one layer, written by its definition: what llama.cpp should give."""

from dataclasses import dataclass

import numpy as np

from stress.models.llama import HEAD, HEADS, ROPE_BASE


@dataclass(frozen=True)
class Pass:
    """What the newest token's pass gave."""

    attention: np.ndarray
    """Heads by positions."""
    logprobs: np.ndarray


def forward(weights: dict[str, np.ndarray], tokens: list[int]) -> Pass:
    """The pass of the last of these tokens, in double precision on half-precision weights."""
    w = {name: (t.astype(np.float16) if t.ndim == 2 else t).astype(np.float64) for name, t in weights.items()}
    stream = w["token_embd.weight"][tokens]
    normed = _rms_norm(stream, w["blk.0.attn_norm.weight"])
    angles = ROPE_BASE ** (-np.arange(HEAD // 2) / (HEAD // 2)) / w["rope_freqs.weight"]
    turns = np.arange(len(tokens))[:, None] * angles
    queries = _rotate((normed[-1] @ w["blk.0.attn_q.weight"].T).reshape(HEADS, HEAD), turns[-1])
    keys = _rotate(normed @ w["blk.0.attn_k.weight"].T, turns)
    attention = _softmax(queries @ keys.T / HEAD**0.5)
    values = attention @ (normed @ w["blk.0.attn_v.weight"].T)
    out = stream[-1] + w["blk.0.attn_output.weight"] @ values.ravel()
    hidden = _rms_norm(out, w["blk.0.ffn_norm.weight"])
    gate = w["blk.0.ffn_gate.weight"] @ hidden
    out += w["blk.0.ffn_down.weight"] @ (gate / (1 + np.exp(-gate)) * (w["blk.0.ffn_up.weight"] @ hidden))
    logits = w["output.weight"] @ _rms_norm(out, w["output_norm.weight"])
    return Pass(attention, np.log(_softmax(logits[None])[0] + 1e-300))


def _rms_norm(rows: np.ndarray, weight: np.ndarray) -> np.ndarray:
    return rows / np.sqrt((rows**2).mean(axis=-1, keepdims=True) + 1e-6) * weight


def _rotate(rows: np.ndarray, turns: np.ndarray) -> np.ndarray:
    """Neighbouring dimensions are a pair: llama.cpp's NORM kind of rotary embedding."""
    pairs = rows.reshape(*rows.shape[:-1], -1, 2)
    x, y = pairs[..., 0], pairs[..., 1]
    return np.stack([x * np.cos(turns) - y * np.sin(turns), x * np.sin(turns) + y * np.cos(turns)], -1).reshape(
        rows.shape
    )


def _softmax(rows: np.ndarray) -> np.ndarray:
    raised = np.exp(rows - rows.max(axis=-1, keepdims=True))
    return raised / raised.sum(axis=-1, keepdims=True)

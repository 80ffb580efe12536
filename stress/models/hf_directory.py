"""A shape as a Hugging Face directory: config, tokenizer, and random weights where they are wanted."""

import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from stress.models.random_values import random_pieces
from stress.models.shapes import Shape
from stress.models.signature import CONFIG_NAME
from stress.models.tensors import Progress, tensors
from stress.models.tokenizer import SPECIAL, TEMPLATE, Tokenizer, huggingface_json

SHARD = 5_000_000_000
"""Bytes of a file of weights, about: the size that Hugging Face's own writers choose."""
BYTES = 2
"""A value's, in bfloat16."""
ONE = np.array([1.0], np.float32).view(np.uint16)[1:].tobytes()
"""1.0 in bfloat16: the upper half of single precision's."""

Entry = tuple[str, list[int]]
"""A tensor's name and its dimensions."""


def weights_bytes(shape: Shape) -> int:
    """How large the weights will be."""
    return sum(tensor.values for tensor in tensors(shape)) * BYTES


def write_config(directory: Path, shape: Shape, tokenizer: Tokenizer) -> None:
    """Write config and tokenizer: what engines read that make the weights themselves (`dummy=true`).

    Raises:
        OSError: the files cannot be written.
    """
    ends = {"bos_token_id": tokenizer.begin, "eos_token_id": tokenizer.end_of_turn}
    config = {**shape.config, **ends, "torch_dtype": "bfloat16", "use_cache": True}
    config["_name_or_path"] = CONFIG_NAME.format(shape.name)
    generation = {**ends, "do_sample": True, "temperature": 1.0, "_from_model_config": True}
    tokens = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "bos_token": SPECIAL[0],
        "eos_token": SPECIAL[4],
        "pad_token": SPECIAL[1],
        "model_max_length": shape.context,
        "clean_up_tokenization_spaces": False,
        "chat_template": TEMPLATE,
    }
    _save(directory / "config.json", config)
    _save(directory / "generation_config.json", generation)
    _save(directory / "tokenizer_config.json", tokens)
    _save(directory / "tokenizer.json", huggingface_json(tokenizer))


def write_weights(directory: Path, shape: Shape, seed: int, progress: Progress) -> None:
    """Write random weights in bfloat16 as safetensors: one file, or several and their index.

    The format: the header's length in 8 bytes, the header as JSON, the tensors one after another
    (github.com/huggingface/safetensors, "Format").

    Raises:
        UsageError: weights of this kind of model cannot be made.
        OSError: the files cannot be written.
    """
    shards = list(_shards(shape))
    rng = np.random.Generator(np.random.SFC64(seed))
    names = ["model.safetensors"]
    if len(shards) > 1:
        names = [f"model-{at + 1:05}-of-{len(shards):05}.safetensors" for at in range(len(shards))]
    for name, entries in zip(names, shards, strict=True):
        _write_shard(directory / name, entries, rng, progress)
    if len(shards) > 1:
        places = {tensor: name for name, entries in zip(names, shards, strict=True) for tensor, _ in entries}
        index = {"metadata": {"total_size": weights_bytes(shape)}, "weight_map": places}
        _save(directory / "model.safetensors.index.json", index)


def _shards(shape: Shape) -> Iterator[list[Entry]]:
    shard: list[Entry] = []
    size = 0
    for tensor in tensors(shape):
        dims = [tensor.rows, tensor.columns] if tensor.columns else [tensor.rows]
        for name in tensor.names:
            if shard and size + BYTES * math.prod(dims) > SHARD:
                yield shard
                shard, size = [], 0
            shard.append((name, dims))
            size += BYTES * math.prod(dims)
    yield shard


def _write_shard(path: Path, entries: list[Entry], rng: np.random.Generator, progress: Progress) -> None:
    header: dict[str, Any] = {"__metadata__": {"format": "pt"}}
    offset = 0
    for name, dims in entries:
        end = offset + BYTES * math.prod(dims)
        header[name] = {"dtype": "BF16", "shape": dims, "data_offsets": [offset, end]}
        offset = end
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with path.open("wb") as file:
        file.write(len(text).to_bytes(8, "little") + text)
        for _, dims in entries:
            pieces = random_pieces(dims[0] * dims[1], "bf16", rng) if len(dims) == 2 else iter([ONE * dims[0]])
            for piece in pieces:
                file.write(piece)
                progress(len(piece))


def _save(path: Path, content: dict[str, Any]) -> None:
    path.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")

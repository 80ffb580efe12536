"""What a GGUF file says about its model's shape, and the exact bytes of its tensors."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stress.errors import UsageError
from stress.models.shapes import Shape

_PART = re.compile(r"(.*)-00001-of-(\d{5})\.gguf")
_SIZES = {
    "block_count": "num_hidden_layers",
    "embedding_length": "hidden_size",
    "feed_forward_length": "intermediate_size",
    "expert_feed_forward_length": "moe_intermediate_size",
    "attention.head_count": "num_attention_heads",
    "attention.head_count_kv": "num_key_value_heads",
    "attention.key_length": "head_dim",
    "expert_count": "num_experts",
    "expert_used_count": "num_experts_per_tok",
    "context_length": "max_position_embeddings",
}
"""GGUF's keys after the architecture (ggml/docs/gguf.md) and a Hugging Face config's."""


@dataclass(frozen=True)
class GgufModel:
    """A GGUF file: values and bytes of its tensors."""

    shape: Shape
    file_type: str
    """Such as `q4_k_m`; `mixed` if the file does not say."""
    values: int
    weight_bytes: int
    table_values: int
    table_bytes: int
    """The input table, where a step reads rows of it only; 0 where it is the output matrix too."""
    expert_values: int
    expert_bytes: int
    """All experts of all layers."""


def is_gguf(path: Path) -> bool:
    """The file starts as a GGUF does."""
    try:
        with path.open("rb") as file:
            return file.read(4) == b"GGUF"
    except OSError:
        return False


def read_gguf_shape(path: Path) -> GgufModel:
    """The shape of a GGUF file; of one in parts, of all parts together, if given the first.

    Raises:
        UsageError: it is no whole GGUF of a decoder, a part is missing, or its attention is not of the plain kind.
        OSError: it cannot be read.
    """
    from gguf import GGUFReader

    try:
        readers = [GGUFReader(part) for part in _parts(path)]
    except (ValueError, IndexError, KeyError):
        raise UsageError(f"{path} is not a complete GGUF file; download it again.") from None
    config = _config(readers[0], path)
    shape = Shape(path.name.removesuffix(".gguf"), config)
    tensors = {tensor.name: tensor for reader in readers for tensor in reader.tensors}
    table = tensors.get("token_embd.weight")
    if table is None:
        raise UsageError(f"{path} has no token_embd.weight; give the GGUF of a decoder-only language model.")
    tied = "output.weight" not in tensors
    config["vocab_size"] = int(table.shape[1])
    config["tie_word_embeddings"] = tied
    _ = shape.parameters  # every size is there
    experts = [tensor for name, tensor in tensors.items() if "_exps." in name]
    read_by_row = [] if tied else [table]
    return GgufModel(shape, _file_type(readers[0]), *_total(tensors.values()), *_total(read_by_row), *_total(experts))


def _parts(path: Path) -> list[Path]:
    match = _PART.fullmatch(path.name)
    if not match:
        return [path]
    count = int(match[2])
    parts = [path.with_name(f"{match[1]}-{part:05}-of-{count:05}.gguf") for part in range(1, count + 1)]
    if missing := [part.name for part in parts if not part.is_file()]:
        raise UsageError(f"{path} is one of {count} parts, and {missing[0]} is not next to it; download it.")
    return parts


def _config(reader: Any, path: Path) -> dict[str, Any]:
    name = _value(reader, "general.architecture")
    config: dict[str, Any] = {"model_type": name}
    for key, theirs in _SIZES.items():
        value = _value(reader, f"{name}.{key}")
        if isinstance(value, list):
            if len(set(value)) != 1:
                raise UsageError(
                    f"{path} sets {name}.{key} per layer, which stress can't count yet; try another model."
                )
            value = value[0]
        if value is not None:
            config[theirs] = int(value)
    odd = [key for key in reader.fields if re.search(r"\.(ssm|wkv)\.|kv_lora_rank|\.expert_shared_count", key)]
    window = _value(reader, f"{name}.attention.sliding_window")
    if isinstance(window, int) and 0 < window < config.get("max_position_embeddings", 0):
        odd.append(f"{name}.attention.sliding_window")
    if odd:
        raise UsageError(f"{path} sets {odd[0]}, which stress can't count yet; try another model.")
    return config


def _value(reader: Any, key: str) -> Any:
    field = reader.get_field(key)
    return None if field is None else field.contents()


def _file_type(reader: Any) -> str:
    from gguf import LlamaFileType

    value = _value(reader, "general.file_type")
    try:
        return str(LlamaFileType(value).name).lower().removeprefix("mostly_").removeprefix("all_")
    except ValueError:
        return "mixed"


def _total(tensors: Iterable[Any]) -> tuple[int, int]:
    """Values and bytes."""
    return sum(int(tensor.n_elements) for tensor in tensors), sum(int(tensor.n_bytes) for tensor in tensors)

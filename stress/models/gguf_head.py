"""What a GGUF file says about itself before its tokenizer: read in milliseconds, where the library takes seconds.

The format: ggml/docs/gguf.md.
"""

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from stress.errors import UsageError

LONGEST = 1 << 24
"""Of a text or an array in a head; more means that the file is damaged."""

_SCALARS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
_TEXT, _ARRAY = 8, 9


@dataclass(frozen=True)
class GgufHead:
    """What is needed to serve a model of any kind; None is what the file does not say."""

    context: int | None
    """The longest context it was made for, in tokens."""
    kv_bytes: float | None
    """KV cache of one token in 16 bits, if all its layers have full attention: the most that it takes."""


def read_gguf_head(path: Path) -> GgufHead:
    """What a GGUF file says about itself.

    Raises:
        UsageError: it is not a complete GGUF, or cannot be read.
    """
    try:
        with path.open("rb") as file:
            values = _values(file)
    except (struct.error, ValueError):
        raise UsageError(f"{path} is not a complete GGUF file; choose another file, or download it again.") from None
    except OSError as error:
        raise UsageError(f"{path} can't be read ({error.strerror}); choose another file.") from None
    kind = values.get("general.architecture")
    return GgufHead(
        context=values.get(f"{kind}.context_length"),
        kv_bytes=_kv_bytes({key.removeprefix(f"{kind}."): value for key, value in values.items()}),
    )


def _kv_bytes(values: dict[str, Any]) -> float | None:
    """A key and a value of two bytes for each KV head of each layer."""
    try:
        heads = values["attention.head_count"]
        kv_heads = values.get("attention.head_count_kv", heads)
        all_heads = sum(kv_heads) if isinstance(kv_heads, list) else values["block_count"] * kv_heads
        head_dim = values.get("attention.key_length") or values["embedding_length"] // heads
        return float(2 * all_heads * head_dim * 2)
    except (KeyError, TypeError, ZeroDivisionError):
        return None


def _values(file: BinaryIO) -> dict[str, Any]:
    """The metadata up to the tokenizer's, which every converter writes last and which is long.

    Raises:
        ValueError: it is no GGUF of version 2 or later.
        struct.error: it ends too soon.
    """
    if file.read(4) != b"GGUF" or _number(file, "I") < 2:
        raise ValueError
    _tensors, count = _number(file, "Q"), _number(file, "Q")
    values: dict[str, Any] = {}
    for _ in range(count):
        key = _text(file)
        if key.startswith("tokenizer."):
            break
        values[key] = _value(file, _number(file, "I"))
    return values


def _value(file: BinaryIO, kind: int) -> Any:
    if kind == _ARRAY:
        kind, count = _number(file, "I"), _length(file)
        return [_single(file, kind) for _ in range(count)]
    return _single(file, kind)


def _single(file: BinaryIO, kind: int) -> Any:
    if kind == _TEXT:
        return _text(file)
    if kind not in _SCALARS:
        raise ValueError
    return _number(file, _SCALARS[kind])


def _text(file: BinaryIO) -> str:
    size = _length(file)
    (raw,) = struct.unpack(f"{size}s", file.read(size))
    return str(raw, "utf-8", "replace")


def _length(file: BinaryIO) -> int:
    size = _number(file, "Q")
    if size > LONGEST:
        raise ValueError
    return int(size)


def _number(file: BinaryIO, code: str) -> Any:
    (value,) = struct.unpack(f"<{code}", file.read(struct.calcsize(f"<{code}")))
    return value

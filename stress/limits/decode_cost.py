"""What a decode step of the model under test must do, as far as its files or its name show."""

from collections.abc import Mapping

from stress.errors import UsageError
from stress.limits.capacity import BYTES, decode_cost_of, decode_cost_of_file
from stress.limits.roofline import DecodeCost
from stress.models.gguf_shape import GgufModel
from stress.models.known import find_model, shape_in_name

_KV_FLAGS = ("kv-cache-dtype", "ctk", "cache-type-k", "ctv", "cache-type-v")
_PRECISION_FLAGS = ("quantization", "dtype")
_OTHER_QUANTISING = ("quant", "load-in", "cache-mode", "bits", "weight-only")
"""What is in the names of flags that change a precision in ways that are not counted."""
_NAMES = {"float16": "fp16", "half": "fp16", "bfloat16": "bf16", "float": "fp32", "float32": "fp32", "f16": "fp16"}
_AS_STORED = ("auto", "")


def decode_cost_of_model(model: str | None, flags: Mapping[str, str], *, here: bool) -> DecodeCost | None:
    """The work of a model at the precision that it is served with; None where either is not known for sure.

    Args:
        model: what the server says that it serves, or what it was started with: a path, a file, a name on the hub.
        flags: what the engine was started with, where we started it.
        here: the server runs on this machine, so that its paths are ours.
    """
    precision = _asked(flags, _PRECISION_FLAGS)
    kv = _asked(flags, _KV_FLAGS)
    if not model or "unknown" in (precision, kv):
        return None
    name = model if here or not model.startswith(("/", ".")) else ""
    for candidate in (name, shape_in_name(model)):
        try:
            found = find_model(candidate or "")
            if isinstance(found, GgufModel):
                return decode_cost_of_file(found, kv or "fp16")
            shape, stored = found
            return None if stored is None else decode_cost_of(shape, _smaller(precision, stored), kv)
        except (UsageError, OSError, ValueError):  # not here, or of a kind that is not counted
            continue
    return None


def _smaller(asked: str | None, stored: str) -> str:
    """Of two precisions the one that takes less: files that are quantised stay so, and the limit has to hold."""
    return stored if asked is None else min(asked, stored, key=lambda dtype: BYTES[dtype])


def _asked(flags: Mapping[str, str], names: tuple[str, ...]) -> str | None:
    """The precision that flags ask for, the smallest: None if none does, `unknown` for one that is not counted."""
    given = {name.lower().replace("_", "-").lstrip("-"): value.lower() for name, value in flags.items()}
    counted = (*_KV_FLAGS, *_PRECISION_FLAGS)
    if any(part in name for name in given.keys() - set(counted) for part in _OTHER_QUANTISING):
        return "unknown"
    found = [_name(value) for name in names if (value := given.get(name, "")) not in _AS_STORED]
    if any(value not in BYTES for value in found):
        return "unknown"
    return min(found, key=lambda dtype: BYTES[dtype], default=None)


def _name(value: str) -> str:
    return "fp8" if value.startswith("fp8") else _NAMES.get(value, value)

"""What a decode step of the model under test must do, as far as its files or its name tell."""

from collections.abc import Mapping

from stress.capacity import BYTES, work_of, work_of_file
from stress.errors import UsageError
from stress.limits.roofline import Work
from stress.models.gguf_shape import GgufModel
from stress.models.known import find_model
from stress.models.shapes import NAMED

_KV_FLAGS = ("kv-cache-dtype", "ctk", "cache-type-k", "kv-quant")
_PRECISION_FLAGS = ("quantization", "dtype", "quant-policy")
_NAMES = {"float16": "fp16", "half": "fp16", "bfloat16": "bf16", "float": "fp32", "float32": "fp32", "f16": "fp16"}
_AS_STORED = ("auto", "")


def model_work(model: str | None, flags: Mapping[str, str], *, here: bool) -> Work | None:
    """The work of a model at the precision that it is served with; null where either is not known for sure.

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
                return work_of_file(found, kv or "fp16")
            shape, stored = found
            return None if stored is None else work_of(shape, _smaller(precision, stored), kv)
        except (UsageError, OSError, ValueError):  # not here, or of a kind that is not counted
            continue
    return None


def shape_in_name(model: str) -> str | None:
    """The known shape that a model's name tells, such as `llama-3.1-8b` of `meta-llama/Llama-3.1-8B-Instruct`.

    Only the untouched 16-bit models: a name with anything else in it may be of a quantised or pruned one.
    """
    name = model.rstrip("/").rpartition("/")[2].lower().removeprefix("meta-")
    for ending in ("-instruct-2507", "-instruct", "-base"):
        name = name.removesuffix(ending)
    return name if name in NAMED else None


def _smaller(asked: str | None, stored: str) -> str:
    """Of two precisions the one that takes less: files that are quantised stay so, and the limit has to hold."""
    return stored if asked is None else min(asked, stored, key=lambda dtype: BYTES[dtype])


def _asked(flags: Mapping[str, str], names: tuple[str, ...]) -> str | None:
    """The precision that a flag asks for: null if none does, `unknown` for one that is not counted."""
    for name in names:
        value = flags.get(name, "").lower()
        if value in _AS_STORED:
            continue
        value = "fp8" if value.startswith("fp8") else _NAMES.get(value, value)
        return value if value in BYTES else "unknown"
    return None

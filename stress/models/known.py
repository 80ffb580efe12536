"""The model that a user names: a known shape, a config, a GGUF file, or one that the Hugging Face cache has."""

import json
import os
from dataclasses import replace
from pathlib import Path

from stress.errors import UsageError
from stress.models.gguf_shape import GgufModel, is_gguf, read_gguf_shape
from stress.models.shapes import NAMED, Shape, find_shape, read_shape

DEFAULT_DTYPE = "bf16"


def find_model(text: str) -> tuple[Shape, str | None] | GgufModel:
    """A model's shape and the precision of its files, or a GGUF file's exact sizes.

    The precision is None where the files are quantised in a way that is not counted.

    Raises:
        UsageError: there is no such model, or its files are not readable.
    """
    path = Path(text).expanduser()
    try:
        if is_gguf(path):
            return read_gguf_shape(path)
        if text.lower() in NAMED or path.exists():
            return find_shape(text), _dtype(path)
        if directory := cached_model(text):
            return replace(read_shape(directory / "config.json"), name=text), _dtype(directory)
        if known := shape_in_name(text):
            return replace(find_shape(known), name=text), DEFAULT_DTYPE
    except RecursionError:
        raise UsageError(f"{text} is nested too deeply; give a Hugging Face config.json.") from None
    except OSError as wrong:
        raise UsageError(f"{text} can't be read ({wrong.strerror}); choose another model.") from wrong
    raise UsageError(
        f"There is no model {text!r}; give {', '.join(NAMED)}, a GGUF file, a config.json or its directory, "
        "or the name of a model in the Hugging Face cache."
    )


def cached_model(name: str) -> Path | None:
    """Where the Hugging Face cache has a model, if it does (its layout: huggingface.co/docs/huggingface_hub)."""
    home = Path(os.environ.get("HF_HOME") or Path.home() / ".cache" / "huggingface")
    hub = Path(os.environ.get("HF_HUB_CACHE") or home / "hub")
    snapshots = hub / f"models--{name.replace('/', '--')}" / "snapshots"
    found = max(snapshots.glob("*/config.json"), key=lambda config: config.stat().st_mtime, default=None)
    return found.parent if found else None


def _dtype(path: Path) -> str | None:
    """The precision that a model's config says its weights are stored in."""
    path = path / "config.json" if path.is_dir() else path
    if not path.is_file():
        return DEFAULT_DTYPE
    config = json.loads(path.read_text(encoding="utf-8"))
    inner = config.get("text_config")
    inner = inner if isinstance(inner, dict) else {}
    quantised = config.get("quantization_config") or inner.get("quantization_config")
    if not quantised:
        return DEFAULT_DTYPE
    method = quantised.get("quant_method") if isinstance(quantised, dict) else None
    if method == "fp8":
        return "fp8"
    return "int4" if method in ("awq", "gptq") and quantised.get("bits", 4) == 4 else None


def shape_in_name(model: str) -> str | None:
    """The known shape in a model's name, such as `llama-3.1-8b` for `meta-llama/Llama-3.1-8B-Instruct`; else None.

    Only the untouched 16-bit models: a name with anything else in it may be of a quantised or pruned one.
    """
    name = model.rstrip("/").rpartition("/")[2].lower().removeprefix("meta-")
    for ending in ("-instruct-2507", "-instruct", "-base"):
        name = name.removesuffix(ending)
    return name if name in NAMED else None

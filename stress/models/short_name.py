"""What people call a model: `Llama-3.1-8B` for a path, a file or a name on the hub. Pure."""

import re
from collections.abc import Iterable

from stress.models.shapes import NAMED, Shape

_QUANTISATION = re.compile(
    r"[-._](?:ud[-_])?((?:i?q|tq)\d(?:_[a-z0-9]+)*|b?f16|f32|fp16|mxfp4(?:_moe)?)$", re.IGNORECASE
)
_PART = re.compile(r"-\d{5}-of-\d{5}$")
_CACHE = re.compile(r"(?:^|/)models--[^/]+?--([^/]+)(?:/|$)")
_SIZE = re.compile(r"(?<![\d.])(\d{1,4}(?:\.\d{1,2})?)b(?![a-z0-9])", re.IGNORECASE)
_LONGEST = 48
_PLAIN = frozenset(
    "model models ggml-model gguf weights checkpoint snapshot output final merged export latest main default".split()
)
"""Names of files and directories that say nothing."""


def model_name(candidates: Iterable[str | None], shape: str | None = None) -> str:
    """The best short name, never a path; empty if nothing is known.

    Args:
        candidates: what the model is called in requests, by the server and by the user, the best first: a name on the
            hub, a GGUF file, or a directory.
        shape: the published shape that it has, such as `llama-3.1-8b`; None: not known.
    """
    name = _name(candidates, shape)
    return name if len(name) <= _LONGEST else f"{name[: _LONGEST - 1]}…"


def _name(candidates: Iterable[str | None], shape: str | None) -> str:
    given = [candidate.rstrip("/") for candidate in candidates if candidate and candidate.rstrip("/")]
    for candidate in given:
        if name := _telling(candidate):
            return name
    if shape:
        return pretty(shape)
    for candidate in given:
        if size := _SIZE.search(_last(candidate)):
            return f"{size[1]}B"
    return _last(given[0]) if given else ""


def quantisation(file: str) -> str | None:
    """The precision in a file's name, such as `Q4_K_M`; None if it names none."""
    found = _QUANTISATION.search(_stem(file))
    return found[1].upper() if found else None


def shape_of_size(parameters: int | None) -> str | None:
    """The published shape with exactly so many parameters."""
    return next((name for name, config in NAMED.items() if Shape(name, config).parameters == parameters), None)


def pretty(name: str) -> str:
    """A published shape's name as its makers write it: `Llama-3.1-8B`."""
    if name.lower() not in NAMED or not re.search(r"\d", name):
        return name
    words = name.lower().split("-")
    return "-".join(re.sub(r"(\d)b$", r"\1B", word[0].upper() + word[1:]) for word in words)


def _telling(candidate: str) -> str | None:
    """The candidate's short name; None if it says nothing."""
    if cached := _CACHE.search(candidate.replace("\\", "/")):
        return cached[1]
    name = _last(candidate)
    if not is_path(candidate):
        return pretty(name)
    plain = re.sub(r"[-_.]?\d+$", "", name.lower()) in _PLAIN or name.lower() in _PLAIN
    return pretty(name) if re.search(r"[a-z]{3}", name, re.IGNORECASE) and not plain else None


def is_path(text: str) -> bool:
    """It leads to a file or a directory: no name on the hub."""
    begins = text.startswith(("/", "./", "../", "~"))
    return begins or "\\" in text or text.count("/") > 1 or text.lower().endswith(".gguf")


def _last(candidate: str) -> str:
    return _QUANTISATION.sub("", _stem(candidate))


def _stem(path: str) -> str:
    name = path.replace("\\", "/").rstrip("/").rpartition("/")[2]
    return _PART.sub("", re.sub(r"\.gguf$", "", name, flags=re.IGNORECASE))

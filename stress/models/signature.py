"""How the models of `stress model make` are signed, so that anyone can see that their weights are random."""

import re
from pathlib import Path

GGUF_NAME, CONFIG_NAME = "agent-stress {}, random weights", "agent-stress/{}-random-weights"
"""What a GGUF has as `general.name`, and a Hugging Face config as `_name_or_path`."""
_SIGNED = re.compile(
    "|".join(re.escape(name).replace(r"\{\}", r"([\w.-]+?)") for name in (GGUF_NAME, CONFIG_NAME)).encode()
)
_HEAD = 2**16
"""Bytes at a file's start that hold it."""


def random_shape(path: str) -> str | None:
    """The shape of a model of ours, whose weights are random; None of any other.

    Args:
        path: a GGUF, a config.json or its directory; or whatever else a model is called.
    """
    try:
        file = Path(path).expanduser()
        file = file / "config.json" if file.is_dir() else file
        with file.open("rb") as content:
            found = _SIGNED.search(content.read(_HEAD))
    except (OSError, ValueError, RuntimeError):  # a server may say anything, such as a path with a null byte in it
        return None
    return str(found[1] or found[2], "ascii") if found else None

"""Makes a model of a shape with random weights: a Hugging Face directory, a GGUF, or both with the same tokens."""

import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from stress.errors import StressError, UsageError
from stress.models.random_values import Format
from stress.models.shapes import Shape
from stress.models.tensors import Progress
from stress.models.tokenizer import SMALLEST, make_tokenizer
from stress.units import format_bytes

MARGIN = 100 << 20
"""Bytes of the disk that are left free, and taken by heads, tokenizers and configs."""


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What to make."""

    shape: Shape
    out: Path
    hf: bool
    weights: bool
    """The Hugging Face directory gets weights too."""
    quant: Format | None
    """The GGUF's; None: no GGUF is wanted."""
    seed: int = 0

    @property
    def gguf(self) -> Path | None:
        """The GGUF's path."""
        return self.out / f"{self.shape.name}-{self.quant}.gguf" if self.quant else None


def needed_bytes(wish: Wish) -> int:
    """How much will be written, but for a few megabytes.

    Raises:
        UsageError: weights of this kind of model cannot be made.
    """
    from stress.models.gguf_file import gguf_bytes
    from stress.models.hf_directory import weights_bytes

    gguf = gguf_bytes(wish.shape, wish.quant) if wish.quant else 0
    return gguf + (weights_bytes(wish.shape) if wish.hf and wish.weights else 0)


def build(wish: Wish, corpus: str, progress: Progress) -> None:
    """Make it: in a directory beside its place first, so that what stands there in the end is whole.

    Args:
        wish: what to make.
        corpus: text whose words the tokenizer knows.
        progress: called with the number of bytes just written.

    Raises:
        UsageError: the shape cannot be made, or something of that name is there.
        StressError: the disk has no room, or cannot be written.
    """
    _check(wish)
    tokenizer = make_tokenizer(wish.shape.vocabulary, corpus)
    try:
        wish.out.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".making-", dir=wish.out) as name:
            making = Path(name)
            if wish.hf:
                from stress.models.hf_directory import write_config, write_weights

                write_config(making, wish.shape, tokenizer)
                if wish.weights:
                    write_weights(making, wish.shape, wish.seed, progress)
            if wish.quant and wish.gguf:
                from stress.models.gguf_file import write_gguf

                write_gguf(making / wish.gguf.name, wish.shape, tokenizer, wish.quant, wish.seed, progress)
            for file in sorted(making.iterdir()):
                file.replace(wish.out / file.name)
    except OSError as error:
        raise StressError(
            f"{wish.out} can't be written ({error.strerror or error}); choose another directory with --out."
        ) from None


def _refuse_to_overwrite(wish: Wish) -> None:
    """Raise where files of another model stand in the way: they may be weights that took hours to fetch."""
    in_the_way = [wish.gguf] if wish.gguf and wish.gguf.exists() else []
    if wish.hf and wish.out.is_dir():
        names = ("config.json", "generation_config.json", "tokenizer*", "model*.safetensors*")
        in_the_way += [file for name in names for file in wish.out.glob(name)]
    if in_the_way:
        raise UsageError(f"{in_the_way[0]} already exists; choose a new or empty directory with --out.")


def _check(wish: Wish) -> None:
    there = next(place for place in (wish.out.absolute(), *wish.out.absolute().parents) if place.exists())
    if not there.is_dir():
        raise UsageError(f"--out {wish.out} needs a directory, and {there} is a file; choose another place.")
    _refuse_to_overwrite(wish)
    if wish.shape.vocabulary < SMALLEST:
        raise UsageError(
            f"{wish.shape.name} has {wish.shape.vocabulary} tokens; its tokenizer needs {SMALLEST} or more."
        )
    if wish.quant in ("q8_0", "q4_0"):
        widths = (wish.shape.hidden, wish.shape.feed_forward, wish.shape.heads * wish.shape.head_dim)
        if odd := [width for width in widths if width % 32]:
            raise UsageError(f"{wish.quant} packs 32 values, and {odd[0]} is not a multiple of 32; use --quant f16.")
    needed = needed_bytes(wish) + MARGIN
    free = shutil.disk_usage(there).free
    if needed > free:
        raise StressError(
            f"{wish.shape.name} needs {format_bytes(needed)} in {wish.out}, where {format_bytes(free)} are free; "
            "choose a smaller --quant, leave out --weights, or choose another disk with --out."
        )

"""`stress model`: models that nobody has to download."""

import sys
from dataclasses import MISSING, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from stress.cli.command import command, group
from stress.errors import UsageError
from stress.session.declare import Options, argument, option

if TYPE_CHECKING:
    from stress.models.build import Wish

FORMATS = ("both", "hf", "gguf")
QUANTS = ("f16", "q8_0", "q4_0")


@dataclass(frozen=True, kw_only=True)
class MakeOptions(Options):
    """The model to make."""

    shape: str = argument(
        "SHAPE",
        "micro, llama-3.2-1b, llama-3.1-8b, llama-3.1-70b, qwen3-8b, qwen3-32b, qwen3-30b-a3b (a mixture of "
        "experts), or the path of a Hugging Face config.json.",
    )
    out: Path = option("Options", "Where to write it.", "DIR", MISSING)
    format: str = option("Options", "A Hugging Face directory, a GGUF file, or both.", "|".join(FORMATS), "both")
    quant: str = option("Options", "The GGUF's precision.", "|".join(QUANTS), "f16")
    weights: bool = option(
        "Options", "Weights in the directory too, for engines that cannot make their own (dummy).", None, False
    )
    seed: int = option("Options", "Of the random weights.", "N", 0, min=0)

    def __post_init__(self) -> None:
        """As Options.

        Raises:
            UsageError: there is no such format or precision, or weights are asked for where they are anyway.
        """
        super().__post_init__()
        if self.format not in FORMATS:
            raise UsageError(f"--format {self.format!r} is not known; use {', '.join(FORMATS)}.")
        if self.quant not in QUANTS:
            raise UsageError(f"--quant {self.quant!r} is not known; use {', '.join(QUANTS)}.")
        if self.weights and self.format == "gguf":
            raise UsageError("--weights is for --format hf or both; a GGUF always has weights.")


def make(options: MakeOptions) -> None:
    """Write a model of that shape with random weights: it writes gibberish at the speed of the real model.

    The directory and the GGUF have the same tokens, so you can compare engines on equal work.
    """
    from stress.models.build import Wish, needed_bytes
    from stress.models.shapes import find_shape
    from stress.scenario.library import corpus
    from stress.units import format_bytes, format_parameters
    from stress.view.status_line import StatusLine

    wish = Wish(
        shape=find_shape(options.shape),
        out=options.out,
        hf=options.format != "gguf",
        weights=options.weights,
        quant=options.quant if options.format != "hf" else None,  # type: ignore[arg-type]
        seed=options.seed,
    )
    total = needed_bytes(wish) if wish.quant or wish.weights else 0
    written = format_bytes(total) if total else "config and tokenizer only"
    StatusLine(sys.stderr).say(f"{wish.shape.name}: {format_parameters(wish.shape.parameters)}, {written}")
    _build(wish, corpus(), total)
    StatusLine(sys.stdout).say(str(wish.gguf if wish.gguf and not wish.hf else wish.out))


def _build(wish: "Wish", corpus: str, total: int) -> None:
    from tqdm import tqdm

    from stress.models.build import build
    from stress.text import visible

    hidden = not sys.stderr.isatty() or not total
    name = visible(wish.shape.name)
    with tqdm(total=total, unit="B", unit_scale=True, desc=name, disable=hidden, leave=False) as bar:
        build(wish, corpus, bar.update)


EXAMPLES = ("stress model make llama-3.1-8b --out m8b", "stress model make micro --out micro --format gguf")
COMMAND = group(
    "Make models with random weights, to test a machine without a download.",
    command(make, MakeOptions, examples=EXAMPLES),
)

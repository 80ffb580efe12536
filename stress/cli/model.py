"""`stress model`: models that nobody has to download."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from stress.cli.command import HELP

if TYPE_CHECKING:
    from stress.models.build import Wish

app = typer.Typer(
    context_settings=HELP,
    rich_markup_mode=None,
    help="Make models with random weights, to try a box before their weights are fetched.",
    no_args_is_help=True,
)

FORMATS = ("both", "hf", "gguf")
QUANTS = ("f16", "q8_0", "q4_0")


@app.command("make")
def make(
    shape: Annotated[
        str,
        typer.Argument(
            metavar="SHAPE",
            help="micro, llama-3.2-1b, llama-3.1-8b, llama-3.1-70b, qwen3-8b, qwen3-32b, qwen3-30b-a3b (a mixture of "
            "experts), or the path of a Hugging Face config.json.",
        ),
    ],
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Where to write it.")],
    form: Annotated[
        str, typer.Option("--format", metavar="|".join(FORMATS), help="A Hugging Face directory, a GGUF file, or both.")
    ] = "both",
    quant: Annotated[str, typer.Option("--quant", metavar="|".join(QUANTS), help="The GGUF's precision.")] = "f16",
    weights: Annotated[
        bool,
        typer.Option("--weights", help="Weights in the directory too, for engines that cannot make their own (dummy)."),
    ] = False,
    seed: Annotated[int, typer.Option("--seed", metavar="N", min=0, help="Of the random weights.")] = 0,
) -> None:
    """Write a model of that shape with random weights: it speaks gibberish at the speed of the real one.

    Directory and GGUF have the same tokens, so that engines can be compared on equal work.
    """
    from stress.errors import UsageError
    from stress.models.build import Wish, needed_bytes
    from stress.models.shapes import find_shape
    from stress.scenario.library import corpus
    from stress.units import format_bytes
    from stress.view.status_line import StatusLine

    if form not in FORMATS:
        raise UsageError(f"--format {form!r} is not known; use {', '.join(FORMATS)}.")
    if quant not in QUANTS:
        raise UsageError(f"--quant {quant!r} is not known; use {', '.join(QUANTS)}.")
    if weights and form == "gguf":
        raise UsageError("--weights is for the directory of --format hf or both; a GGUF always has its weights.")
    wish = Wish(
        shape=find_shape(shape),
        out=out,
        hf=form != "gguf",
        weights=weights,
        quant=quant if form != "hf" else None,  # type: ignore[arg-type]
        seed=seed,
    )
    total = needed_bytes(wish) if wish.quant or wish.weights else 0
    count = wish.shape.parameters
    size = f"{count / 1e9:.2f} B" if count >= 1e9 else f"{count / 1e6:.1f} M"
    written = f", {format_bytes(total)}" if total else ", config and tokenizer only"
    StatusLine(sys.stderr).say(f"{wish.shape.name}: {size} parameters{written}")
    _build(wish, corpus(), total)
    StatusLine(sys.stdout).say(str(out / wish.gguf.name if wish.gguf and not wish.hf else out))


def _build(wish: "Wish", corpus: str, total: int) -> None:
    from tqdm import tqdm

    from stress.models.build import build
    from stress.text import visible

    hidden = not sys.stderr.isatty() or not total
    name = visible(wish.shape.name)
    with tqdm(total=total, unit="B", unit_scale=True, desc=name, disable=hidden, leave=False) as bar:
        build(wish, corpus, bar.update)


COMMAND = typer.main.get_group(app)

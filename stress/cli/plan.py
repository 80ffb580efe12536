"""`stress plan`: does a model fit, for how many agents, and how fast can it be at most?"""

from typing import TYPE_CHECKING, Annotated

import typer

from stress.cli.command import command

if TYPE_CHECKING:
    from stress.limits.chip_table import Chip
    from stress.limits.planning import Row
    from stress.limits.roofline import DecodeCost
    from stress.models.shapes import Shape

DEFAULT_CONTEXT = 8192
MOST_GPUS = 4096


def plan(
    model: Annotated[
        str,
        typer.Argument(
            metavar="MODEL",
            help="A known shape such as llama-3.1-8b, a config.json or its directory, a GGUF file, or a model in the "
            "Hugging Face cache.",
        ),
    ],
    gpu: Annotated[
        str | None,
        typer.Option(
            "--gpu",
            metavar="NAME",
            help="The chip, such as h200, rtx-3090 or mi300x; NAME,mem=24,bandwidth=936 sets its figures (GiB, GB/s). "
            "[default: this machine's]",
        ),
    ] = None,
    gpus: Annotated[
        int | None,
        typer.Option("--gpus", metavar="N", min=1, max=MOST_GPUS, help="How many. [default: this machine's, or 1]"),
    ] = None,
    tp: Annotated[
        int | None,
        typer.Option("--tp", metavar="T", min=1, max=MOST_GPUS, help="Only this way to share them. [default: all]"),
    ] = None,
    context: Annotated[
        int | None,
        typer.Option("--context", metavar="C", min=1, help="Tokens of an agent's context. [default: 8192]"),
    ] = None,
    dtype: Annotated[
        str | None,
        typer.Option("--dtype", metavar="D", help="bf16, fp8, int8, int4, q8_0, q4_k_m… [default: the model's]"),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="For programs: one JSON object.")] = False,
) -> None:
    """Does a model fit, on how many GPUs, for how many agents, and what speed can no engine exceed?"""
    from stress.errors import UsageError
    from stress.limits.capacity import decode_cost_of, decode_cost_of_file
    from stress.limits.planning import advice, check_context, rows_of, sizes
    from stress.models.gguf_shape import GgufModel
    from stress.models.known import find_model

    found = find_model(model)
    if isinstance(found, GgufModel):
        if dtype is not None:
            raise UsageError(f"--dtype {dtype} cannot be: {model} is {found.file_type} already; leave it out.")
        shape, work, precision = found.shape, decode_cost_of_file(found), f"{found.file_type} file"
    else:
        shape, stored = found
        if (dtype or stored) is None:
            raise UsageError(f"The weights of {model} are quantised in a way that is not counted; give --dtype.")
        precision = (dtype or stored or "").lower()
        work = decode_cost_of(shape, precision)
    chip, count = _gpus(gpu, gpus, tp)
    tokens = check_context(shape, context, DEFAULT_CONTEXT)
    rows = rows_of(shape, work, chip, [tp] if tp else sizes(count), tokens)
    sentence = advice(shape, work, chip, count, rows, tokens, precision)
    if json:
        _print_json(shape, work, precision, chip, count, tokens, rows, sentence)
    else:
        _print(shape, work, precision, chip, count, tokens, rows, sentence)


def _gpus(name: str | None, count: int | None, tp: int | None) -> tuple["Chip", int]:
    from stress.errors import UsageError
    from stress.limits.chips import find_chip

    if name is not None:
        chip, count = find_chip(name), count or tp or 1
    else:
        chip, here = _this_machine()
        count = count or here
    if tp and tp > count:
        raise UsageError(f"--tp {tp} needs {tp} GPUs, but there are {count}; give --gpus {tp} or a smaller --tp.")
    return chip, count


def _this_machine() -> tuple["Chip", int]:
    import msgspec

    from stress.engines.launching import machine_gpus
    from stress.errors import UsageError
    from stress.limits.chips import chip_of

    gpus = machine_gpus()
    if not gpus:
        raise UsageError("NVML shows no GPU on this machine; name one, such as --gpu h200 or --gpu rtx-3090 --gpus 2.")
    chips = [chip_of(gpu.name, gpu.mem_total) for gpu in gpus]
    first = chips[0]
    if first is None or any(chip != first for chip in chips):
        names = ", ".join(sorted({gpu.name for gpu in gpus}))
        raise UsageError(
            f"This machine's GPUs ({names}) are not one kind that the table has; name one with --gpu, "
            "or give figures: --gpu NAME,mem=24,bandwidth=936."
        )
    smallest = min(float(gpu.mem_total or first.memory) for gpu in gpus)
    return msgspec.structs.replace(first, memory=smallest), len(gpus)


def _print_json(
    shape: "Shape",
    work: "DecodeCost",
    dtype: str,
    chip: "Chip",
    gpus: int,
    context: int,
    rows: list["Row"],
    sentence: str,
) -> None:
    import sys

    from stress.view.status_line import StatusLine

    page = {
        "model": shape.name,
        "parameters": shape.parameters,
        "dtype": dtype,
        "work": work,
        "chip": chip,
        "gpus": gpus,
        "context": context,
        "rows": rows,
        "advice": sentence,
    }
    StatusLine(sys.stdout).page(page)


def _print(
    shape: "Shape",
    work: "DecodeCost",
    dtype: str,
    chip: "Chip",
    gpus: int,
    context: int,
    rows: list["Row"],
    sentence: str,
) -> None:
    import shutil
    import sys
    import textwrap

    from stress.text import visible
    from stress.view.plan_table import heading, notes, table
    from stress.view.status_line import StatusLine

    status = StatusLine(sys.stdout)
    width = min(max(shutil.get_terminal_size((100, 24)).columns, 60), 120)
    for line in heading(shape, work, dtype, chip, gpus, context):
        status.say(*textwrap.wrap(visible(line), width, break_on_hyphens=False, subsequent_indent="  "))
    status.say("", *table(rows), "")
    for line in [*notes(rows), sentence]:
        status.say(*textwrap.wrap(visible(line), width, break_on_hyphens=False))


COMMAND = command(
    plan, examples=("stress plan llama-3.1-70b --gpu h200 --gpus 2", "stress plan model.gguf --agents 50")
)

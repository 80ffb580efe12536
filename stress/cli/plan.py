"""`stress plan`: does a model fit, for how many agents, and how fast can it be at most?"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from stress.cli.command import command
from stress.errors import UsageError
from stress.session.declare import Options, argument, option

if TYPE_CHECKING:
    from stress.limits.chip_table import Chip

DEFAULT_CONTEXT = 8192
MOST_GPUS = 4096


@dataclass(frozen=True, kw_only=True)
class PlanOptions(Options):
    """The model, and where it is to run."""

    model: str = argument(
        "MODEL",
        "A known shape such as llama-3.1-8b, a config.json or its directory, a GGUF file, or a model in the "
        "Hugging Face cache.",
    )
    gpu: str | None = option(
        "Options",
        "The chip, such as h200, rtx-3090 or mi300x; NAME,mem=24,bandwidth=936 sets its figures (GiB, GB/s). "
        "[default: this machine's]",
        "NAME",
    )
    gpus: int | None = option("Options", "How many. [default: this machine's, or 1]", "N", min=1, max=MOST_GPUS)
    tp: int | None = option("Options", "Only this way to share them. [default: all]", "T", min=1, max=MOST_GPUS)
    context: int | None = option("Options", "Tokens of an agent's context. [default: 8192]", "C", min=1)
    dtype: str | None = option("Options", "bf16, fp8, int8, int4, q8_0, q4_k_m… [default: the model's]", "D")
    json: bool = option("Options", "For programs: one JSON object.", None, False)


def plan(options: PlanOptions) -> None:
    """Does a model fit, on how many GPUs, for how many agents, and what speed can no engine exceed?"""
    import shutil
    import sys
    import textwrap

    from stress.limits.capacity import decode_cost_of, decode_cost_of_file
    from stress.limits.planning import advice, check_context, rows_of, sizes
    from stress.models.gguf_shape import GgufModel
    from stress.models.known import find_model
    from stress.text import visible
    from stress.view.plan_table import heading, notes, table
    from stress.view.status_line import StatusLine

    model, dtype, found = options.model, options.dtype, find_model(options.model)
    if isinstance(found, GgufModel):
        if dtype is not None:
            raise UsageError(f"--dtype {dtype} cannot be: {model} is {found.file_type} already; leave it out.")
        shape, cost, precision = found.shape, decode_cost_of_file(found), f"{found.file_type} file"
    else:
        shape, stored = found
        if (dtype or stored) is None:
            raise UsageError(f"The weights of {model} are quantised in a way that is not counted; give --dtype.")
        precision = (dtype or stored or "").lower()
        cost = decode_cost_of(shape, precision)
    chip, count = _gpus(options.gpu, options.gpus, options.tp)
    context = check_context(shape, options.context, DEFAULT_CONTEXT)
    rows = rows_of(shape, cost, chip, [options.tp] if options.tp else sizes(count), context)
    sentence = advice(shape, cost, chip, count, rows, context, precision)
    status = StatusLine(sys.stdout)
    if options.json:
        page = {"model": shape.name, "parameters": shape.parameters, "dtype": precision, "work": cost, "chip": chip}
        status.page(page | {"gpus": count, "context": context, "rows": rows, "advice": sentence})
        return
    width = min(max(shutil.get_terminal_size((100, 24)).columns, 60), 120)
    for line in heading(shape, cost, precision, chip, count, context):
        status.say(*textwrap.wrap(visible(line), width, break_on_hyphens=False, subsequent_indent="  "))
    status.say("", *table(rows), "")
    for line in [*notes(rows), sentence]:
        status.say(*textwrap.wrap(visible(line), width, break_on_hyphens=False))


def _gpus(name: str | None, count: int | None, tp: int | None) -> tuple["Chip", int]:
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


COMMAND = command(
    plan,
    PlanOptions,
    examples=("stress plan llama-3.1-70b --gpu h200 --gpus 2", "stress plan model.gguf --context 32768"),
)

"""`stress plan`: does a model fit, for how many agents, and how fast can it be at most?"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from stress.cli.command import command
from stress.errors import UsageError
from stress.session.declare import Options, argument, option

if TYPE_CHECKING:
    from stress.limits.box import Box

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
        "The GPUs: h200, 6*rtx-4090, or a mixed box such as rtx-3090+rtx-4090. NAME,mem=24,bandwidth=936 sets "
        "figures (GiB, GB/s). [default: this machine's]",
        "NAME[+NAME…]",
    )
    gpus: int | None = option(
        "Options", "Number of GPUs, if all are the same. [default: this machine's, or 1]", "N", min=1, max=MOST_GPUS
    )
    tp: int | None = option(
        "Options",
        "Show only this tensor parallel size. [default: every way to share the GPUs]",
        "T",
        min=1,
        max=MOST_GPUS,
    )
    context: int | None = option("Options", "Context of each agent, in tokens. [default: 8192]", "C", min=1)
    dtype: str | None = option("Options", "bf16, fp8, int8, int4, q8_0, q4_k_m… [default: the model's]", "D")
    json: bool = option("Options", "Print one JSON object, for programs.", None, False)


def plan(options: PlanOptions) -> None:
    """Does a model fit, on how many GPUs, for how many agents, and what speed can no engine exceed?"""
    import shutil
    import sys
    import textwrap

    from stress.limits.capacity import decode_cost_of, decode_cost_of_file
    from stress.limits.planning import Way, advice, check_context, rows_of, ways_of
    from stress.models.gguf_shape import GgufModel
    from stress.models.known import find_model
    from stress.text import visible
    from stress.view.plan_table import heading, mixed_notes, notes, table
    from stress.view.status_line import StatusLine

    model, dtype, found = options.model, options.dtype, find_model(options.model)
    if isinstance(found, GgufModel):
        if dtype is not None:
            raise UsageError(f"--dtype {dtype} can't be applied: {model} is already {found.file_type}; leave it out.")
        shape, cost, precision = found.shape, decode_cost_of_file(found), f"{found.file_type} file"
    else:
        shape, stored = found
        if (dtype or stored) is None:
            raise UsageError(f"The weights of {model} are quantised in a way that stress can't count; give --dtype.")
        precision = (dtype or stored or "").lower()
        cost = decode_cost_of(shape, precision)
    box = _box(options.gpu, options.gpus, options.tp)
    context = check_context(shape, options.context, DEFAULT_CONTEXT)
    ways = [Way(tp=options.tp)] if options.tp else ways_of(shape, box)
    rows = rows_of(shape, cost, box, ways, context)
    sentence = advice(shape, cost, box, rows, context, precision)
    status = StatusLine(sys.stdout)
    if options.json:
        page = {"model": shape.name, "parameters": shape.parameters, "dtype": precision, "work": cost}
        page |= {"chip": box.chips[0], "chips": [{"count": count, "chip": chip} for count, chip in box.kinds()]}
        status.page(page | {"gpus": box.count, "context": context, "rows": rows, "advice": sentence})
        return
    width = min(max(shutil.get_terminal_size((100, 24)).columns, 60), 120)
    for line in heading(shape, cost, precision, box, context):
        status.say(*textwrap.wrap(visible(line), width, break_on_hyphens=False, subsequent_indent="  "))
    status.say("", *table(rows), "")
    for line in [*notes(rows), *(mixed_notes(rows) if box.mixed else []), "", sentence]:
        status.say(*textwrap.wrap(visible(line), width, break_on_hyphens=False))


def _box(name: str | None, count: int | None, tp: int | None) -> "Box":
    """The GPUs that are named, else this machine's.

    Raises:
        UsageError: they are not known, or are fewer than `tp`.
    """
    from stress.limits.box import find_box

    plain = name is not None and not set("+*×") & set(name)
    box = _this_machine(count) if name is None else find_box(name, (count or tp) if plain else count)
    if tp and tp > box.count:
        there = "there is 1" if box.count == 1 else f"there are {box.count}"
        raise UsageError(f"--tp {tp} needs {tp} GPUs, but {there}; give more GPUs or a smaller --tp.")
    return box


def _this_machine(count: int | None) -> "Box":
    import msgspec

    from stress.engines.launching import machine_gpus
    from stress.limits.box import box_of
    from stress.limits.chips import chip_of

    gpus = machine_gpus()
    if not gpus:
        raise UsageError("NVML finds no GPU on this machine; name one, such as --gpu h200 or --gpu 2*rtx-3090.")
    chips = []
    for gpu in gpus:
        chip = chip_of(gpu.name, gpu.mem_total)
        if chip is None:
            raise UsageError(
                f"There are no figures for this machine's {gpu.name}; name a similar chip with --gpu, "
                "or give figures: --gpu NAME,mem=24,bandwidth=936."
            )
        chips.append(chip)
    # Of equal cards the driver may report a little more memory on one than on another.
    least = {
        chip: min(float(gpu.mem_total or chip.memory) for gpu, own in zip(gpus, chips, strict=True) if own == chip)
        for chip in chips
    }
    there = box_of([msgspec.structs.replace(chip, memory=least[chip]) for chip in chips])
    if count is None:
        return there
    if there.mixed:
        raise UsageError("This machine's GPUs differ, so --gpus alone is not clear; name them with --gpu.")
    return box_of(there.chips[:1] * count)


COMMAND = command(
    plan,
    PlanOptions,
    examples=(
        "stress plan llama-3.1-70b --gpu h200 --gpus 2",
        "stress plan llama-3.1-8b --gpu rtx-3090+rtx-4090",
        "stress plan model.gguf --context 32768",
    ),
)

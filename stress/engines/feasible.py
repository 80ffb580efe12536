"""What can't work, checked before an engine starts. Pure: from the spec, the model's shape and the machine."""

from collections.abc import Sequence
from dataclasses import dataclass

from stress.engines.adapter import Adapter, EngineSpec
from stress.errors import NoServerError, StressError, UsageError
from stress.telemetry.machine_gpu import MachineGpu


@dataclass(frozen=True, kw_only=True)
class ModelFacts:
    """What is known of a model before it is loaded; None is what is not."""

    heads: int | None = None
    weight_bytes: int | None = None
    """As they will lie in memory, all GPUs together."""


def impossible(
    adapter: Adapter, spec: EngineSpec, model: ModelFacts, gpus: Sequence[MachineGpu] | None
) -> StressError | None:
    """Why this launch cannot work, as the error to raise; None if nothing speaks against it.

    Args:
        adapter: the engine.
        spec: the launch.
        model: its model.
        gpus: the machine's GPUs; None where the engine does not use any.
    """
    tp = spec.tp or 1
    if adapter.divides_heads and model.heads and model.heads % tp:
        sizes = (size for size in range(1, model.heads + 1) if model.heads % size == 0 and size <= 2 * tp)
        fitting = ", ".join(map(str, sizes))
        return UsageError(
            f"tp={tp} does not divide the model's {model.heads} attention heads; choose one of {fitting}."
        )
    if gpus is None:
        return None
    for index in spec.gpus:
        if index >= len(gpus):
            return UsageError(
                f"gpus={'+'.join(map(str, spec.gpus))} names GPU {index}, but this machine has {_gpus(gpus)}."
            )
    visible = [gpus[index] for index in spec.gpus] if spec.gpus else list(gpus)
    needed = tp * (spec.pp or 1)
    if needed > max(1, len(visible)):  # where NVML shows none, there may still be another maker's, or a CPU will do
        asked = f"tp={tp}" + (f" × pp={spec.pp}" if spec.pp else "")
        offered = f"gpus= names {len(visible)}" if spec.gpus else f"this machine has {_gpus(gpus)}"
        return UsageError(f"{asked} needs {needed} GPU{'s' * (needed > 1)}, but {offered}; use fewer.")
    return _no_room(adapter, spec, model, visible, needed)


def _no_room(
    adapter: Adapter, spec: EngineSpec, model: ModelFacts, visible: Sequence[MachineGpu], needed: int
) -> StressError | None:
    """The weights alone take more than the GPUs that the engine would use have."""
    used = list(visible) if adapter.spreads_by_itself else list(visible[:needed])
    room = [gpu.mem_total for gpu in used if gpu.mem_total is not None]
    if adapter.offload_flags & set(spec.flags):
        return None
    if not used or model.weight_bytes is None or len(room) < len(used) or model.weight_bytes <= sum(room):
        return None
    return NoServerError(
        f"The weights of {spec.model} take {model.weight_bytes / 2**30:.0f} GiB, but {len(used)} × {used[0].name} "
        f"have {sum(room) / 2**30:.0f} GiB together; use more GPUs, or a smaller or quantised model."
    )


def _gpus(gpus: Sequence[MachineGpu]) -> str:
    return f"{len(gpus)} ({', '.join(sorted({gpu.name for gpu in gpus}))})" if gpus else "none that NVML can see"

"""The GPUs themselves: are they all there, whole, and free?"""

from collections import Counter
from collections.abc import Sequence

from stress.doctor.check import Check
from stress.doctor.gpu_facts import GpuFacts, Gpus
from stress.units import format_bytes

MUCH_IN_USE = 0.05
"""Of a GPU's memory, by somebody else: vLLM asks for 92 % of it."""


def gpu_checks(found: Gpus, on_bus: int) -> list[Check]:
    """The lines on GPUs and driver.

    Args:
        found: what NVML says.
        on_bus: NVIDIA GPUs on the PCI bus, as the kernel sees it.
    """
    if found.trouble is not None or not found.gpus:
        return [_no_gpu(found, on_bus)]
    present = [gpu for gpu in found.gpus if gpu.lost is None]
    checks = [_lost(gpu) for gpu in found.gpus if gpu.lost is not None]
    if present:
        checks.insert(0, _present(present))
    checks.append(_driver(found))
    if present:
        checks += [check for check in (_mig(present), _memory_in_use(present)) if check]
    return checks


def numbers(gpus: Sequence[GpuFacts]) -> str:
    """`GPU 3`, or `GPUs 0, 1, 2`."""
    return f"GPU{'s' * (len(gpus) > 1)} {', '.join(str(gpu.index) for gpu in gpus)}"


def _no_gpu(found: Gpus, on_bus: int) -> Check:
    if on_bus:
        return Check(
            name="GPUs",
            state="problem",
            found=f"{on_bus} NVIDIA GPU{'s' * (on_bus > 1)} on the bus, but the driver shows none ({_why(found)})",
            advice="See what nvidia-smi says and install or reload the driver; start a container with --gpus all.",
        )
    if found.trouble is not None and not found.no_driver:
        return Check(
            name="GPUs",
            state="problem",
            found=f"NVML cannot be asked ({_why(found)})",
            advice="See what nvidia-smi says; after an update of the driver, reboot.",
        )
    return Check(
        name="GPUs",
        state="warning",
        found=f"no NVIDIA GPU ({_why(found)})",
        advice="Engines run on the CPU here, so figures say nothing of a GPU; or name a server with --url.",
    )


def _why(found: Gpus) -> str:
    return (found.trouble or "the driver lists none").rstrip(".")


def _present(gpus: Sequence[GpuFacts]) -> Check:
    kinds = Counter((gpu.name, gpu.mem_total) for gpu in gpus)
    words = [f"{count} × {name}, {_size(total)}" for (name, total), count in kinds.items()]
    mixed = len(kinds) > 1
    return Check(
        name="GPUs",
        state="warning" if mixed else "ok",
        found="; ".join(words) + (" each" if not mixed and len(gpus) > 1 else ""),
        advice="GPUs that share a model wait for the slowest and fill as the smallest; choose equal ones with gpus=."
        if mixed
        else None,
    )


def _size(total: int | None) -> str:
    return "memory n/a" if total is None else format_bytes(total)


def _lost(gpu: GpuFacts) -> Check:
    return Check(
        name=f"GPU {gpu.index}",
        state="problem",
        found=f"does not answer ({(gpu.lost or '').rstrip('.')})",
        advice="Look for 'Xid' in dmesg; mostly only a reboot brings it back, else check its power and its riser.",
    )


def _driver(found: Gpus) -> Check:
    if found.driver is None:
        return Check(name="driver", state="n/a", found="version n/a")
    cuda = f", runs CUDA up to {found.cuda}" if found.cuda else ""
    return Check(name="driver", state="ok", found=f"{found.driver}{cuda}")


def _mig(gpus: Sequence[GpuFacts]) -> Check | None:
    cut = [gpu for gpu in gpus if gpu.mig]
    if not cut:
        return None
    return Check(
        name="MIG",
        state="warning",
        found=f"on for {numbers(cut)}: an engine sees an instance of it, and utilisation cannot be read",
        advice="To measure the whole GPU turn it off: nvidia-smi -mig 0, as root, with nothing running on it.",
    )


def _memory_in_use(gpus: Sequence[GpuFacts]) -> Check | None:
    known = [(gpu, gpu.mem_used, gpu.mem_total) for gpu in gpus if gpu.mem_used is not None and gpu.mem_total]
    if not known:
        return Check(name="GPU memory", state="n/a", found="in use: n/a")
    taken = [gpu for gpu, used, total in known if used > MUCH_IN_USE * total]
    used = sum(used for _, used, _ in known)
    if not taken:
        return Check(name="GPU memory", state="ok", found=f"free; {format_bytes(used)} in use on all together")
    return Check(
        name="GPU memory",
        state="warning",
        found=f"{format_bytes(used)} in use, on {numbers(taken)}",
        advice="If that is not the server that you mean to measure, see nvidia-smi for whose it is, and end it.",
    )

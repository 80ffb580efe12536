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
    lost = [_lost(gpu) for gpu in found.gpus if gpu.lost is not None]
    if not present:
        return [*lost, _driver(found)]
    return [_present(present), *lost, _driver(found), *_mig(present), _memory_in_use(present)]


def numbers(gpus: Sequence[GpuFacts]) -> str:
    """`GPU 3`, or `GPUs 0, 1, 2`."""
    return f"GPU{'s' * (len(gpus) > 1)} {', '.join(str(gpu.index) for gpu in gpus)}"


def _no_gpu(found: Gpus, on_bus: int) -> Check:
    why = (found.trouble or "the driver finds none").rstrip(".")
    if on_bus:
        shown = f"{on_bus} NVIDIA GPU{'s' * (on_bus > 1)} on the PCI bus, but the driver finds none ({why})"
        advice = "Run nvidia-smi, and install or reload the driver; in a container, start it with --gpus all."
        return Check("GPUs", "problem", shown, advice)
    if found.trouble is not None and not found.no_driver:
        advice = "Run nvidia-smi; after a driver update, reboot."
        return Check("GPUs", "problem", f"NVML does not answer ({why})", advice)
    advice = "Engines run on the CPU here: don't compare their speed with a GPU's. With --url, test another machine."
    return Check("GPUs", "warning", f"no NVIDIA GPU ({why})", advice)


def _present(gpus: Sequence[GpuFacts]) -> Check:
    kinds = Counter((gpu.name, gpu.mem_total) for gpu in gpus)
    words = "; ".join(f"{count} × {name}, {_size(total)}" for (name, total), count in kinds.items())
    if len(kinds) == 1:
        return Check("GPUs", "ok", words + " each" * (len(gpus) > 1))
    advice = "GPUs that share a model run at the pace of the slowest and fill up with the smallest; see `stress plan`."
    return Check("GPUs", "warning", words, advice)


def _size(total: int | None) -> str:
    return "memory n/a" if total is None else format_bytes(total)


def _lost(gpu: GpuFacts) -> Check:
    advice = "Look for 'Xid' in dmesg. Usually only a reboot helps; if not, check its power and its riser."
    return Check(f"GPU {gpu.index}", "problem", f"does not answer ({(gpu.lost or '').rstrip('.')})", advice)


def _driver(found: Gpus) -> Check:
    if found.driver is None:
        return Check("driver", "n/a", "version n/a")
    return Check("driver", "ok", found.driver + (f", runs CUDA up to {found.cuda}" if found.cuda else ""))


def _mig(gpus: Sequence[GpuFacts]) -> list[Check]:
    cut = [gpu for gpu in gpus if gpu.mig]
    found = f"on for {numbers(cut)}: an engine sees only an instance, and its utilisation can't be read"
    advice = "To test the whole GPU, turn MIG off as root, with nothing running on it: nvidia-smi -mig 0."
    return [Check("MIG", "warning", found, advice)] if cut else []


def _memory_in_use(gpus: Sequence[GpuFacts]) -> Check:
    known = [(gpu, gpu.mem_used, gpu.mem_total) for gpu in gpus if gpu.mem_used is not None and gpu.mem_total]
    if not known:
        return Check("GPU memory", "n/a", "in use: n/a")
    taken = [gpu for gpu, used, total in known if used > MUCH_IN_USE * total]
    used = format_bytes(sum(used for _, used, _ in known))
    if not taken:
        return Check("GPU memory", "ok", f"free; {used} in use on all GPUs together")
    advice = "If that is not the server you want to test, find its process with nvidia-smi and stop it."
    return Check("GPU memory", "warning", f"{used} in use on {numbers(taken)}", advice)

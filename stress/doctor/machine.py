"""The machine around the GPUs: open files, shared memory, disk. The checks get figures, `machine_checks` reads them."""

import math
import os
import resource
import shutil
import sys
from contextlib import suppress
from pathlib import Path

from stress.doctor.check import Check
from stress.doctor.gpu_facts import machine_gpus
from stress.doctor.gpus import gpu_checks
from stress.doctor.links import link_checks
from stress.session.open_files import SPARE_FILES
from stress.units import format_bytes

USUAL_AGENTS, MANY_AGENTS = 200, 10_000
"""What `stress ramp` goes up to by default, and what one worker should be able to hold."""
WANTED_SHM = 1 << 30
"""Bytes: NCCL and the engines' own queues pass data between processes through it."""
WANTED_DISK = 20e9
"""Bytes: about the weights of an 8B model in 16 bits."""

_SHM = "/dev/shm"  # noqa: S108 (nothing is written there)
_NVIDIA, _DISPLAY = "0x10de", "0x03"


def machine_checks() -> list[Check]:
    """Look at this machine. What another system than Linux does not have is left out."""
    gpus = machine_gpus()
    checks = [] if sys.platform == "darwin" else [*gpu_checks(gpus, nvidia_on_bus()), *link_checks(gpus)]
    limits = (
        None if limit == resource.RLIM_INFINITY else limit for limit in resource.getrlimit(resource.RLIMIT_NOFILE)
    )
    checks.append(open_files(*limits))
    if sys.platform == "linux":
        checks.append(_shared_memory())
    return [*checks, _disk("disk for runs", Path.cwd()), _disk("disk for models", hugging_face_cache())]


def open_files(soft: int | None, hard: int | None) -> Check:
    """Is there a file for every agent's connection? None is no limit. A worker raises its own soft limit to the hard.

    An engine that somebody starts in a shell has the soft limit, unless it does the same.
    """
    found = f"at most {_count(hard)} per process"
    if soft != hard:
        found += f" (now {_count(soft)}; stress raises the limit for itself and its engines)"
    if hard is None or hard >= MANY_AGENTS + SPARE_FILES:
        return Check("open files", "ok", f"{found}: enough for {MANY_AGENTS:,} agents")
    advice = "Raise it: ulimit -Hn 65536 as root, LimitNOFILE= in a systemd unit, --ulimit nofile=65536 for a container"
    if hard < USUAL_AGENTS + SPARE_FILES:
        return Check("open files", "problem", f"{found}: too few for {USUAL_AGENTS} agents per worker", f"{advice}.")
    room = hard - SPARE_FILES
    advice = f"{advice}; or run {MANY_AGENTS:,} agents with --workers {math.ceil(MANY_AGENTS / room)}."
    return Check("open files", "warning", f"{found}: enough for {room:,} agents per worker", advice)


def shared_memory(total: int, free: int) -> Check:
    """Is there room in /dev/shm? In bytes."""
    found = f"{format_bytes(free)} free of {format_bytes(total)}"
    if free >= WANTED_SHM:
        return Check(_SHM, "ok", found)
    if total >= WANTED_SHM:
        advice = "Killed processes left files there; delete them while no engine runs."
    else:
        advice = "Engines on several GPUs need 1 GiB (NCCL): start the container with --shm-size=8g or --ipc=host."
    return Check(_SHM, "warning", found, advice)


def disk(name: str, path: str, free: int) -> Check:
    """Is there room for records, or weights? In bytes."""
    found = f"{format_bytes(free)} free in {path}"
    if free >= WANTED_DISK:
        return Check(name, "ok", found)
    advice = "Long runs with many agents record gigabytes: free some space, or record to another disk with --out."
    if name == "disk for models":
        advice = "An 8B model takes 16 GB, a 70B model 141 GB: free some space, or set HF_HOME to a larger disk."
    return Check(name, "warning", found, advice)


def hugging_face_cache() -> Path:
    """Where engines put the weights that they fetch (huggingface.co/docs/huggingface_hub: environment variables)."""
    home = Path(os.environ.get("HF_HOME") or Path.home() / ".cache" / "huggingface")
    return Path(os.environ.get("HF_HUB_CACHE") or home / "hub").expanduser()


def nvidia_on_bus(devices: Path = Path("/sys/bus/pci/devices")) -> int:
    """NVIDIA's GPUs on the PCI bus, whether there is a driver for them or not; 0 where the kernel does not say."""
    found = 0
    for device in devices.glob("*"):
        with suppress(OSError):
            maker, kind = ((device / name).read_text().strip() for name in ("vendor", "class"))
            found += maker == _NVIDIA and kind.startswith(_DISPLAY)
    return found


def _shared_memory() -> Check:
    try:
        usage = shutil.disk_usage(_SHM)
    except OSError as error:
        return Check(_SHM, "n/a", f"n/a ({error.strerror})")
    return shared_memory(usage.total, usage.free)


def _disk(name: str, path: Path) -> Check:
    there = next((folder for folder in (path, *path.parents) if folder.is_dir()), Path("/"))
    try:
        return disk(name, str(path), shutil.disk_usage(there).free)
    except OSError as error:
        return Check(name, "n/a", f"n/a in {path} ({error.strerror})")


def _count(limit: int | None) -> str:
    return "no limit" if limit is None else f"{limit:,}"

"""Pages in the format of NVIDIA's dcgm-exporter: of one host, or of several through a federating Prometheus."""

from collections.abc import Iterable
from typing import NamedTuple

from pages_server import Page

BLANK = 9223372036854775794
"""What dcgm-exporter shows for a metric that the chip does not have: DCGM's "not supported" in 64 bits."""

VALUES: dict[str, float] = {
    "DCGM_FI_DEV_GPU_UTIL": 97,
    "DCGM_FI_DEV_FB_FREE": 61440,
    "DCGM_FI_DEV_FB_USED": 20480,
    "DCGM_FI_DEV_POWER_USAGE": 412.5,
    "DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION": 987654321,
    "DCGM_FI_DEV_GPU_TEMP": 61,
    "DCGM_FI_DEV_MEMORY_TEMP": BLANK,
    "DCGM_FI_DEV_SM_CLOCK": 1755,
    "DCGM_FI_DEV_XID_ERRORS": 0,
    "DCGM_FI_PROF_DRAM_ACTIVE": 0.5125,
}


class FakeGpu(NamedTuple):
    """One GPU, or a MIG instance of one as (profile, number)."""

    host: str
    number: int
    model: str = "NVIDIA H100 80GB HBM3"
    mig: tuple[str, int] | None = None
    values: dict[str, float] = VALUES


def exporter_page(gpus: Iterable[FakeGpu], more: str = "") -> Page:
    """What dcgm-exporter on a host answers; `more` are further labels, as `,job="dcgm"`."""
    lines: list[str] = []
    gpus = list(gpus)
    for name in dict.fromkeys(name for gpu in gpus for name in gpu.values):
        kind = "counter" if name.endswith("ENERGY_CONSUMPTION") else "gauge"
        lines += [f"# HELP {name} Words (in a unit).", f"# TYPE {name} {kind}"]
        for gpu in gpus:
            if name in gpu.values:
                profile = f',GPU_I_PROFILE="{gpu.mig[0]}",GPU_I_ID="{gpu.mig[1]}"' if gpu.mig else ""
                labels = (
                    f'gpu="{gpu.number}",UUID="GPU-{gpu.host}-{gpu.number}",pci_bus_id="00000000:0{gpu.number}:00.0",'
                    f'device="nvidia{gpu.number}",modelName="{gpu.model}"{profile},Hostname="{gpu.host}"{more}'
                )
                lines.append(f"{name}{{{labels}}} {gpu.values[name]}")
    return Page("\n".join(lines) + "\n")


ALPHA = [FakeGpu("alpha", number) for number in range(2)]
BETA = [FakeGpu("beta", number, "NVIDIA L40S", values=VALUES | {"DCGM_FI_DEV_GPU_UTIL": 5}) for number in range(3)]


def federated_page() -> Page:
    """Both hosts on one page, as Prometheus' /federate gives it: in no useful order, with its own labels and times."""
    page = exporter_page([*reversed(BETA), *ALPHA], more=',instance="10.0.0.1:9400",job="dcgm"')
    lines = [line if line.startswith("#") else f"{line} 1700000000000" for line in page.body.splitlines()]
    return Page("\n".join([*lines, 'up{job="dcgm"} 1']) + "\n")

"""What sampling eight GPUs costs, as a share of one core: NVML twice a second, and an exporter's page once a second.

    python benchmarks/telemetry_cost.py [--seconds 20]

With GPUs here, theirs are read, and the cost of one is taken eight times. Without, the real `pynvml` runs over a driver
that is a few Python functions (tests/fakes/nvml_driver.py): then the figure holds all that our side does, and Python's
price for what would be the driver's C. CPU is the sampling thread's own (user and
system); fetching the page is another thread's and not in it. Acceptance: under 2 %.
"""

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path

from bench import machine, table, verdict

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "fakes")]

from stress.session.samplers import MACHINE_PERIOD_S, REMOTE_PERIOD_S  # noqa: E402
from stress.telemetry.dcgm import DcgmGpus  # noqa: E402
from stress.telemetry.exporter import Exporter, PageServer  # noqa: E402
from stress.telemetry.machine import GpuReader, local_gpus  # noqa: E402
from stress.telemetry.nvml import Nvml  # noqa: E402
from stress.telemetry.ownership import Owner  # noqa: E402

GPUS = 8
MOST = 0.02


def eight_by_a_stand_in() -> Nvml:
    """Eight GPUs of a driver in Python, under the real pynvml."""
    import pynvml
    from nvml_driver import OK, Driver

    class Eight(Driver):
        def nvmlDeviceGetCount_v2(self, count: object) -> int:  # noqa: N802
            count._obj.value = GPUS  # noqa: SLF001
            return OK

    pynvml.nvmlLib = Eight()
    return Nvml(pynvml)


def share(read: Callable[[], object], period: float, seconds: float) -> float:
    """Of one core, what reading at this pace costs this thread."""
    read()
    began, before = time.monotonic(), time.thread_time()
    while (now := time.monotonic()) < began + seconds:
        read()
        time.sleep(max(0.0, now + period - time.monotonic()))
    return (time.thread_time() - before) / (time.monotonic() - began)


def main() -> None:
    """Measure, print, and say whether it holds."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=20.0)
    seconds = parser.parse_args().seconds
    here = local_gpus()
    gpus = here or eight_by_a_stand_in()
    count = len(gpus.inventory())
    name = gpus.read()[0].name if here else "pynvml over a driver in Python"
    own = Owner(set, None, gpus.inventory())
    nvml = share(GpuReader(lambda: gpus, time.monotonic, own.places).read, MACHINE_PERIOD_S, seconds) / count * GPUS
    with PageServer("127.0.0.1", 0) as server, Exporter(gpus) as exporter, server.serving(exporter.page):
        exporter.read()
        page = DcgmGpus([f"http://127.0.0.1:{server.server_port}/metrics"])
        remote = share(page.read, REMOTE_PERIOD_S, seconds) / count * GPUS
    print(machine())
    rows = [
        [f"{count} × {name}, {1 / MACHINE_PERIOD_S:g} a second", f"{100 * nvml:.2f} %"],
        [f"their exporter's page, {1 / REMOTE_PERIOD_S:g} a second", f"{100 * remote:.2f} %"],
    ]
    print(table([f"source, as for {GPUS} GPUs", "of one core"], rows))
    print(f"\nEight GPUs under {100 * MOST:g} % of a core: {verdict(max(nvml, remote) < MOST)}")


if __name__ == "__main__":
    main()

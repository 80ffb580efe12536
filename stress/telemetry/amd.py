"""AMD GPUs, read through AMD SMI (the package `amdsmi`, where it is installed), behind the same interface as NVML.

Written to the interface of amdsmi 7.0.2 and tested against a stand-in only: we had no such GPU.
"""

import io
import sys
import threading
from collections.abc import Callable
from contextlib import redirect_stdout
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from stress.readings import GpuReading
from stress.telemetry.machine_gpu import LocalGpus, MachineGpu

MIB = 1 << 20
_LARGEST = (0xFFFF, 0xFFFFFFFF, 0xFFFFFFFFFFFFFFFF)
_importing = threading.Lock()
_UNSTATED = "N/A"
"""What the library says of what a chip does not report."""


class Amd(LocalGpus):
    """The AMD GPUs of this machine."""

    origin = "AMD SMI"

    def __init__(self, library: Any) -> None:
        """`library` is the module `amdsmi`, initialised."""
        self.devices = [
            _Device(library, index, handle) for index, handle in enumerate(library.amdsmi_get_processor_handles())
        ]


class _Device:
    def __init__(self, library: Any, index: int, handle: Any) -> None:
        self._smi = library
        self._index = index
        self._handle = handle
        self._error = ""
        name = str(self._facts("amdsmi_get_gpu_asic_info").get("market_name") or _UNSTATED)
        self._name = "AMD GPU" if name == _UNSTATED else name
        self._mem_total: int | None = None

    def read(self) -> GpuReading:
        """A reading; lost where nothing at all is answered."""
        activity, power = self._facts("amdsmi_get_gpu_activity"), self._facts("amdsmi_get_power_info")
        memory = self._memory()
        if not activity and not power and memory == (None, None):
            return GpuReading(index=self._index, name=self._name, mem_total=self._mem_total, lost=self._error)
        kinds = self._smi.AmdSmiClkType
        engine, memory_clock = (self._facts("amdsmi_get_clock_info", kind) for kind in (kinds.GFX, kinds.MEM))
        return GpuReading(
            index=self._index,
            name=self._name,
            util=_number(activity.get("gfx_activity")),
            mem_used=memory[0],
            mem_total=memory[1],
            power_w=_first(power, "current_socket_power", "average_socket_power", "socket_power"),
            power_limit_w=self._power_limit(power),
            temp_c=self._temperature("HOTSPOT", "EDGE"),
            mem_temp_c=self._temperature("VRAM"),
            sm_clock_mhz=_number(engine.get("clk", engine.get("cur_clk"))),
            sm_clock_max_mhz=_number(engine.get("max_clk")),
            mem_clock_mhz=_number(memory_clock.get("clk", memory_clock.get("cur_clk"))),
            mem_clock_max_mhz=_number(memory_clock.get("max_clk")),
            energy_joules=self._energy(),
        )

    def inventory(self) -> MachineGpu:
        uuid = self._ask("amdsmi_get_gpu_device_uuid")
        used, total = self._memory()
        return MachineGpu(self._index, self._name, str(uuid or self._index), total, used)

    def processes(self) -> frozenset[int] | None:
        found = self._ask("amdsmi_get_gpu_process_list")
        return None if found is None else frozenset(int(process["pid"]) for process in found)

    def _ask(self, name: str, *arguments: Any) -> Any:
        call: Callable[..., Any] | None = getattr(self._smi, name, None)
        if call is None:
            return None
        try:
            return call(self._handle, *arguments)
        except self._smi.AmdSmiException as error:
            self._error = " ".join(str(error).split())
            return None

    def _facts(self, name: str, *arguments: Any) -> dict[str, Any]:
        return self._ask(name, *arguments) or {}

    def _memory(self) -> tuple[int | None, int | None]:
        """Bytes used, and in all; the library has MiB."""
        usage = self._facts("amdsmi_get_gpu_vram_usage")
        used, total = _number(usage.get("vram_used")), _number(usage.get("vram_total"))
        self._mem_total = self._mem_total if total is None else int(total) * MIB
        return None if used is None else int(used) * MIB, self._mem_total

    def _power_limit(self, power: dict[str, Any]) -> float | None:
        """Watts: the cap is given in microwatts; the limit beside the power is in watts in some versions only."""
        cap = _number(self._facts("amdsmi_get_power_cap_info").get("power_cap"))
        return cap / 1e6 if cap else _first(power, "power_limit")

    def _temperature(self, *sensors: str) -> float | None:
        """°C of the first of these sensors that the chip has."""
        kinds, now = self._smi.AmdSmiTemperatureType, self._smi.AmdSmiTemperatureMetric.CURRENT
        for sensor in sensors:
            value = _number(self._ask("amdsmi_get_temp_metric", getattr(kinds, sensor), now))
            if value:
                return value
        return None

    def _energy(self) -> float | None:
        """The chip's counter; a step is so many microjoules."""
        count = self._facts("amdsmi_get_energy_count")
        steps = _number(count.get("energy_accumulator", count.get("power")))
        resolution = _number(count.get("counter_resolution"))
        return None if not steps or not resolution else steps * resolution / 1e6


def _first(values: dict[str, Any], *names: str) -> float | None:
    """The first of these that is known; 0 stands for a sensor that the chip lacks."""
    return next((number for name in names if (number := _number(values.get(name)))), None)


def _number(value: Any) -> float | None:
    """A number; None for anything else, and for the largest of its kind, which stands for "not there"."""
    known = isinstance(value, int | float) and not isinstance(value, bool) and value not in _LARGEST
    return float(value) if known else None


def _library() -> Any:
    """The module `amdsmi`; None where it is not there, or has no driver to talk to.

    Where ROCm's library is missing, it says so on stdout while it is imported. That is everybody's, so it is kept quiet
    by one thread at a time, and never where there is nothing to import.
    """
    if "amdsmi" in sys.modules:
        return sys.modules["amdsmi"]
    if find_spec("amdsmi") is None:
        return None
    with _importing:
        try:
            with redirect_stdout(io.StringIO()):
                return import_module("amdsmi")
        except (ImportError, KeyError, OSError):
            return None


def open_amd() -> Amd | None:
    """The AMD GPUs of this machine; None where the package, the driver or the GPUs are missing."""
    amdsmi = _library()
    if amdsmi is None:
        return None
    try:
        amdsmi.amdsmi_init()
        gpus = Amd(amdsmi)
    except amdsmi.AmdSmiException:
        return None
    return gpus if gpus.inventory() else None

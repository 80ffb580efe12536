"""NVIDIA GPUs, read through NVML (`nvidia-ml-py`). Every metric that cannot be read is None on its own."""

import time
from collections.abc import Callable
from typing import Any

from stress.readings import GpuReading, SlowdownName
from stress.telemetry import gpm
from stress.telemetry.machine_gpu import LocalGpus, MachineGpu
from stress.telemetry.nvml_calls import VALUE_FIELDS, Calls, LostError
from stress.telemetry.nvml_samples import UtilisationSamples
from stress.telemetry.slowdowns import slowdowns

SELDOM_S = 10.0
"""So often the power limit is read, which its owner may change in the middle of a run, and the energy counter: on an
H200 (driver 580) that call takes 4 ms of a core, all others 1 ms."""
PCIE_KEPT_S = 10.0
"""A PCIe reading is shown for so long, until it is the GPU's turn again."""

ALL_LINKS = 0xFFFFFFFF
"""As a field's scope: all NVLinks together (nvml.h, NVML_FI_DEV_NVLINK_THROUGHPUT_DATA_TX)."""
MEMORY_TEMP, NVLINK_TX_KIB, NVLINK_RX_KIB = 82, 138, 139
"""nvml.h's NVML_FI_DEV_*: °C, and KiB since the driver was loaded."""
_FIELDS = {
    MEMORY_TEMP: MEMORY_TEMP,
    NVLINK_TX_KIB: (NVLINK_TX_KIB, ALL_LINKS),
    NVLINK_RX_KIB: (NVLINK_RX_KIB, ALL_LINKS),
}
"""As they are asked for: by number, or by number and scope."""


class Nvml(LocalGpus):
    """The NVIDIA GPUs of this machine. NVML ignores CUDA_VISIBLE_DEVICES: all of them are listed."""

    origin = "NVML"

    def __init__(self, library: Any, now: Callable[[], float] = time.monotonic) -> None:
        """`library` is the module `pynvml`, initialised; `now` returns seconds on a clock that never goes back."""
        # A GPU that fell off the bus keeps its place in the list, without readings.
        self.devices: list[_Device] = [_Device(library, index, now) for index in range(library.nvmlDeviceGetCount())]
        self._turn = 0

    def read(self) -> tuple[GpuReading, ...]:
        """A reading of every GPU."""
        # Where PCIe traffic has to be asked for it takes 40 ms a GPU: one GPU at a time has its turn.
        turn, self._turn = self._turn, (self._turn + 1) % max(1, len(self.devices))
        return tuple(device.read(pcie=place == turn) for place, device in enumerate(self.devices))


class _Device:
    """One GPU by its index; it may be gone, now or later, and come back."""

    def __init__(self, library: Any, index: int, now: Callable[[], float]) -> None:
        self._nvml = library
        self._now = now
        self._calls = Calls(library)
        self._index = index
        self._handle: Any = None
        self._gpm: gpm.Gpm | None = None
        self._samples = UtilisationSamples(library, self._calls)
        self._name: str | None = None
        self._uuid: str | None = None
        self._mem_total: int | None = None
        self._sm_clock_max: float | None = None
        self._mem_clock_max: float | None = None
        self._seldom_read: dict[str, tuple[float, float]] = {}
        """What is read seldom: when, and what it was."""
        self._asked_fields = dict(_FIELDS)
        self._pcie: tuple[float, float | None, float | None] | None = None
        self._links: tuple[float, float | None, float | None] | None = None

    def read(self, *, pcie: bool = False) -> GpuReading:
        """A reading. `pcie`: ask for PCIe traffic too where that takes its time (40 ms)."""
        try:
            return self._read(pcie)
        except LostError as lost:
            self._let_go()
            return GpuReading(index=self._index, name=self._called, mem_total=self._mem_total, lost=str(lost))

    def inventory(self) -> MachineGpu:
        memory = None
        try:
            self._open()
            memory = self._memory()
        except LostError:
            self._let_go()
        total = self._mem_total if memory is None else int(memory.total)
        used = None if memory is None else int(memory.used)
        return MachineGpu(self._index, self._called, self._uuid or str(self._index), total, used)

    def processes(self) -> frozenset[int] | None:
        try:
            self._open()
            running = self._ask("nvmlDeviceGetComputeRunningProcesses")
        except LostError:
            return None
        return None if running is None else frozenset(int(process.pid) for process in running)

    def _ask(self, name: str, *arguments: Any) -> Any:
        return self._calls.ask(f"{name}{arguments}", lambda: getattr(self._nvml, name)(self._handle, *arguments))

    @property
    def _called(self) -> str:
        return self._name or "NVIDIA GPU"

    def _open(self) -> None:
        """Get hold of it, and of what does not change; what fails for a moment is asked for again."""
        if self._handle is None:
            try:
                self._handle = self._nvml.nvmlDeviceGetHandleByIndex(self._index)
            except self._nvml.NVMLError as error:
                raise LostError(str(error)) from None
        nvml = self._nvml
        self._name = self._name or _text(self._ask("nvmlDeviceGetName"))
        self._uuid = self._uuid or _text(self._ask("nvmlDeviceGetUUID"))
        highest = "nvmlDeviceGetMaxClockInfo"
        self._sm_clock_max = self._sm_clock_max or _number(self._ask(highest, nvml.NVML_CLOCK_SM))
        self._mem_clock_max = self._mem_clock_max or _number(self._ask(highest, nvml.NVML_CLOCK_MEM))
        if self._gpm is None:
            self._gpm = gpm.open_gpm(nvml, self._handle, self._calls, self._now)

    def _let_go(self) -> None:
        """It is gone: what was known of its moment is void."""
        if self._gpm is not None:
            self._gpm.close()
        self._handle = self._gpm = self._links = self._pcie = None
        self._seldom_read.clear()

    def _read(self, pcie: bool) -> GpuReading:
        self._open()
        nvml, ask, now = self._nvml, self._ask, self._now()
        utilisation = ask("nvmlDeviceGetUtilizationRates")
        memory = self._memory()
        self._mem_total = self._mem_total if memory is None else int(memory.total)
        power = _number(ask("nvmlDeviceGetPowerUsage"))
        fields = self._fields()
        active = self._gpm.read() if self._gpm is not None else {}
        links = self._link_rates(now, fields, active)
        pcie_rates = (active.get(gpm.PCIE_TX), active.get(gpm.PCIE_RX))
        if None in pcie_rates:
            pcie_rates = self._pcie_rates(now, pcie)
        return GpuReading(
            index=self._index,
            name=self._called,
            util=None if utilisation is None else float(utilisation.gpu),
            util_samples=self._samples.read(self._handle),
            mem_used=None if memory is None else int(memory.used),
            mem_total=self._mem_total,
            power_w=None if power is None else power / 1000,
            power_limit_w=self._seldom(now, "nvmlDeviceGetEnforcedPowerLimit"),
            temp_c=self._temperature(),
            mem_temp_c=fields.get(MEMORY_TEMP) or None,  # 0 °C is what a chip without the sensor says
            sm=_percent(active.get(gpm.SM)),
            occupancy=_percent(active.get(gpm.OCCUPANCY)),
            tensor=_percent(active.get(gpm.TENSOR)),
            dram=_percent(active.get(gpm.DRAM)),
            sm_clock_mhz=_number(ask("nvmlDeviceGetClockInfo", nvml.NVML_CLOCK_SM)),
            sm_clock_max_mhz=self._sm_clock_max,
            mem_clock_mhz=_number(ask("nvmlDeviceGetClockInfo", nvml.NVML_CLOCK_MEM)),
            mem_clock_max_mhz=self._mem_clock_max,
            slowdowns=self._slowdowns(),
            pcie_tx_mib_s=pcie_rates[0],
            pcie_rx_mib_s=pcie_rates[1],
            nvlink_tx_mib_s=links[0],
            nvlink_rx_mib_s=links[1],
            energy_joules=self._seldom(now, "nvmlDeviceGetTotalEnergyConsumption"),
        )

    def _memory(self) -> Any:
        """Version 2 leaves the driver's own reserve out of `used`, as nvidia-smi does."""
        nvml, handle = self._nvml, self._handle
        memory = self._calls.ask("memory v2", lambda: nvml.nvmlDeviceGetMemoryInfo(handle, version=nvml.nvmlMemory_v2))
        return memory if memory is not None else self._ask("nvmlDeviceGetMemoryInfo")

    def _temperature(self) -> float | None:
        sensor = self._nvml.NVML_TEMPERATURE_GPU
        newer = _number(self._ask("nvmlDeviceGetTemperatureV", sensor))
        return newer if newer is not None else _number(self._ask("nvmlDeviceGetTemperature", sensor))

    def _seldom(self, now: float, name: str) -> float | None:
        """What NVML has in thousandths, as it was last asked for."""
        if name not in self._seldom_read or now - self._seldom_read[name][0] >= SELDOM_S:
            self._seldom_read.pop(name, None)
            if (value := _number(self._ask(name))) is not None:
                self._seldom_read[name] = now, value / 1000
        return self._seldom_read[name][1] if name in self._seldom_read else None

    def _slowdowns(self) -> tuple[SlowdownName, ...] | None:
        reasons = self._ask("nvmlDeviceGetCurrentClocksEventReasons")
        if reasons is None:  # its name until driver 535
            reasons = self._ask("nvmlDeviceGetCurrentClocksThrottleReasons")
        return None if reasons is None else slowdowns(reasons)

    def _fields(self) -> dict[int, float]:
        """Several metrics in one call, those that can be read, by their numbers."""
        if not self._asked_fields:
            return {}
        values = self._ask("nvmlDeviceGetFieldValues", tuple(self._asked_fields.values())) or ()
        for value in values:
            if self._calls.is_for_good(value.nvmlReturn):
                self._asked_fields.pop(int(value.fieldId), None)
        success = self._nvml.NVML_SUCCESS
        good = [value for value in values if value.nvmlReturn == success and value.valueType in VALUE_FIELDS]
        return {int(value.fieldId): float(getattr(value.value, VALUE_FIELDS[value.valueType])) for value in good}

    def _link_rates(
        self, now: float, fields: dict[int, float], active: dict[int, float]
    ) -> tuple[float | None, float | None]:
        """MiB/s sent and received over all NVLinks since the reading before; None where there are none."""
        before, self._links = self._links, (now, fields.get(NVLINK_TX_KIB), fields.get(NVLINK_RX_KIB))
        seconds = 0.0 if before is None else now - before[0]
        sent = _rate(before[1], self._links[1], seconds) if before else None
        received = _rate(before[2], self._links[2], seconds) if before else None
        return (
            self._gpm_link(NVLINK_TX_KIB, active.get(gpm.NVLINK_TX)) if sent is None else sent,
            self._gpm_link(NVLINK_RX_KIB, active.get(gpm.NVLINK_RX)) if received is None else received,
        )

    def _gpm_link(self, field: int, rate: float | None) -> float | None:
        """GPM's rate, in place of a counter's. It says 0 on a chip without links, whose counters are not supported."""
        return rate if rate or field in self._asked_fields else None

    def _pcie_rates(self, now: float, ask: bool) -> tuple[float | None, float | None]:
        """MiB/s sent and received, measured by the driver over 20 ms each; kept for a while."""
        if ask:
            rates = [_number(self._ask("nvmlDeviceGetPcieThroughput", counter)) for counter in (0, 1)]
            self._pcie = now, *(None if rate is None else rate / 1024 for rate in rates)  # type: ignore[assignment]
        if self._pcie is None or now - self._pcie[0] > PCIE_KEPT_S:
            return None, None
        return self._pcie[1], self._pcie[2]


def _rate(before: float | None, after: float | None, seconds: float) -> float | None:
    """MiB/s from a counter in KiB; None if it is missing or was set back."""
    if before is None or after is None or after < before or seconds <= 0:
        return None
    return (after - before) / 1024 / seconds


def _percent(value: float | None) -> float | None:
    return None if value is None else min(100.0, value)


def _number(value: Any) -> float | None:
    return None if value is None else float(value)


def _text(value: Any) -> str | None:
    return value.decode(errors="replace") if isinstance(value, bytes) else value


def open_nvml() -> Nvml | None:
    """The NVIDIA GPUs of this machine, or None where there is no driver or no GPU."""
    try:
        import pynvml
    except ImportError:
        return None
    try:
        pynvml.nvmlInit()
        gpus = Nvml(pynvml)
    except pynvml.NVMLError:
        return None
    return gpus if gpus.inventory() else None

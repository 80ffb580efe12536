import sys
import threading
from enum import Enum
from typing import Any

import pytest

from stress.readings import GpuReading
from stress.telemetry.amd import Amd, open_amd
from stress.telemetry.machine_gpu import LocalGpus, MachineGpu


class AmdSmiException(Exception):  # noqa: N818 (its own name)
    """As amdsmi's."""


class Kind(Enum):
    GFX, MEM, EDGE, HOTSPOT, VRAM, CURRENT = range(6)


class Smi:
    """An `amdsmi` with two MI300X; the calls in `broken` fail."""

    AmdSmiException = AmdSmiException
    AmdSmiClkType = AmdSmiTemperatureType = AmdSmiTemperatureMetric = Kind

    def __init__(self, *broken: str) -> None:
        self.broken = set(broken)

    def __getattribute__(self, name: str) -> Any:
        call = object.__getattribute__(self, name)
        if name.startswith("amdsmi_get") and name in self.broken:

            def fail(*_: Any) -> Any:
                raise AmdSmiException("Error code:\n\t2 | AMDSMI_STATUS_NOT_SUPPORTED")

            return fail
        return call

    def amdsmi_get_processor_handles(self):
        return [0, 1]

    def amdsmi_get_gpu_asic_info(self, handle):
        return {"market_name": "AMD Instinct MI300X OAM"}

    def amdsmi_get_gpu_activity(self, handle):
        return {"gfx_activity": 97, "umc_activity": 41, "mm_activity": "N/A"}

    def amdsmi_get_power_info(self, handle):
        return {"current_socket_power": 640, "average_socket_power": "N/A", "power_limit": "N/A"}

    def amdsmi_get_power_cap_info(self, handle):
        return {"power_cap": 750_000_000}

    def amdsmi_get_gpu_vram_usage(self, handle):
        return {"vram_total": 196_592, "vram_used": 1024}

    def amdsmi_get_temp_metric(self, handle, sensor, metric):
        return {Kind.HOTSPOT: 66, Kind.VRAM: 58, Kind.EDGE: 40}[sensor]

    def amdsmi_get_clock_info(self, handle, kind):
        return {"clk": 1900, "max_clk": 2100} if kind is Kind.GFX else {"clk": 1300, "max_clk": 1300}

    def amdsmi_get_energy_count(self, handle):
        return {"energy_accumulator": 1_000_000, "counter_resolution": 15.3, "timestamp": 1}

    def amdsmi_get_gpu_process_list(self, handle):
        return [{"pid": 4711}]

    def amdsmi_get_gpu_device_uuid(self, handle):
        return f"uuid-{handle}"


WHOLE = GpuReading(
    index=1,
    name="AMD Instinct MI300X OAM",
    util=97,
    mem_used=1024 << 20,
    mem_total=196_592 << 20,
    power_w=640,
    power_limit_w=750,
    temp_c=66,
    mem_temp_c=58,
    sm_clock_mhz=1900,
    sm_clock_max_mhz=2100,
    mem_clock_mhz=1300,
    mem_clock_max_mhz=1300,
    energy_joules=pytest.approx(15.3),
)


def test_every_gpu_is_read_in_the_units_of_the_contract():
    gpus = Amd(Smi())
    assert gpus.read()[1] == WHOLE
    assert gpus.processes() == (frozenset({4711}),) * 2
    assert gpus.inventory()[1] == MachineGpu(1, WHOLE.name, "uuid-1", 196_592 << 20, 1024 << 20)
    assert isinstance(gpus, LocalGpus)


@pytest.mark.parametrize(
    ("call", "fields"),
    [
        ("amdsmi_get_gpu_activity", {"util"}),
        ("amdsmi_get_power_info", {"power_w"}),
        ("amdsmi_get_power_cap_info", {"power_limit_w"}),
        ("amdsmi_get_gpu_vram_usage", {"mem_used", "mem_total"}),
        ("amdsmi_get_temp_metric", {"temp_c", "mem_temp_c"}),
        ("amdsmi_get_clock_info", {"sm_clock_mhz", "sm_clock_max_mhz", "mem_clock_mhz", "mem_clock_max_mhz"}),
        ("amdsmi_get_energy_count", {"energy_joules"}),
    ],
)
def test_a_call_that_fails_leaves_its_metrics_null_and_the_others_as_they_are(call, fields):
    reading = Amd(Smi(call)).read()[1]
    for name in GpuReading.__struct_fields__:
        assert getattr(reading, name) == (None if name in fields else getattr(WHOLE, name)), name


def test_what_the_chip_does_not_tell_is_null(monkeypatch):
    monkeypatch.setattr(Smi, "amdsmi_get_gpu_activity", lambda *_: {"gfx_activity": "N/A"})
    assert Amd(Smi()).read()[0].util is None


@pytest.mark.parametrize("nothing", [0xFFFF, 0xFFFFFFFF, 0xFFFFFFFFFFFFFFFF])
def test_the_largest_number_of_its_kind_is_no_value(monkeypatch, nothing):
    power = {"current_socket_power": nothing, "average_socket_power": nothing, "power_limit": nothing}
    monkeypatch.setattr(Smi, "amdsmi_get_power_info", lambda *_: power)
    reading = Amd(Smi()).read()[0]
    assert (reading.power_w, reading.power_limit_w) == (None, 750)


def test_a_gpu_that_answers_nothing_is_lost():
    calls = ("amdsmi_get_gpu_activity", "amdsmi_get_power_info", "amdsmi_get_gpu_vram_usage")
    reading = Amd(Smi(*calls)).read()[0]
    assert reading == GpuReading(
        index=0, name="AMD Instinct MI300X OAM", lost="Error code: 2 | AMDSMI_STATUS_NOT_SUPPORTED"
    )
    assert Amd(Smi("amdsmi_get_gpu_process_list")).processes() == (None, None)


def test_two_that_look_for_amd_gpus_at_the_same_time_leave_stdout_alone():
    before = sys.stdout
    threads = [threading.Thread(target=open_amd) for _ in range(40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sys.stdout is before

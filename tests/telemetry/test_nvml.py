# ruff: noqa: N802 (NVML's own names)
from types import SimpleNamespace

import pytest

from stress.engines.feasible import MachineGpu
from stress.telemetry.nvml import Nvml


class NVMLError(Exception):
    pass


class FakeNvml:
    """Two GPUs; the calls named in `broken` are not supported."""

    NVMLError = NVMLError
    NVML_TEMPERATURE_GPU = 0
    nvmlMemory_v2 = 2  # noqa: N815

    def __init__(self, *broken: str) -> None:
        self.broken = broken

    def __getattribute__(self, name: str):
        if name.startswith("nvmlDeviceGet") and name in object.__getattribute__(self, "broken"):

            def refuse(*_, **__):
                raise NVMLError

            return refuse
        return object.__getattribute__(self, name)

    def nvmlDeviceGetCount(self):
        return 2

    def nvmlDeviceGetHandleByIndex(self, index):
        return index

    def nvmlDeviceGetName(self, handle):
        return b"NVIDIA H200"

    def nvmlDeviceGetUtilizationRates(self, handle):
        return SimpleNamespace(gpu=90 + handle, memory=40)

    def nvmlDeviceGetMemoryInfo(self, handle, version=None):
        return SimpleNamespace(used=5 << 30, total=141 << 30)

    def nvmlDeviceGetPowerUsage(self, handle):
        return 512_345

    def nvmlDeviceGetEnforcedPowerLimit(self, handle):
        return 700_000

    def nvmlDeviceGetTotalEnergyConsumption(self, handle):
        return 123_456

    def nvmlDeviceGetUUID(self, handle):
        return f"GPU-{handle}".encode()

    def nvmlDeviceGetTemperature(self, handle, sensor):
        return 61


def test_every_gpu_is_read_in_the_units_of_the_contract():
    first, second = Nvml(FakeNvml()).read()
    assert (first.index, second.index, first.name) == (0, 1, "NVIDIA H200")
    assert (first.util, second.util) == (90, 91)
    assert (first.mem_used, first.mem_total) == (5 << 30, 141 << 30)
    assert (first.power_w, first.power_limit_w, first.temp_c) == (512.345, 700, 61)
    assert first.energy_joules == 123.456


@pytest.mark.parametrize(
    ("call", "fields"),
    [
        ("nvmlDeviceGetUtilizationRates", {"util"}),
        ("nvmlDeviceGetMemoryInfo", {"mem_used", "mem_total"}),
        ("nvmlDeviceGetPowerUsage", {"power_w"}),
        ("nvmlDeviceGetEnforcedPowerLimit", {"power_limit_w"}),
        ("nvmlDeviceGetTotalEnergyConsumption", {"energy_joules"}),
        ("nvmlDeviceGetTemperature", {"temp_c"}),
    ],
)
def test_a_metric_that_cannot_be_read_is_null_and_the_others_stay(call, fields):
    reading = Nvml(FakeNvml(call)).read()[0]
    whole = Nvml(FakeNvml()).read()[0]
    for name in ("util", "mem_used", "mem_total", "power_w", "power_limit_w", "temp_c", "energy_joules"):
        assert getattr(reading, name) == (None if name in fields else getattr(whole, name))


def test_the_inventory_has_what_a_launch_needs_to_know():
    first, second = Nvml(FakeNvml()).inventory()
    assert first == MachineGpu(0, "NVIDIA H200", "GPU-0", 141 << 30, 5 << 30)
    assert (second.index, second.uuid) == (1, "GPU-1")


def test_a_gpu_without_a_uuid_goes_by_its_index():
    assert [gpu.uuid for gpu in Nvml(FakeNvml("nvmlDeviceGetUUID")).inventory()] == ["0", "1"]


def test_a_gpu_without_a_name_is_still_shown():
    assert Nvml(FakeNvml("nvmlDeviceGetName")).read()[0].name == "NVIDIA GPU"

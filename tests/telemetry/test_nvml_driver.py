import pynvml
import pytest
from nvml_driver import Driver

from stress.readings import GpuReading
from stress.telemetry.nvml import Nvml


@pytest.fixture
def driver(monkeypatch):
    driver = Driver()
    monkeypatch.setattr(pynvml, "nvmlLib", driver)
    monkeypatch.setattr(pynvml, "_nvmlGetFunctionPointer_cache", {})
    return driver


def test_the_real_pynvml_hands_on_what_we_ask_and_gives_what_a_driver_answers(driver):
    clock = iter(range(1, 1000))
    gpus = Nvml(pynvml, lambda: float(next(clock)))
    gpus.read()
    driver.kib = 1 << 30
    (_, reading) = gpus.read()
    assert reading.nvlink_tx_mib_s is not None
    assert reading.nvlink_tx_mib_s > 0
    assert reading == GpuReading(
        index=1,
        name="NVIDIA H200",
        util=99,
        util_samples=(5, 6, 7, 8),
        mem_used=100 << 30,
        mem_total=141 << 30,
        power_w=380,
        power_limit_w=700,
        temp_c=55,
        mem_temp_c=60,
        sm=2.5,
        occupancy=3.5,
        tensor=5.5,
        dram=10.5,
        sm_clock_mhz=1980,
        sm_clock_max_mhz=1980,
        mem_clock_mhz=3201,
        mem_clock_max_mhz=3201,
        slowdowns=("power_cap",),
        pcie_tx_mib_s=20.5,
        pcie_rx_mib_s=21.5,
        nvlink_tx_mib_s=reading.nvlink_tx_mib_s,
        nvlink_rx_mib_s=None,
        energy_joules=5_000_000,
    )
    assert gpus.processes() == (frozenset({4711}), frozenset({4711}))
    assert [gpu.uuid for gpu in gpus.inventory()] == ["GPU-1234", "GPU-1234"]


def test_a_driver_that_lacks_a_function_is_no_error(driver, monkeypatch):
    monkeypatch.delattr(Driver, "nvmlGpmQueryDeviceSupport")
    monkeypatch.delattr(Driver, "nvmlDeviceGetFieldValues")
    monkeypatch.delattr(Driver, "nvmlDeviceGetTotalEnergyConsumption")
    reading = Nvml(pynvml).read()[0]
    assert (reading.sm, reading.mem_temp_c, reading.energy_joules, reading.util) == (None, None, None, 99)

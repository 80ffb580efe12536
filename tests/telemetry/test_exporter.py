import threading
import urllib.error
import urllib.request

import pytest
from prometheus_client.parser import text_string_to_metric_families

from stress.events import Host
from stress.readings import GpuReading
from stress.telemetry import exporter as exporter_of
from stress.telemetry.dcgm_names import METRICS, SLOWDOWNS
from stress.telemetry.dcgm_page import read_page
from stress.telemetry.exporter import Exporter, PageServer, gpu_page
from stress.telemetry.machine_gpu import LocalGpus, MachineGpu

FULL = GpuReading(
    index=3,
    name='NVIDIA "H200" \\ 141GB',
    util=97.0,
    mem_used=12_345_678_901,
    mem_total=150_754_820_096,
    power_w=512.345,
    power_limit_w=700.0,
    temp_c=61.0,
    mem_temp_c=72.0,
    sm=64.3,
    occupancy=12.7,
    tensor=15.1,
    dram=51.9,
    sm_clock_mhz=1980.0,
    sm_clock_max_mhz=1980.0,
    mem_clock_mhz=3201.0,
    mem_clock_max_mhz=3201.0,
    slowdowns=("hardware", "power_brake", "power_cap", "thermal"),
    pcie_tx_mib_s=12.25,
    pcie_rx_mib_s=0.5,
    nvlink_tx_mib_s=6690.123,
    nvlink_rx_mib_s=6700.0,
    energy_joules=123_456.789,
)
NEVER_EXPORTED = {"host", "engine", "lost", "util_samples"}


class FakeGpus(LocalGpus):
    origin = "a fake"

    def __init__(self, *gpus: GpuReading) -> None:
        self.gpus = gpus
        self.hangs: threading.Event | None = None

    def read(self):
        if self.hangs is not None:
            self.hangs.wait(30)
        return self.gpus

    def inventory(self):
        return [MachineGpu(gpu.index, gpu.name, f"GPU-{gpu.index}", gpu.mem_total) for gpu in self.gpus]

    def processes(self):
        return tuple(None for _ in self.gpus)


def load() -> Host:
    return Host(t=0.0, cores=(12.5, 100.0), mem_used=8 << 30, mem_total=16 << 30)


def back(*gpus: GpuReading):
    return tuple(read_page(gpu_page(gpus, {3: "GPU-3"}, "box")).values())


def test_the_table_has_every_field_of_a_reading():
    fields = {metric.field for metric in (*METRICS, SLOWDOWNS)}
    assert fields == set(GpuReading.__struct_fields__) - NEVER_EXPORTED - {"index", "name"}
    assert all(getattr(FULL, field) is not None for field in fields)


def test_a_reading_comes_back_as_it_went():
    assert back(FULL) == (FULL,)


@pytest.mark.parametrize("field", sorted(metric.field for metric in (*METRICS, SLOWDOWNS)))
def test_what_could_not_be_read_is_not_on_the_page(field: str):
    import msgspec

    without = msgspec.structs.replace(FULL, **{field: None})
    assert back(without) == (without,)


def test_nothing_that_slows_it_down_is_not_the_same_as_not_known():
    page = gpu_page([GpuReading(index=0, name="GPU", slowdowns=())], {}, "box")
    assert 'DCGM_FI_DEV_CLOCKS_EVENT_REASONS{gpu="0"' in page


def test_a_gpu_that_is_lost_is_not_on_the_page():
    assert back(GpuReading(index=0, name="GPU", mem_total=1 << 30, lost="fell off the bus"), FULL) == (FULL,)


def test_the_page_has_the_exporters_labels_and_the_host():
    exporter = Exporter(FakeGpus(FULL), load, host="box")
    exporter.read()
    page = exporter.page()
    labels = 'gpu="3",UUID="GPU-3",device="nvidia3",modelName="NVIDIA \\"H200\\" \\\\ 141GB",Hostname="box"'
    assert f"DCGM_FI_DEV_POWER_USAGE{{{labels}}} 512.345\n" in page
    assert "# TYPE DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION counter\n" in page
    values = {
        (sample.name, sample.labels.get("core")): sample.value
        for family in text_string_to_metric_families(page)
        for sample in family.samples
    }
    assert values["agent_stress_host_cpu_percent", "1"] == 100
    assert values["agent_stress_host_memory_used_bytes", None] == 8 << 30
    assert values["agent_stress_host_memory_total_bytes", None] == 16 << 30


def test_readings_older_than_3_s_are_not_shown():
    now = [10.0]
    exporter = Exporter(FakeGpus(FULL), load, lambda: now[0], "box")
    assert exporter.page() == ""
    exporter.read()
    now[0] += 3.0
    assert "DCGM_FI_DEV_GPU_UTIL" in exporter.page()
    now[0] += 0.1
    assert exporter.page() == ""


def test_the_page_is_served_while_a_driver_hangs():
    gpus = FakeGpus(FULL)
    gpus.hangs = threading.Event()
    with PageServer("127.0.0.1", 0) as server, Exporter(gpus, load) as exporter, server.serving(exporter.page):
        url = f"http://127.0.0.1:{server.server_port}"
        with urllib.request.urlopen(f"{url}/metrics", timeout=10) as answer:
            assert answer.read() == b""
        with pytest.raises(urllib.error.HTTPError) as raised:
            urllib.request.urlopen(f"{url}/", timeout=10)
        raised.value.close()
        assert raised.value.code == 404
        gpus.hangs.set()


def test_a_port_that_is_taken_is_not_shared():
    with PageServer("127.0.0.1", 0) as server, pytest.raises(OSError, match="in use"):
        PageServer("127.0.0.1", server.server_port)


def test_one_reading_that_fails_does_not_end_the_others(monkeypatch):
    monkeypatch.setattr(exporter_of, "READ_EVERY_S", 0.001)
    gpus, again = FakeGpus(FULL), threading.Event()
    answers = iter([ValueError("odd"), ValueError("odd")])

    def read():
        if (error := next(answers, None)) is not None:
            raise error
        again.set()
        return (FULL,)

    monkeypatch.setattr(gpus, "read", read)
    with Exporter(gpus, load):
        assert again.wait(10)

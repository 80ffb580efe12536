import pytest
from nvml_double import NvmlDouble

from stress.readings import GpuReading
from stress.telemetry.machine_gpu import MachineGpu
from stress.telemetry.nvml import Nvml


def opened(library: NvmlDouble) -> Nvml:
    return Nvml(library, lambda: library.now)


def read(library: NvmlDouble, gpus: Nvml | None = None, seconds: float = 0.5) -> tuple[GpuReading, ...]:
    """The second of two readings: some metrics are differences."""
    gpus = gpus or opened(library)
    gpus.read()
    library.now += seconds
    library.links_kib = {138: 1024.0 * 10, 139: 1024.0 * 20}
    return gpus.read()


def test_every_gpu_is_read_in_the_units_of_the_contract():
    first, second = read(NvmlDouble())
    assert second.index == 1
    assert second.util == 91
    assert first == GpuReading(
        index=0,
        name="NVIDIA H200",
        util=90,
        mem_used=5 << 30,
        mem_total=141 << 30,
        power_w=512.345,
        power_limit_w=700,
        temp_c=61,
        mem_temp_c=48,
        sm=2,
        occupancy=3,
        tensor=5,
        dram=10,
        sm_clock_mhz=1755,
        sm_clock_max_mhz=1980,
        mem_clock_mhz=3201,
        mem_clock_max_mhz=3202,
        slowdowns=(),
        pcie_tx_mib_s=20,
        pcie_rx_mib_s=21,
        nvlink_tx_mib_s=20,
        nvlink_rx_mib_s=40,
        energy_joules=123.456,
    )


WHOLE = read(NvmlDouble())[0]
BY_CALL = [
    ("nvmlDeviceGetUtilizationRates", {"util"}),
    ("nvmlDeviceGetMemoryInfo", {"mem_used", "mem_total"}),
    ("nvmlDeviceGetPowerUsage", {"power_w"}),
    ("nvmlDeviceGetEnforcedPowerLimit", {"power_limit_w"}),
    ("nvmlDeviceGetClockInfo", {"sm_clock_mhz", "mem_clock_mhz"}),
    ("nvmlDeviceGetMaxClockInfo", {"sm_clock_max_mhz", "mem_clock_max_mhz"}),
    ("nvmlGpmQueryDeviceSupport", {"sm", "occupancy", "tensor", "dram"}),
    ("nvmlGpmSampleGet", {"sm", "occupancy", "tensor", "dram"}),
    ("nvmlGpmMetricsGet", {"sm", "occupancy", "tensor", "dram"}),
]


@pytest.mark.parametrize("way", ["broken", "missing", "moody"])
@pytest.mark.parametrize(("call", "fields"), BY_CALL)
def test_a_call_that_fails_in_whatever_way_leaves_its_metrics_null_and_the_others_as_they_are(call, fields, way):
    library = NvmlDouble(**{way: (call,)} if way != "moody" else {})
    library.moody = {call} if way == "moody" else set()
    (reading, _) = read(library)
    for name in GpuReading.__struct_fields__:
        if name in fields:
            assert getattr(reading, name) is None, name
        elif name.startswith("pcie") and "sm" in fields:  # the other call for it gives 2 and 4
            assert getattr(reading, name) in (2, 4), name
        else:
            assert getattr(reading, name) == getattr(WHOLE, name), name


@pytest.mark.parametrize(("call", "fields"), BY_CALL)
def test_what_failed_for_a_moment_is_there_again_when_it_has_passed(call, fields):
    library = NvmlDouble()
    library.moody = {call}
    gpus = opened(library)
    read(library, gpus)
    library.moody = set()
    library.now += 0.5
    gpus.read()
    library.now, library.links_kib = library.now + 0.5, {138: 1024.0 * 20, 139: 1024.0 * 40}
    assert gpus.read()[0] == WHOLE


@pytest.mark.parametrize(
    ("broken", "field", "value"),
    [
        (("nvmlDeviceGetTemperatureV",), "temp_c", 60),
        (("nvmlDeviceGetTemperatureV", "nvmlDeviceGetTemperature"), "temp_c", None),
        (("nvmlDeviceGetCurrentClocksEventReasons",), "slowdowns", ()),
        (
            ("nvmlDeviceGetCurrentClocksEventReasons", "nvmlDeviceGetCurrentClocksThrottleReasons"),
            "slowdowns",
            None,
        ),
        (("nvmlDeviceGetFieldValues",), "energy_joules", 123.456),
        (("nvmlDeviceGetTotalEnergyConsumption",), "energy_joules", None),
        (("nvmlDeviceGetFieldValues",), "mem_temp_c", None),
        (("nvmlDeviceGetFieldValues",), "nvlink_tx_mib_s", 61),
        (("nvmlDeviceGetName",), "name", "NVIDIA GPU"),
    ],
)
def test_where_a_newer_call_is_not_there_an_older_one_may_be(broken, field, value):
    assert getattr(read(NvmlDouble(broken=broken))[0], field) == value
    assert getattr(read(NvmlDouble(missing=broken))[0], field) == value


@pytest.mark.parametrize(
    ("number", "field"), [(82, "mem_temp_c"), (2, "sm"), (3, "occupancy"), (5, "tensor"), (10, "dram")]
)
def test_a_single_value_that_fails_is_null_and_never_zero(number, field):
    reading = read(NvmlDouble(fields=(number,), metrics=(number,)))[0]
    assert getattr(reading, field) is None
    assert reading.util == 90


def test_a_field_that_fails_is_asked_for_elsewhere():
    reading = read(NvmlDouble(fields=(138, 139)))[0]
    assert (reading.nvlink_tx_mib_s, reading.nvlink_rx_mib_s) == (61, 60)


def test_a_chip_without_links_shows_none_where_its_activity_metrics_say_zero():
    library = NvmlDouble(1, fields=(138, 139))
    library.still = {60, 61}
    reading = read(library)[0]
    assert (reading.nvlink_tx_mib_s, reading.nvlink_rx_mib_s) == (None, None)


def test_a_field_that_is_not_supported_is_not_asked_for_again():
    library = NvmlDouble(1, fields=(138, 139))
    gpus = opened(library)
    for _ in range(3):
        library.now += 0.5
        gpus.read()
    assert library.asked_fields == [82, 138, 139, 82, 82]


def test_the_energy_counter_is_looked_at_now_and_then_for_it_is_dear():
    library = NvmlDouble(1)
    gpus = opened(library)
    for _ in range(30):
        library.now += 0.5
        assert gpus.read()[0].energy_joules == 123.456
    assert library.asked.count("nvmlDeviceGetTotalEnergyConsumption") == 2


def test_link_traffic_is_the_counters_difference_over_the_time_between():
    library = NvmlDouble(gpm=False)
    gpus = opened(library)
    assert gpus.read()[0].nvlink_tx_mib_s is None
    assert read(library, gpus, seconds=2.0)[0].nvlink_tx_mib_s == 5


def test_a_link_counter_that_was_set_back_says_nothing():
    library = NvmlDouble(gpm=False)
    gpus = opened(library)
    read(library, gpus)
    library.links_kib, library.now = {138: 1.0, 139: 1.0}, library.now + 1
    assert gpus.read()[0].nvlink_tx_mib_s is None


@pytest.mark.parametrize(
    ("bits", "names"),
    [
        (0x0, ()),
        (0x1 | 0x2 | 0x10 | 0x100, ()),
        (0x4, ("power_cap",)),
        (0x20 | 0x40, ("thermal",)),
        (0x4 | 0x8 | 0x80, ("hardware", "power_brake", "power_cap")),
    ],
)
def test_what_slows_a_gpu_down_has_a_name(bits, names):
    library = NvmlDouble()
    library.reasons = bits
    assert read(library)[0].slowdowns == names


def test_a_gpu_lost_in_the_middle_keeps_its_place_and_name_and_comes_back():
    library = NvmlDouble()
    gpus = opened(library)
    read(library, gpus)
    library.lost = {1}
    first, second = gpus.read()
    assert first.util == 90
    assert second == GpuReading(index=1, name="NVIDIA H200", mem_total=141 << 30, lost="GPU is lost")
    library.lost = set()
    assert gpus.read()[1].util == 91


def test_a_gpu_lost_from_the_start_is_listed():
    library = NvmlDouble()
    library.lost = {0}
    first, second = read(library)
    assert first == GpuReading(index=0, name="NVIDIA GPU", lost="GPU is lost")
    assert second.util == 91
    assert opened(library).processes() == (None, frozenset({1001}))


def test_a_lost_gpu_is_still_known_by_its_uuid_and_its_samples_are_given_back():
    library = NvmlDouble()
    gpus = opened(library)
    gpus.read()
    library.lost = {1}
    gpus.read()
    assert gpus.inventory()[1] == MachineGpu(1, "NVIDIA H200", "GPU-1", 141 << 30, None)
    assert library.asked.count("nvmlGpmSampleFree") == 2


def test_a_field_of_a_kind_that_nobody_knows_is_left_out():
    library = NvmlDouble()
    library.kinds = {82: 99}
    assert read(library)[0].mem_temp_c is None


def test_a_gpu_cut_into_instances_shows_what_it_still_tells():
    """NVML's words for a MIG parent: no utilisation, no GPM samples of the whole."""
    refused = ("nvmlDeviceGetUtilizationRates", "nvmlGpmSampleGet", "nvmlDeviceGetComputeRunningProcesses")
    reading = read(NvmlDouble(broken=refused))[0]
    assert (reading.util, reading.sm, reading.power_w) == (None, None, 512.345)
    assert opened(NvmlDouble(broken=refused)).processes() == (None, None)


def test_fourteen_gpus_are_read_in_order_and_one_a_reading_is_asked_for_pcie_traffic():
    library = NvmlDouble(14, gpm=False)
    gpus = opened(library)
    for turn in range(14):
        library.now += 0.5
        readings = gpus.read()
        assert [gpu.index for gpu in readings] == list(range(14))
        assert library.asked.count("nvmlDeviceGetPcieThroughput") == 2 * (turn + 1)
    assert [gpu.pcie_tx_mib_s for gpu in readings] == [2.0 * (index + 1) for index in range(14)]
    library.now += 60
    assert [gpu.pcie_tx_mib_s is None for gpu in gpus.read()] == [False] + [True] * 13


def test_what_is_not_supported_is_not_asked_again_but_a_mood_is():
    library = NvmlDouble(broken=("nvmlDeviceGetPowerUsage",))
    library.moody = {"nvmlDeviceGetUtilizationRates"}
    gpus = opened(library)
    for _ in range(3):
        library.now += 0.5
        gpus.read()
    assert library.asked.count("nvmlDeviceGetPowerUsage") == 2
    library.moody = set()
    assert gpus.read()[0].util == 90


def test_the_power_limit_is_looked_at_now_and_then():
    library = NvmlDouble(1)
    gpus = opened(library)
    for _ in range(30):
        library.now += 0.5
        gpus.read()
    assert library.asked.count("nvmlDeviceGetEnforcedPowerLimit") == 2


def test_activity_is_of_the_time_between_two_readings_and_never_of_less_than_a_tenth_of_a_second():
    library = NvmlDouble(1)
    gpus = opened(library)
    assert gpus.read()[0].sm is None
    library.now += 0.5
    assert gpus.read()[0].sm == 2
    library.now += 0.01  # the double would not take two samples so near each other
    assert gpus.read()[0].sm == 2


def test_a_chip_without_activity_metrics_is_never_sampled():
    library = NvmlDouble(gpm=False)
    assert read(library)[0].sm is None
    assert "nvmlGpmSampleGet" not in library.asked


def test_the_inventory_has_what_a_launch_needs_to_know():
    first, second = opened(NvmlDouble()).inventory()
    assert first == MachineGpu(0, "NVIDIA H200", "GPU-0", 141 << 30, 5 << 30)
    assert (second.index, second.uuid) == (1, "GPU-1")


def test_a_gpu_without_a_uuid_goes_by_its_index():
    assert [gpu.uuid for gpu in opened(NvmlDouble(broken=("nvmlDeviceGetUUID",))).inventory()] == ["0", "1"]


def test_taking_stock_leaves_the_readings_alone():
    library = NvmlDouble()
    gpus = opened(library)
    gpus.read()
    library.now, library.links_kib = library.now + 1, {138: 1024.0, 139: 0.0}
    gpus.inventory()
    assert gpus.read()[0].nvlink_tx_mib_s == 1


def test_who_computes_where_is_told_by_process():
    assert opened(NvmlDouble()).processes() == (frozenset({1000}), frozenset({1001}))

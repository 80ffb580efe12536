import json

import pytest
from doctor.fake_nvml import FakeNvml, fails

from stress.doctor.check import Check
from stress.doctor.gpu_facts import Gpus, read_gpus
from stress.doctor.gpus import gpu_checks
from stress.doctor.links import link_checks


def checks(nvml: FakeNvml, on_bus: int = 0) -> dict[str, Check]:
    found = read_gpus(nvml)
    return {check.name: check for check in [*gpu_checks(found, on_bus), *link_checks(found)]}


def states(lines: dict[str, Check]) -> dict[str, str]:
    return {name: check.state for name, check in lines.items()}


def test_two_gpus_with_nvlink_are_well():
    lines = checks(FakeNvml(2, nvlinks=18, used=1 << 30))
    assert set(states(lines).values()) == {"ok"}
    assert lines["GPUs"].found == "2 × NVIDIA H200, 141.0 GiB each"
    assert lines["driver"].found == "575.57.08, runs CUDA up to 12.9"
    assert lines["NVLink"].found == "18 links up per GPU; connects all GPUs"
    assert lines["PCIe"].found == "each x16, generation 5, 63.0 GB/s each way"
    assert lines["peer access"].found == "between all GPUs; over one PCIe switch"


def test_six_gpus_on_four_lanes_without_peer_access_are_told_what_tensor_parallelism_costs():
    lines = checks(FakeNvml(6, name="NVIDIA GeForce RTX 3060", width=(4, 16), gen=(1, 3), peer=False, level=30))
    assert states(lines) == {
        "GPUs": "ok",
        "driver": "ok",
        "GPU memory": "ok",
        "PCIe": "warning",
        "NVLink": "ok",
        "peer access": "warning",
    }
    assert lines["PCIe"].found == "each x4 of x16, generation 3 (1 at rest), 3.9 GB/s each way"
    assert "Tensor parallelism" in (lines["PCIe"].advice or "")
    assert "pp" in (lines["PCIe"].advice or "")
    assert lines["NVLink"].found.startswith("none")
    assert "not between any two GPUs" in lines["peer access"].found
    assert lines["peer access"].found.endswith("over one PCIe root")
    assert "NCCL_P2P_DISABLE=1" in (lines["peer access"].advice or "")


def test_a_machine_without_a_driver_has_a_warning_and_no_lines_on_links():
    nvml = FakeNvml(0)
    nvml.nvmlInit = fails(12, "NVML Shared Library Not Found")
    assert states(checks(nvml)) == {"GPUs": "warning"}


def test_gpus_on_the_bus_that_the_driver_does_not_show_are_a_problem():
    nvml = FakeNvml(0)
    nvml.nvmlInit = fails(9, "Driver Not Loaded")
    line = checks(nvml, on_bus=2)["GPUs"]
    assert line.state == "problem"
    assert line.found == "2 NVIDIA GPUs on the PCI bus, but the driver finds none (Driver Not Loaded)"


def test_a_library_that_does_not_fit_the_driver_is_a_problem():
    nvml = FakeNvml(0)
    nvml.nvmlInit = fails(18, "Driver/library version mismatch")
    line = checks(nvml)["GPUs"]
    assert line.state == "problem"
    assert "reboot" in (line.advice or "")


def test_a_lost_gpu_is_named_and_the_others_are_still_looked_at():
    lines = checks(FakeNvml(3, lost=1, nvlinks=18))
    assert lines["GPU 1"].state == "problem"
    assert "GPU is lost" in lines["GPU 1"].found
    assert lines["GPUs"].found.startswith("2 × NVIDIA H200")
    assert lines["NVLink"].state == "ok"


def test_a_lost_gpu_that_still_has_a_handle_is_noticed():
    nvml = FakeNvml(1)
    nvml.nvmlDeviceGetTemperature = fails(15, "GPU is lost")
    assert states(checks(nvml)) == {"GPU 0": "problem", "driver": "ok"}


def test_mig_is_told_with_its_gpus():
    line = checks(FakeNvml(3, mig=(0, 2)))["MIG"]
    assert line.state == "warning"
    assert "GPUs 0, 2" in line.found


def test_memory_in_use_is_told_with_its_gpus():
    line = checks(FakeNvml(1, used=80 << 30))["GPU memory"]
    assert line.state == "warning"
    assert line.found == "80.0 GiB in use on GPU 0"


def test_gpus_of_two_kinds_are_a_warning():
    line = checks(FakeNvml(3, names={1: "NVIDIA H100"}))["GPUs"]
    assert line.state == "warning"
    assert line.found == "2 × NVIDIA H200, 141.0 GiB; 1 × NVIDIA H100, 141.0 GiB"


def test_a_gpu_with_fewer_nvlinks_than_the_others_is_named():
    line = checks(FakeNvml(2, nvlinks={0: 4, 1: 2}))["NVLink"]
    assert line.state == "warning"
    assert "GPU 1" in (line.advice or "")


def test_one_gpu_with_fewer_lanes_than_its_slot_could_have_is_told_to_look_at_the_slot():
    line = checks(FakeNvml(1, width=(8, 16)))["PCIe"]
    assert line.state == "warning"
    assert "slot" in (line.advice or "")


def test_one_gpu_has_no_lines_on_what_joins_gpus():
    assert {"NVLink", "peer access"}.isdisjoint(checks(FakeNvml(1)))


@pytest.mark.parametrize(
    ("call", "name", "state"),
    [
        ("nvmlSystemGetDriverVersion", "driver", "n/a"),
        ("nvmlSystemGetCudaDriverVersion", "driver", "ok"),
        ("nvmlDeviceGetMemoryInfo", "GPU memory", "n/a"),
        ("nvmlDeviceGetMigMode", "GPUs", "ok"),
        ("nvmlDeviceGetNvLinkState", "NVLink", "ok"),
        ("nvmlDeviceGetCurrPcieLinkWidth", "PCIe", "n/a"),
        ("nvmlDeviceGetMaxPcieLinkWidth", "PCIe", "ok"),
        ("nvmlDeviceGetMaxPcieLinkGeneration", "PCIe", "ok"),
        ("nvmlDeviceGetTopologyCommonAncestor", "peer access", "ok"),
        ("nvmlDeviceGetP2PStatus", "peer access", "n/a"),
        ("nvmlDeviceGetName", "GPUs", "ok"),
        ("nvmlDeviceGetTemperature", "GPUs", "ok"),
    ],
)
def test_a_value_that_cannot_be_read_costs_its_own_line_only(call, name, state):
    lines = checks(FakeNvml(2, broken=(call,)))
    assert lines[name].state == state
    assert [line.name for line in lines.values() if line.state not in ("ok", "n/a")] == []


def test_no_gpus_have_no_links():
    assert link_checks(Gpus()) == []


def test_a_check_is_json():
    import msgspec

    line = json.loads(msgspec.json.encode(Check(name="a", state="n/a", found="b")))
    assert line == {"name": "a", "state": "n/a", "found": "b", "advice": None}

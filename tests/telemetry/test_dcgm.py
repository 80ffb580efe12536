import socket
import threading
import time

import pytest
from dcgm_exporter import ALPHA, BETA, BLANK, VALUES, FakeGpu, exporter_page, federated_page
from pages_server import Page, PagesServer

from stress.errors import NoServerError, UsageError
from stress.telemetry import dcgm, timeout
from stress.telemetry.dcgm import DcgmGpus, check_gpu_metrics
from stress.telemetry.dcgm_page import read_page

README = """# HELP DCGM_FI_DEV_SM_CLOCK SM clock frequency (in MHz).
# TYPE DCGM_FI_DEV_SM_CLOCK gauge
# HELP DCGM_FI_DEV_MEMORY_TEMP Memory temperature (in C).
# TYPE DCGM_FI_DEV_MEMORY_TEMP gauge
DCGM_FI_DEV_SM_CLOCK{gpu="0", UUID="GPU-1111",container="",namespace="",pod=""} 139
DCGM_FI_DEV_MEMORY_TEMP{gpu="0", UUID="GPU-1111",container="",namespace="",pod=""} 9223372036854775794
"""


def only(page: str | Page):
    (gpu,) = read_page(page if isinstance(page, str) else page.body).values()
    return gpu


def with_values(**values: float):
    return only(
        exporter_page([FakeGpu("alpha", 0, values={f"DCGM_FI_{name}": value for name, value in values.items()})])
    )


def where(gpus):
    return [(gpu.host, gpu.index) for gpu in gpus]


def test_a_page_as_the_exporters_readme_shows_it():
    gpu = only(README)
    assert (gpu.index, gpu.name, gpu.sm_clock_mhz, gpu.mem_temp_c, gpu.util) == (0, "NVIDIA GPU", 139, None, None)


def test_the_default_counters_are_read_in_our_units():
    gpu = only(exporter_page([ALPHA[0]]))
    assert (gpu.name, gpu.util, gpu.power_w, gpu.temp_c) == ("NVIDIA H100 80GB HBM3", 97, 412.5, 61)
    assert (gpu.mem_used, gpu.mem_total) == (20 << 30, 80 << 30)
    assert (gpu.energy_joules, gpu.dram) == (987654.321, 51.25)
    assert gpu.sm is None
    assert gpu.slowdowns is None


@pytest.mark.parametrize("blank", [BLANK, 2147483632, 140737488355312 + 16, 140737488355330.0, float("nan")])
def test_a_blank_is_null(blank: float):
    assert with_values(DEV_POWER_USAGE=blank).power_w is None


def test_the_reserve_belongs_to_the_total_but_is_not_used():
    gpu = with_values(DEV_FB_USED=10, DEV_FB_FREE=80, DEV_FB_RESERVED=5)
    assert (gpu.mem_used, gpu.mem_total) == (10 << 20, 95 << 20)
    assert with_values(DEV_FB_USED=10, DEV_FB_FREE=80, DEV_FB_TOTAL=99).mem_total == 99 << 20
    assert with_values(DEV_FB_USED=10, DEV_FB_FREE=BLANK).mem_total is None


def test_traffic_is_bytes_a_second():
    gpu = with_values(PROF_PCIE_TX_BYTES=3 << 20, PROF_NVLINK_RX_BYTES=7 << 30)
    assert (gpu.pcie_tx_mib_s, gpu.nvlink_rx_mib_s) == (3, 7 << 10)


def test_what_is_told_of_single_links_is_added_up():
    line = 'DCGM_FI_PROF_NVLINK_TX_BYTES{{nvlink="{}",gpu="0",gpu_uuid="GPU-1",hostname="alpha"}} {}\n'
    links = line.format(0, 1 << 20) + line.format(1, 2 << 20)
    assert only(links).nvlink_tx_mib_s == 3
    assert only(links + 'DCGM_FI_PROF_NVLINK_TX_BYTES{gpu="0",Hostname="alpha"} 5242880\n').nvlink_tx_mib_s == 5


@pytest.mark.parametrize("name", ["DEV_CLOCKS_EVENT_REASONS", "DEV_CLOCK_THROTTLE_REASONS"])
def test_slowdowns_have_names(name: str):
    assert with_values(**{name: 0x1}).slowdowns == ()
    assert with_values(**{name: 0x4 | 0x8 | 0x20 | 0x40 | 0x80}).slowdowns == (
        "hardware",
        "power_brake",
        "power_cap",
        "thermal",
    )


def test_the_power_limit_in_force_comes_before_the_one_that_was_set():
    assert with_values(DEV_POWER_MGMT_LIMIT=700).power_limit_w == 700
    assert with_values(DEV_POWER_MGMT_LIMIT=700, DEV_ENFORCED_POWER_LIMIT=500).power_limit_w == 500


def test_newer_spellings_mean_the_same():
    gpu = with_values(DEV_BOARD_POWER_WATTS=300, DEV_GPU_TEMP_CELSIUS=50, PROF_SM_UTIL_RATIO=0.5)
    assert (gpu.power_w, gpu.temp_c, gpu.sm) == (300, 50, 50)


def test_every_mig_instance_is_a_reading_and_the_chips_own_metrics_are_counted_once():
    # An exporter repeats the chip's power beside each of its instances.
    values = {"DCGM_FI_DEV_POWER_USAGE": 250.0, "DCGM_FI_DEV_FB_USED": 1024.0}
    instances = [FakeGpu("alpha", 0, "NVIDIA A100", ("1g.10gb", number), values) for number in (3, 11)]
    gpus = list(read_page(exporter_page(instances).body).values())
    names = ["NVIDIA A100", "NVIDIA A100 (MIG 1g.10gb #3)", "NVIDIA A100 (MIG 1g.10gb #11)"]
    assert [gpu.name for gpu in gpus] == names
    assert [gpu.power_w for gpu in gpus] == [250, None, None]
    assert [gpu.mem_used for gpu in gpus] == [None, 1 << 30, 1 << 30]


def test_two_hosts_on_one_federated_page_are_told_apart():
    with PagesServer({"/federate?match[]=x": federated_page()}) as server:
        gpus = DcgmGpus(check_gpu_metrics([f"{server.root}/federate?match[]=x"])).read()
    assert where(gpus) == [("alpha", 0), ("alpha", 1), ("beta", 0), ("beta", 1), ("beta", 2)]
    assert [gpu.util for gpu in gpus] == [97, 97, 5, 5, 5]


def test_one_host_has_no_need_of_a_name():
    with PagesServer({"/metrics": exporter_page(ALPHA)}) as server:
        source = DcgmGpus(check_gpu_metrics([server.root.removeprefix("http://")]))
        assert where(source.read()) == [(None, 0), (None, 1)]
        assert source.origin == f"DCGM exporter at {server.root}/metrics"


def test_a_host_that_stops_answering_keeps_its_gpus_in_their_places():
    with (
        PagesServer({"/metrics": exporter_page(ALPHA)}) as alpha,
        PagesServer({"/metrics": exporter_page(BETA)}) as beta,
    ):
        urls = check_gpu_metrics([beta.root, alpha.root, beta.root])
        source = DcgmGpus(urls)
        before = source.read()
        beta.pages["/metrics"] = Page("", 503)
        during = source.read()
        beta.pages["/metrics"] = exporter_page(BETA)
        after = source.read()
    assert where(before) == [("beta", 0), ("beta", 1), ("beta", 2), ("alpha", 0), ("alpha", 1)]
    assert where(during) == where(before)
    assert during[0].lost == f"{urls[0]} answers with status 503"
    assert (during[0].name, during[0].util, during[3].util, during[3].lost) == ("NVIDIA L40S", None, 97, None)
    assert after == before
    gone = source.read()  # neither server is there any more
    assert [gpu.lost for gpu in gone] == [f"no answer from {urls[0]}"] * 3 + [f"no answer from {urls[1]}"] * 2


def test_a_gpu_that_falls_off_its_page_is_lost_and_a_new_one_comes_last():
    with PagesServer({"/metrics": exporter_page([ALPHA[1]])}) as server:
        source = DcgmGpus([f"{server.root}/metrics"])
        assert where(source.read()) == [(None, 1)]
        server.pages["/metrics"] = exporter_page([ALPHA[0]])
        first, second = source.read()
    assert (first.index, first.lost) == (1, f"{server.root}/metrics no longer reports it")
    assert (second.index, second.lost) == (0, None)


def test_a_page_that_hangs_is_not_asked_for_again_and_holds_up_no_other(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(timeout, "TIMEOUT_S", 0.2)
    goes_on, asked = threading.Event(), []
    slow, fast = (dcgm.ProbeResponse(200, {}, exporter_page(gpus).body.encode()) for gpus in (BETA[:2], ALPHA))

    def fetch(url: str):
        asked.append(url)
        if url == "http://slow/metrics":
            goes_on.wait(30)
            return slow
        return fast

    source = DcgmGpus(["http://slow/metrics", "http://fast/metrics"], fetch)
    began = time.monotonic()
    assert len(source.read()) == len(source.read()) == 2
    assert time.monotonic() - began < 5
    assert asked.count("http://slow/metrics") == 1
    goes_on.set()
    monkeypatch.setattr(timeout, "TIMEOUT_S", 10.0)
    assert len(source.read()) == 4


@pytest.mark.parametrize("text", ["ftp://host/metrics", "http://", "http://host:99999", "ho st:9400", ""])
def test_what_is_no_url_is_a_usage_error(text: str):
    with pytest.raises(UsageError, match="is not an http:// or https:// URL; write one like"):
        check_gpu_metrics([text])


def test_a_password_in_the_url_is_not_repeated():
    with pytest.raises(UsageError) as raised:
        check_gpu_metrics(["http://me:secret@host:9400"])
    assert "secret" not in str(raised.value)


@pytest.mark.parametrize(
    ("page", "words"),
    [
        (Page("<html>Grafana</html>"), "answers with an HTML page"),
        ({"status": "ok"}, "other than a Prometheus page"),
        (Page("vllm:num_requests_running 3\n"), "has no DCGM_FI_ metric"),
        (Page('DCGM_FI_DEV_NVSWITCH_THROUGHPUT_RX{nvswitch="0"} 42\n'), "but none that stress can assign"),
        (Page("", 404), "answers with status 404"),
    ],
)
def test_what_answers_with_no_gpu_is_said_before_the_run(page: object, words: str):
    with PagesServer({"/metrics": page}) as server, pytest.raises(NoServerError, match=words) as raised:
        check_gpu_metrics([server.root])
    assert f"{server.root}/metrics" in str(raised.value)


def test_nothing_that_answers_is_said_before_the_run():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # not listening: nobody answers, and nobody else can take the port
        with pytest.raises(NoServerError, match="does not answer"):
            check_gpu_metrics([f"127.0.0.1:{taken.getsockname()[1]}"])


def test_a_hostile_model_name_is_one_clean_line():
    assert "\x1b" not in only(exporter_page([FakeGpu("alpha", 0, "\x1b[31mred", values=VALUES)])).name


def test_a_chip_that_two_exporters_tell_of_is_one():
    page = dcgm.ProbeResponse(200, {}, exporter_page(ALPHA).body.encode())
    source = DcgmGpus(["http://127.0.0.1:9400/metrics", "http://localhost:9401/metrics"], lambda _: page)
    assert len(source.read()) == len(source.read()) == 2


def test_what_stands_behind_a_question_mark_is_not_shown():
    source = DcgmGpus(["http://box:9400/metrics?token=secret"], lambda _: dcgm.NO_RESPONSE)
    assert source.origin == "DCGM exporter at http://box:9400/metrics?…"

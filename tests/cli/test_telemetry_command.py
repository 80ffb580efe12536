"""`stress telemetry serve` as its users run it: a process. The GPUs are fake; on a machine that has some, hidden."""

import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from stress_process import environment, stress

from stress.cli.telemetry import parse_listen
from stress.errors import UsageError
from stress.telemetry.dcgm import DcgmGpus, check_gpu_metrics

FAKES = Path(__file__).parent.parent / "telemetry"
WITH_FAKE_GPUS = f"""
import sys
sys.path.insert(0, {str(FAKES)!r})
from test_exporter import FULL, FakeGpus
from stress.telemetry import machine
machine.local_gpus = lambda: {{}}
from stress.cli import main
sys.argv = ["stress", "telemetry", "serve", "--listen", "0"]
main()
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_it_serves_our_gpus_until_it_is_told_to_stop_and_that_is_no_failure(number: signal.Signals):
    process = subprocess.Popen(
        [sys.executable, "-c", WITH_FAKE_GPUS.format("FakeGpus(FULL)")],
        env=environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        assert process.stderr is not None
        url = process.stdout.readline().strip()
        said = ""
        while "until Ctrl-C" not in said:
            line = process.stderr.readline()
            assert line, said
            said += line
        assert f"stress ramp --url … --gpu-metrics {url}" in said
        assert "--listen 0.0.0.0:" in said
        (gpu,) = DcgmGpus(check_gpu_metrics([url])).read()
        assert (gpu.index, gpu.util, gpu.power_w) == (3, 97, 512.345)
        process.send_signal(number)
        more, said = process.communicate(timeout=30)
    finally:
        process.kill()
        process.communicate()
    assert (process.returncode, more) == (0, "")
    assert "has stopped" in said


def test_a_machine_without_a_gpu_has_nothing_to_serve():
    result = subprocess.run(
        [sys.executable, "-c", WITH_FAKE_GPUS.format("None")],
        env=environment(),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (result.returncode, result.stdout) == (4, "")
    assert result.stderr.startswith("stress: No GPU can be read on this machine")
    assert len(result.stderr.splitlines()) == 1


def test_a_port_in_use_is_said_in_one_sentence():
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        result = stress("telemetry", "serve", "--listen", str(port))
    assert (result.returncode, result.stdout) == (2, "")
    assert f"--listen {port} cannot be used (Address already in use)" in result.stderr
    assert len(result.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("9400", ("127.0.0.1", 9400)),
        ("0.0.0.0:9401", ("0.0.0.0", 9401)),
        ("gpu-host:1", ("gpu-host", 1)),
        ("[::1]:9400", ("::1", 9400)),
    ],
)
def test_listen_is_a_port_or_an_address_with_one(text: str, found: tuple[str, int]):
    assert parse_listen(text) == found


@pytest.mark.parametrize("text", ["", "host", ":9400", "host:", "host:99999", "http://host:1", "a:1/b"])
def test_what_is_no_address_is_a_usage_error(text: str):
    with pytest.raises(UsageError, match=r"is not \[HOST:\]PORT"):
        parse_listen(text)


def test_the_help_says_how_others_reach_it():
    said = stress("telemetry", "serve", "--help").stdout
    assert "0.0.0.0:9400" in said
    assert "127.0.0.1:9400" in said

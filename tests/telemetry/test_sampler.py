import threading

from stress.events import Host, Mark
from stress.telemetry.host import read_host
from stress.telemetry.sampler import MetricsReader, Sampler


def test_a_sampler_passes_on_what_is_read_until_it_is_stopped():
    seen, enough = [], threading.Event()

    def emit(event):
        seen.append(event)
        if len(seen) == 3:
            enough.set()

    sampler = Sampler("test", 0.001, lambda: [Mark(t=1)], emit)
    sampler.start()
    assert enough.wait(10)
    sampler.stop()
    sampler.join(10)
    assert not sampler.is_alive()
    assert seen[:3] == [Mark(t=1)] * 3


def test_the_host_is_read_in_percent_and_bytes():
    host = read_host(2.5)
    assert isinstance(host, Host)
    assert host.t == 2.5
    assert len(host.cores) >= 1
    assert all(0 <= core <= 100 for core in host.cores)
    assert 0 < host.mem_used <= host.mem_total


def test_an_engine_without_metrics_gives_nothing():
    assert MetricsReader("http://127.0.0.1:9/v1", lambda: 1.0).read() == []

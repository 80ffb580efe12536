from stress.events import Gpu, Host, Source, Trouble
from stress.readings import GpuReading
from stress.telemetry.machine import GpuReader, HostReader


class FakeGpus:
    """Two GPUs; those in `lost` do not answer."""

    origin = "a test"

    def __init__(self) -> None:
        self.lost: set[int] = set()

    def read(self):
        return tuple(
            GpuReading(index=index, name="H", lost="GPU is lost" if index in self.lost else None) for index in range(2)
        )


class FakeProcesses:
    def cpu(self):
        return 1.5, 1.0


def test_the_first_reading_says_where_it_comes_from_and_the_next_ones_only_what_they_read():
    reader = GpuReader(FakeGpus, lambda: 2.0)
    source, first = reader.read()
    assert source == Source(t=2.0, name="gpus", origin="a test")
    assert isinstance(first, Gpu)
    assert [type(event) for event in reader.read()] == [Gpu]


def test_a_machine_without_gpus_says_so_once_and_is_not_looked_at_again():
    looked = []
    reader = GpuReader(lambda: looked.append(1), lambda: 2.0)
    assert reader.read() == [Source(t=2.0, name="gpus", origin=None)]
    assert reader.read() == []
    assert len(looked) == 1


def test_the_engines_gpus_are_marked_once_they_are_known():
    owned = None
    reader = GpuReader(FakeGpus, lambda: 2.0, lambda source: owned)
    assert [gpu.engine for gpu in reader.read()[-1].gpus] == [None, None]
    owned = {1}
    assert [gpu.engine for gpu in reader.read()[-1].gpus] == [False, True]


def test_a_gpu_that_is_lost_is_told_once_and_again_after_it_was_back():
    gpus = FakeGpus()
    reader = GpuReader(lambda: gpus, lambda: 2.0)
    reader.read()
    gpus.lost = {1}
    _, trouble = reader.read()
    sentence = "GPU 1 (H) no longer answers: GPU is lost"
    assert trouble == Trouble(t=2.0, name="gpu_lost", detail=sentence)
    assert len(reader.read()) == 1
    gpus.lost = set()
    reader.read()
    gpus.lost = {1}
    assert len(reader.read()) == 2


def test_the_host_is_read_in_percent_and_bytes():
    (host,) = HostReader(lambda: 2.5).read()
    assert isinstance(host, Host)
    assert host.t == 2.5
    assert len(host.cores) >= 1
    assert all(0 <= core <= 100 for core in host.cores)
    assert 0 < host.mem_used <= host.mem_total
    assert (host.engine_cpu, host.engine_cpu_busiest) == (None, None)


def test_what_the_engine_uses_of_the_cpu_is_read_beside_it():
    (host,) = HostReader(lambda: 2.5, FakeProcesses()).read()
    assert (host.engine_cpu, host.engine_cpu_busiest) == (1.5, 1.0)

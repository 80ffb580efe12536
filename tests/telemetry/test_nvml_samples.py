import pytest
from nvml_double import NvmlDouble
from test_nvml import opened

from stress.telemetry.nvml_samples import MOST


def ring(first: int, last: int, step_us: int = 20_000) -> list[tuple[int, int]]:
    """(microseconds, percent) of so many samples: percents that tell them apart."""
    return [(place * step_us, place % 101) for place in range(first, last)]


def read(gpus, library: NvmlDouble, samples: list[tuple[int, int]]) -> tuple[int, ...] | None:
    """What the first GPU's next reading holds of this ring."""
    library.samples, library.now = samples, library.now + 0.5
    return gpus.read()[0].util_samples


def test_each_sample_is_read_once_and_those_from_before_the_run_never():
    library = NvmlDouble(1)
    gpus = opened(library)
    assert read(gpus, library, ring(1, 50)) is None
    assert read(gpus, library, ring(30, 53)) == (50, 51, 52)
    assert read(gpus, library, ring(30, 53)) is None
    assert read(gpus, library, ring(40, 55)) == (53, 54)


def test_an_idle_chip_has_none_and_those_of_later_are_read():
    library = NvmlDouble(1)
    gpus = opened(library)
    assert read(gpus, library, []) is None
    read(gpus, library, ring(1, 2))
    assert read(gpus, library, ring(1, 4)) == (2, 3)
    assert read(gpus, library, []) is None


def test_a_driver_that_repeats_itself_or_shows_empty_places_is_not_believed():
    library = NvmlDouble(1)
    library.again = True
    gpus = opened(library)
    read(gpus, library, ring(1, 50))
    assert read(gpus, library, [*reversed(ring(40, 53)), (60 * 20_000, 4_000_000)]) == (50, 51, 52)


def test_of_a_long_pause_only_the_newest_are_kept():
    library = NvmlDouble(1)
    gpus = opened(library)
    read(gpus, library, ring(1, 2))
    assert len(read(gpus, library, ring(2, 500))) == MOST


@pytest.mark.parametrize("way", ["broken", "missing"])
def test_a_chip_without_a_ring_is_asked_once_and_read_as_before(way):
    library = NvmlDouble(1, **{way: ("nvmlDeviceGetSamples",)})
    gpus = opened(library)
    for _ in range(3):
        assert read(gpus, library, ring(1, 9)) is None
    assert library.asked.count("nvmlDeviceGetSamples") == (way == "broken")
    assert gpus.read()[0].util == 90


def test_a_gpu_that_is_lost_while_it_is_asked_is_lost():
    library = NvmlDouble(2)
    gpus = opened(library)
    gpus.read()
    library.lost = {0}
    lost, other = gpus.read()
    assert lost.lost
    assert other.util == 91

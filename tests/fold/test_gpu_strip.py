import pytest
from test_fold import folded

from stress.events import Gpu, from_line, to_line
from stress.fold.gpu_strip import COLUMNS, FINEST_S, FineLoad, GpuStrip
from stress.readings import GpuReading


def strip(*readings: tuple[float, float | None, tuple[int, ...] | None]) -> FineLoad:
    """Each reading as (seconds, utilisation, samples)."""
    found = GpuStrip()
    for reading in readings:
        found.add(*reading)
    return found.newest()


def test_every_sample_is_a_column():
    found = strip((1.0, 50.0, None), (1.5, 50.0, (90, 10, 80)), (2.0, 50.0, (20, 70)))
    assert found.loads == (90, 10, 80, 20, 70)
    assert found.column_s == pytest.approx(1 / 5)


def test_samples_too_close_to_be_seen_share_a_column():
    found = strip((1.0, 50.0, None), (1.5, 50.0, tuple([100, 0] * 15)))
    assert len(found.loads) == 10
    assert sum(found.loads) / 10 == pytest.approx(50, abs=10)
    assert found.column_s == pytest.approx(FINEST_S)


def test_while_a_chip_is_idle_and_not_sampled_its_utilisation_fills_the_time():
    found = strip((1.0, 50.0, None), (1.5, 50.0, (90, 10, 80, 10, 90)), (2.0, 0.0, None))
    assert found.loads[5:] == (0.0,) * 5


def test_a_driver_without_samples_has_no_strip():
    assert strip((1.0, 50.0, None), (1.5, 50.0, None)) == FineLoad()


def test_the_time_before_the_first_reading_and_a_long_silence_have_no_columns():
    assert strip((1.0, 50.0, (1, 2, 3))).loads == ()
    assert strip((1.0, 50.0, None), (30.0, 50.0, (1, 2, 3))).loads == ()


def test_only_the_newest_columns_are_kept():
    assert len(strip(*((t / 2, 50.0, (1, 2, 3, 4)) for t in range(200))).loads) == COLUMNS


def test_the_snapshot_has_a_strip_for_each_gpu_and_a_sample_does_not_repeat_it():
    def read(*samples):
        return tuple(
            GpuReading(index=index, name="H", util=50.0, util_samples=own) for index, own in enumerate(samples)
        )

    fold = folded(Gpu(t=1.0, gpus=read(None, None)), Gpu(t=1.5, gpus=read((90, 10), (10, 90))))
    snapshot = fold.snapshot()
    assert [fine.loads for fine in snapshot.gpu_fine] == [(90, 10), (10, 90)]
    assert [gpu.util_samples for gpu in snapshot.sample.gpus] == [None, None]


def test_an_older_record_has_no_samples():
    line = to_line(Gpu(t=1.0, gpus=(GpuReading(index=0, name="H"),))).replace(b',"util_samples":null', b"")
    assert b"util_samples" not in line
    assert from_line(line).gpus[0].util_samples is None

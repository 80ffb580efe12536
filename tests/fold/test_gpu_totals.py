from stress.fold.gpu_totals import GpuTotals
from stress.readings import GpuReading


def tallied(*readings: GpuReading):
    tally = GpuTotals(readings[0])
    for reading in readings:
        tally.add(reading)
    return tally.summary(123.0)


def gpu(**fields) -> GpuReading:
    return GpuReading(**{"index": 3, "name": "H", "host": "box"} | fields)


def test_means_are_over_what_was_read_and_peaks_are_the_highest():
    summary = tallied(gpu(util=20.0, temp_c=50.0), gpu(util=None, temp_c=70.0), gpu(util=40.0, temp_c=60.0))
    assert (summary.mean_util, summary.max_util, summary.max_temp_c) == (30, 40, 70)
    assert (summary.index, summary.name, summary.host, summary.energy_joules) == (3, "H", "box", 123)


def test_what_was_never_read_is_null():
    summary = tallied(gpu())
    assert (summary.mean_util, summary.mean_sm, summary.max_mem_used, summary.slowdowns) == (None, None, None, None)


def test_slowdowns_are_shares_of_the_readings_that_tell_them():
    summary = tallied(gpu(slowdowns=("power_cap",)), gpu(slowdowns=()), gpu(slowdowns=None), gpu(slowdowns=()))
    assert summary.slowdowns == {"power_cap": 1 / 3}


def test_whose_gpu_it_is_is_what_was_known_last():
    assert tallied(gpu(engine=None), gpu(engine=True)).engine is True

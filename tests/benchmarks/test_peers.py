"""How a peer's speed is told from the times at which its requests came."""

import pytest
from peers import CHUNKS, STREAMS, Sample, between, score


def steady(seconds, cores):
    return [Sample(t / 4, t / 4 * cores, t / 8, t / 16) for t in range(int(seconds * 4))]


def test_a_client_in_lockstep_is_as_fast_as_its_rounds():
    arrivals = [100.0 + 2 * number + index / 10_000 for number in range(8) for index in range(STREAMS)]
    found = score([Sample(100 + s.at, s.client, s.server, s.others) for s in steady(20, 0.5)], arrivals, began=99.0)
    assert found.chunks_a_second == pytest.approx(STREAMS * CHUNKS / 2)
    assert found.us_a_chunk == pytest.approx(0.5 * 2 / (STREAMS * CHUNKS) * 1e6)
    assert found.client == pytest.approx(0.5)
    assert found.server == pytest.approx(0.5)
    assert found.others == pytest.approx(0.25)
    assert found.first_request == pytest.approx(1.0)


def test_a_client_whose_streams_end_one_by_one_is_as_fast_as_they_end():
    arrivals = [0.0] * STREAMS + [1 + number / 100 for number in range(STREAMS * 5)]
    assert score(steady(20, 1.0), arrivals, began=0.0).chunks_a_second == pytest.approx(100 * CHUNKS)


def test_what_is_not_a_whole_round_does_not_count():
    whole = [float(number // STREAMS) for number in range(STREAMS * 6)]
    samples = steady(20, 1.0)
    assert score(samples, whole + [99.0] * (STREAMS - 1), began=0.0) == score(samples, whole, began=0.0)


def test_cpu_between_two_readings_is_interpolated():
    samples = [Sample(0, 0, 0, 0), Sample(10, 5, 10, 20)]
    assert between(samples, 4) == Sample(4, 2, 4, 8)

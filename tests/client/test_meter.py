from stress.client.meter import Meter


def test_take_gives_what_came_since_the_last_take() -> None:
    meter = Meter()
    meter.tokens += 3
    meter.gaps.append(0.5)
    meter.ttfts.append(0.1)
    taken = meter.take()
    meter.gaps.append(0.7)
    assert taken == (3, [0.5], [0.1])
    assert meter.take() == (0, [0.7], [])

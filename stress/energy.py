"""Joules of each GPU, from its own counter, or from its power where it has none."""

from stress.events import Gpu
from stress.readings import EnergyReading, GpuReading, engine_gpus

HOUR_S = 3600.0
MILLION = 1e6


class EnergyMeter:
    """Adds up what each GPU took since the ramp began.

    Between two readings it took the difference of its counter (joules). Where it has no counter, or the counter was
    set back, the mean of both powers counts for the time between them: NVML's power is a mean over the last second,
    and agrees with the counter within 3 % (a test on a recorded run).
    """

    def __init__(self) -> None:
        self._since: float | None = None
        self._last: Gpu | None = None
        self._joules: list[float | None] = []

    def begin(self, t: float) -> None:
        """The ramp begins: what was taken before does not count."""
        self._since = t
        self._joules = []

    def add(self, event: Gpu) -> None:
        """Count what each GPU took since the reading before."""
        before, self._last = self._last, event
        if self._since is None or before is None or len(before.gpus) != len(event.gpus):
            return
        share = _share_after(self._since, before.t, event.t)
        for place, (old, new) in enumerate(zip(before.gpus, event.gpus, strict=True)):
            if place >= len(self._joules):
                self._joules.append(0.0)
            took = _taken(old, new, event.t - before.t)
            sum_so_far = self._joules[place]
            self._joules[place] = None if took is None or sum_so_far is None else sum_so_far + took * share

    def of(self, place: int) -> float | None:
        """Joules of one GPU; null if a part of it could not be read."""
        return self._joules[place] if place < len(self._joules) else None

    def joules(self) -> float | None:
        """Joules of the engine's GPUs together; null if one of them is not known."""
        places = self.places()
        found = [self.of(place) for place in places]
        known = [joules for joules in found if joules is not None]
        return sum(known) if known and len(known) == len(found) else None

    def places(self) -> list[int]:
        """The places of the GPUs that count."""
        return engine_gpus(self._last.gpus) if self._last else []

    def reading(self, now: float, tok_s: float, price: float | None) -> EnergyReading:
        """The energy at this moment.

        Args:
            now: seconds, on the clock of the events.
            tok_s: output tokens a second.
            price: of a GPU for an hour, in any currency; null: not given.
        """
        gpus = self._last.gpus if self._last else ()
        places = self.places()
        powers = [gpus[place].power_w for place in places]
        known = [power for power in powers if power is not None]
        watts = sum(known) if known and len(known) == len(powers) else None
        hourly = None if price is None or not places else price * len(places)
        elapsed = 0.0 if self._since is None else max(0.0, now - self._since)
        return EnergyReading(
            joules=self.joules(),
            watts=watts,
            tokens_per_joule=tok_s / watts if watts else None,
            cost=None if hourly is None else cost(hourly, elapsed),
            cost_per_million_tokens=None if hourly is None else cost_per_million(hourly, tok_s),
        )


def cost(hourly: float, seconds: float) -> float:
    """What so many seconds cost at this price an hour."""
    return hourly * seconds / HOUR_S


def cost_per_million(hourly: float, tok_s: float) -> float | None:
    """What a million tokens cost at this rate and price an hour; null without tokens."""
    return hourly / HOUR_S / tok_s * MILLION if tok_s > 0 else None


def _share_after(since: float, start: float, end: float) -> float:
    """The share of the time from `start` to `end` that lies after `since`."""
    return 1.0 if end <= start else min(1.0, max(0.0, (end - max(start, since)) / (end - start)))


def _taken(old: GpuReading, new: GpuReading, seconds: float) -> float | None:
    """Joules between two readings of one GPU."""
    before, after = old.energy_joules, new.energy_joules
    if before is not None and after is not None and after >= before:
        return after - before
    if old.power_w is not None and new.power_w is not None:
        return (old.power_w + new.power_w) / 2 * seconds
    return None

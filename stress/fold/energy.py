"""Joules of each GPU, from its own counter, or from its power where it has none."""

from collections.abc import Sequence

from stress.events import Gpu
from stress.limits.evidence import WORKING, busy
from stress.readings import STALE_S, EnergyReading, GpuReading, engine_gpus

LATE_S = 3.0
"""A GPU that is read first so long after the start has taken something that nobody saw."""
Chip = tuple[str | None, int]
"""A chip's machine and index: MIG instances share them."""

HOUR_S = 3600.0
MILLION = 1e6


class _Taken:
    """What one GPU took, from reading to reading."""

    def __init__(self, since: float, event_t: float) -> None:
        self._counted = 0.0
        self._estimate = 0.0
        """By its power, since the counter last moved; void when it moves again."""
        self.unknown = event_t > since + LATE_S
        """A part of it could not be read: it appeared too late, or read nothing that bridges a gap."""
        self._at: float | None = None
        self.counter: tuple[float, float] | None = None
        """When it was seen to move last, and to what."""
        self._power: float | None = None
        self._gap = False

    @property
    def joules(self) -> float:
        """What is known of it."""
        return self._counted + self._estimate

    @property
    def complete(self) -> bool:
        """Everything since the start is in the sum."""
        return not self.unknown and not self._gap

    def add(self, t: float, since: float, gpu: GpuReading) -> None:
        """Count what it took since the reading before; a counter bridges readings that failed."""
        counter, before = gpu.energy_joules, self.counter
        moved = counter is not None and (before is None or counter != before[1])
        if counter is not None and before is not None and counter > before[1]:
            self._counted += (counter - before[1]) * _share_after(since, before[0], t)
            self._estimate, self._gap = 0.0, False
        elif self._at is not None:
            self._by_power(t, since, gpu, bridged=before is not None and not moved)
            if moved:
                self._counted, self._estimate = self.joules, 0.0
        if counter is not None and moved:
            self.counter = t, counter
        self._at, self._power = t, gpu.power_w

    def _by_power(self, t: float, since: float, gpu: GpuReading, *, bridged: bool) -> None:
        """Count the mean of both powers. `bridged`: where it is not read, the counter may still show it later."""
        if self._at is not None and self._power is not None and gpu.power_w is not None and not self._gap:
            self._estimate += (self._power + gpu.power_w) / 2 * (t - self._at) * _share_after(since, self._at, t)
        else:
            self._gap = True
            self.unknown = self.unknown or not bridged


class EnergyMeter:
    """Adds up what each GPU took since the ramp began.

    Whenever its counter (joules) has moved, it took the difference. Until then, and where it has no counter or the
    counter was set back, the mean of the powers of two readings counts for the time between them: NVML's power is a
    mean over the last second, and agrees with the counter within 3 % (a test on a recorded run). A counter that stands
    still was not read anew: it is read seldom, and an exporter may repeat it for half a minute.
    """

    def __init__(self) -> None:
        self._since: float | None = None
        self._last: Gpu | None = None
        self._moved: dict[int, tuple[float, float]] = {}
        """Per GPU when its counter was seen to move last, and to what: it may be read again long after."""
        self._taken: dict[int, _Taken] = {}
        self._worked: set[Chip] = set()
        """Those that were seen at work: where nobody knows whose they are, these are taken for the engine's."""

    def begin(self, t: float) -> None:
        """The ramp begins: what was taken before does not count."""
        self._since = t
        self._taken = {}
        if self._last is not None:
            self._count(self._last)
            for place, moved in self._moved.items():
                if place in self._taken:
                    self._taken[place].counter = moved

    def add(self, event: Gpu) -> None:
        """Count what each GPU took since the reading before."""
        self._last = event
        for place, gpu in enumerate(event.gpus):
            if gpu.energy_joules is not None and gpu.energy_joules != self._moved.get(place, (0.0, None))[1]:
                self._moved[place] = event.t, gpu.energy_joules
        if self._since is not None:
            self._count(event)

    def _count(self, event: Gpu) -> None:
        since = self._since or 0.0
        for place, gpu in enumerate(event.gpus):
            self._taken.setdefault(place, _Taken(since, event.t)).add(event.t, since, gpu)
            if (busy(gpu) or 0.0) >= WORKING:
                self._worked.add(_chip(gpu))

    def of(self, place: int) -> float | None:
        """Joules of one GPU; None if a part of it could not be read."""
        taken = self._taken.get(place)
        return taken.joules if taken is not None and taken.complete else None

    def joules(self) -> float | None:
        """Joules of the engine's GPUs together; None if one of them is not known."""
        return _sum_if_known([self.of(place) for place in self.places()])

    def places(self) -> list[int]:
        """The places of the chips that count: the engine's; of unknown ones those at work, else all."""
        gpus = self._last.gpus if self._last else ()
        places = engine_gpus(gpus)
        chips = _chips(gpus, places)
        if any(gpus[place].engine for place in places):
            return chips
        return [place for place in chips if _chip(gpus[place]) in self._worked] or chips

    def until(self, t: float) -> bool:
        """There are readings up to this moment, or as good as."""
        return self._last is not None and t - self._last.t <= STALE_S

    def reading(self, now: float, tok_s: float, price: float | None) -> EnergyReading:
        """The energy at this moment.

        Args:
            now: seconds, on the clock of the events.
            tok_s: output tokens a second.
            price: of a GPU for an hour, in any currency; None: not given.
        """
        fresh = self._last.gpus if self._last is not None and self.until(now) else ()
        watts = _sum_if_known([fresh[place].power_w for place in self.places()]) if fresh else None
        hourly = self.hourly(price)
        elapsed = 0.0 if self._since is None else max(0.0, now - self._since)
        return EnergyReading(
            joules=self.joules(),
            watts=watts,
            tokens_per_joule=tok_s / watts if watts else None,
            cost=cost(hourly, elapsed),
            cost_per_million_tokens=cost_per_million(hourly, tok_s),
        )

    def hourly(self, price: float | None) -> float | None:
        """What these GPUs cost an hour, at this price of one; None where either is not known."""
        places = self.places()
        return None if price is None or not places else price * len(places)


def cost(hourly: float | None, seconds: float) -> float | None:
    """What so many seconds cost at this price an hour."""
    return None if hourly is None else hourly * seconds / HOUR_S


def cost_per_million(hourly: float | None, tok_s: float) -> float | None:
    """What a million tokens cost at this rate and price an hour; None without tokens."""
    return None if hourly is None or tok_s <= 0 else hourly / HOUR_S / tok_s * MILLION


def _sum_if_known(values: Sequence[float | None]) -> float | None:
    """Their sum; None if there are none, or one is not known."""
    known = [value for value in values if value is not None]
    return sum(known) if known and len(known) == len(values) else None


def _share_after(since: float, start: float, end: float) -> float:
    """The share of the time from `start` to `end` that lies after `since`."""
    return 1.0 if end <= start else min(1.0, max(0.0, (end - max(start, since)) / (end - start)))


def _chip(gpu: GpuReading) -> Chip:
    return gpu.host, gpu.index


def _chips(gpus: Sequence[GpuReading], places: Sequence[int]) -> list[int]:
    """One place for each chip: of a chip and its MIG instances the one that shows power or energy."""
    best: dict[Chip, int] = {}
    for place in places:
        key = _chip(gpus[place])
        if key not in best or (gpus[place].power_w is not None and gpus[best[key]].power_w is None):
            best[key] = place
    return sorted(best.values())

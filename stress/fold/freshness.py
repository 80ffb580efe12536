"""Which readings are out of date: a source that hangs must not pass for one that stands still."""

from stress.events import AnyReading, Engine, Event, Gpu, Host, Source
from stress.readings import SourceName

STALE_S = 2.5
"""A source that has given nothing for so long is stale: five readings of the machine, two of the engine."""

_NAMES: dict[type[Event], SourceName] = {Gpu: "gpus", Host: "host", Engine: "engine"}


class Freshness:
    """Remembers when each source spoke last."""

    def __init__(self) -> None:
        self._heard: dict[SourceName, float] = {}

    def add(self, event: AnyReading) -> None:
        """A source was announced or gave a reading."""
        if isinstance(event, Source):
            if event.origin is None:
                self._heard.pop(event.name, None)
            else:
                self._heard.setdefault(event.name, event.t)
        else:
            self._heard[_NAMES[type(event)]] = event.t

    def stale(self, now: float) -> dict[SourceName, float]:
        """The sources that have given nothing for too long, and for how many seconds."""
        ages = {name: now - heard for name, heard in self._heard.items()}
        return {name: round(age, 1) for name, age in ages.items() if age > STALE_S}

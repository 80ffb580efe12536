"""What a run has recorded, read strictly: a line that is no event fails the test."""

from collections.abc import Iterator
from pathlib import Path

from stress.events import AnyEvent, from_line


def read_events(path: Path) -> Iterator[AnyEvent]:
    """The events of a run's directory, in order.

    Raises:
        msgspec.DecodeError: a line is no event.
    """
    with (path / "events.jsonl").open("rb") as lines:
        yield from map(from_line, lines)

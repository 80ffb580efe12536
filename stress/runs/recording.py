"""A recorded run as a file: how long it is, what to jump to, and what in it is not as it should be."""

import gzip
import io
import re
import zlib
from collections.abc import Generator
from pathlib import Path
from typing import BinaryIO

import msgspec

from stress.errors import UsageError
from stress.events import AnyEvent, from_line
from stress.fold.snapshot import About, Plan
from stress.runs.directory import RunRecord
from stress.runs.find import EVENTS, PACKED
from stress.runs.highlights import Highlights
from stress.runs.naming import TargetName, name_of, named

MOST_PROBLEMS = 20
"""Lines that are named one by one; more are only counted."""


class Recording:
    """A run's directory, looked through once. Killed in the middle or damaged, what can be read counts."""

    def __init__(self, path: Path) -> None:
        """`path` is the run's directory.

        Raises:
            UsageError: there is nothing to show.
        """
        self.path = path
        self.problems: list[str] = []
        """What is wrong with the files, a sentence each."""
        self.record = self._read_record()
        self.about = named(self.record) if self.record else _unknown(path)
        self._bad: set[int] = set()
        self._unpacked = self._unpack()
        found = self._look_through()
        self.length = found.length
        """Seconds from the run's start to its last event."""
        self.ramp_started = found.ramp_started or 0.0
        """Seconds from the run's start to its ramp's; 0 if it never came to that."""
        self.marks = found.marks()
        """Moments to jump to, in order: seconds since the run's start, and what is there."""
        self.quiet = found.quiet()
        """Stretches without news, in order: from and to, in seconds since the run's start."""

    @property
    def name(self) -> TargetName:
        """What viewers call the run's target."""
        about = self.about
        return TargetName(full=about.name, short=about.short_name) if self.record is None else name_of(self.record)

    def events(self, place: int = 0) -> Generator[tuple[int, AnyEvent], None, None]:
        """The events from this place in their file on, each with the place where the next line begins."""
        with self._open() as file:
            file.seek(place)
            for line in file:
                start, place = place, place + len(line)
                if start not in self._bad:
                    yield place, from_line(line)

    def _open(self) -> BinaryIO:
        return io.BytesIO(self._unpacked) if self._unpacked is not None else (self.path / EVENTS).open("rb")

    def _unpack(self) -> bytes | None:
        """The events of a run that is kept packed; None for one as it was recorded."""
        packed = self.path / PACKED
        if not packed.is_file():
            return None
        try:
            return gzip.decompress(packed.read_bytes())
        except (OSError, EOFError, zlib.error) as error:
            raise UsageError(f"{packed} can't be unpacked ({error}); download it again.") from None

    def _read_record(self) -> RunRecord | None:
        try:
            return msgspec.json.decode((self.path / "run.json").read_bytes(), type=RunRecord)
        except OSError:
            self.problems.append("run.json is missing, so what was tested is unknown.")
        except msgspec.DecodeError as error:
            self.problems.append(f"run.json can't be read ({_words(error)}), so what was tested is unknown.")
        return None

    def _look_through(self) -> Highlights:
        """Find what a viewer may jump to, and what is no event: each line is decoded once, whole."""
        found = Highlights()
        bad = place = 0
        with self._open() as file:
            for number, line in enumerate(file, 1):
                start, place = place, place + len(line)
                if why := self._take(line, found):
                    self._bad.add(start)
                    bad += 1
                    if bad <= MOST_PROBLEMS:
                        self.problems.append(f"{EVENTS} line {number} {why}; skipped.")
        if bad > MOST_PROBLEMS:
            self.problems.append(f"{bad - MOST_PROBLEMS} more lines of {EVENTS} were skipped.")
        if not found.length and bad:
            raise UsageError(f"{self.path / EVENTS} has no valid event, from line 1 on; choose another run.")
        return found

    def _take(self, line: bytes, found: Highlights) -> str | None:
        if not line.endswith(b"\n"):
            return "was cut off"
        try:
            event = from_line(line)
        except msgspec.DecodeError as error:
            return f"is not a valid event ({_words(error)})"
        found.take(event)
        return None


def _words(error: msgspec.DecodeError) -> str:
    """What is wrong, without the value that was found: msgspec may quote it with escapes that look like its parts."""
    return re.sub(r" '.*'", "", str(error), flags=re.DOTALL)


def _unknown(path: Path) -> About:
    plan = Plan(points=(), duration=0.0, text="plan n/a")
    name = path.name
    return About(command="", target=name, name=name, short_name=name, model="n/a", scenario="n/a", plan=plan)

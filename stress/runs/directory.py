"""A run's directory: `run.json`, `events.jsonl` and `summary.json`, written as the run happens."""

import itertools
import os
import re
import tempfile
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import msgspec

from stress.errors import StressError, UsageError
from stress.events import Event, to_line
from stress.fold.snapshot import About
from stress.fold.summary import Summary

PICTURES = "screenshots"
"""Below a run's directory."""
RunState = Literal["running", "done", "failed", "stopped", "interrupted"]


class RunRecord(msgspec.Struct, kw_only=True):
    """`run.json`: the command as resolved, what it ran against, and where. Never a secret."""

    command: str
    argv: list[str]
    state: RunState
    started: str
    """UTC, ISO 8601."""
    ended: str | None = None
    cause: str | None = None
    """Why the run did not end as `done`, in a sentence."""
    label: str | None = None
    metadata: dict[str, str] = {}
    options: dict[str, Any] = {}
    """Those that the user gave, by name."""
    seed: int
    scenario: dict[str, Any]
    ramp: dict[str, Any]
    request: dict[str, Any]
    """What every request asks for: model, max_tokens, temperature and so on."""
    target: dict[str, Any]
    """Where the load goes, and the engine's identity as the server itself states it."""
    about: About
    """What the screen says of the run, so that it can be shown again."""
    versions: dict[str, str] = {}
    host: dict[str, Any] = {}
    gpus: list[dict[str, Any]] = []


class RunDirectory:
    """One run on disk. Events are appended in whole lines: killed at any moment, what is there counts."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._events = os.open(path / "events.jsonl", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)

    def save_record(self, record: RunRecord) -> None:
        """Write `run.json`, in place of an earlier one."""
        _replace(self.path / "run.json", record)

    def append(self, events: Iterable[Event]) -> None:
        """Append the events, in order. The file is written through: no line waits in a buffer of ours.

        Raises:
            StressError: the disk does not take it.
        """
        lines = b"".join(map(to_line, events))
        try:
            while lines:
                lines = lines[os.write(self._events, lines) :]
        except OSError as error:
            raise _not_written(self.path, error) from None

    def save_summary(self, summary: Summary) -> None:
        """Write `summary.json`."""
        _replace(self.path / "summary.json", summary)

    def close(self) -> None:
        """Let the events file go."""
        os.close(self._events)


def create_directory(out: Path | None, command: str, name: str, now: datetime | None = None) -> RunDirectory:
    """A fresh directory for a run: `out`, or `runs/<UTC time>-<command>-<name>` below the working directory.

    Raises:
        UsageError: `out` holds a run already, or cannot be written.
    """
    out = out or fresh_path(command, name, now)
    try:
        out.mkdir(parents=True, exist_ok=True)
        if (out / "events.jsonl").exists():
            raise UsageError(f"{out} already holds a run; choose another directory with --out.")
        return RunDirectory(out)
    except OSError as error:
        raise UsageError(f"{out} can't be written ({error.strerror}); choose another directory with --out.") from None


def fresh_path(command: str, name: str, now: datetime | None = None) -> Path:
    """`runs/<UTC time>-<command>-<name>` below the working directory, numbered if that exists."""
    stamp = (now or datetime.now(UTC)).strftime("%Y%m%dT%H%M%SZ")
    base = Path("runs") / f"{stamp}-{command}-{_slug(name)}"
    numbered = (base.with_name(f"{base.name}-{number}") for number in itertools.count(2))
    return next(path for path in itertools.chain([base], numbered) if not path.exists())


def read_record(path: Path) -> RunRecord | None:
    """`run.json` of a run's directory; None where it is not there yet, or cannot be read."""
    try:
        return msgspec.json.decode((path / "run.json").read_bytes(), type=RunRecord)
    except (OSError, msgspec.DecodeError):
        return None


def _slug(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9._]+", "-", text).strip("-.")[:60] or "run"


def _replace(path: Path, content: msgspec.Struct) -> None:
    try:
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        with os.fdopen(handle, "wb") as file:
            file.write(msgspec.json.format(msgspec.json.encode(content), indent=2) + b"\n")
        Path(temporary).chmod(0o644)
        Path(temporary).replace(path)
    except OSError as error:
        raise _not_written(path.parent, error) from None


def _not_written(path: Path, error: OSError) -> StressError:
    return StressError(
        f"The run ended because {path} can't be written ({error.strerror}); everything before that is saved."
    )

"""Draw a recorded run's screen as SVG: `python docs/picture.py RUN SECONDS OUT.svg [WIDTHxHEIGHT]`.

RUN is a run's directory, SECONDS the moment on its clock to show. README's picture is made with it.
"""

import asyncio
import sys
from pathlib import Path

import msgspec

from stress.fold import Fold
from stress.runs.directory import RunRecord, read_events
from stress.snapshot import Snapshot
from tui.app import StressApp


class StillRun:
    """A run that stands still at one moment."""

    finished = False

    def __init__(self, picture: Snapshot) -> None:
        self._picture = picture

    def snapshot(self) -> Snapshot:
        """That moment."""
        return self._picture


def moment(run: Path, seconds: float) -> tuple[str, Snapshot]:
    """The run's command, and its picture so many seconds after its start."""
    record = msgspec.json.decode((run / "run.json").read_bytes(), type=RunRecord)
    fold = Fold(record.about)
    for event in read_events(run):
        if event.t > seconds:
            break
        fold.apply(event)
    return record.command, fold.snapshot()


async def draw(command: str, picture: Snapshot, size: tuple[int, int]) -> str:
    """The screen of that size (cells) as SVG."""
    app = StressApp(StillRun(picture))  # type: ignore[arg-type]  # nobody presses a key
    async with app.run_test(size=size) as pilot:
        await pilot.pause(1.5)  # the conversation is paced
        return app.export_screenshot(title=f"stress {command}")


if __name__ == "__main__":
    place, at, target, *shape = sys.argv[1:]
    width, height = map(int, (shape or ["120x40"])[0].split("x"))
    drawn = asyncio.run(draw(*moment(Path(place), float(at)), (width, height)))
    Path(target).write_text(drawn, encoding="utf-8")

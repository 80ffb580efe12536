"""Draw a recorded run's screen as SVG: `python docs/picture.py RUN SECONDS OUT.svg [WIDTHxHEIGHT]`.

RUN is a run's directory, SECONDS the moment on its clock to show. README's picture is made with it.
"""

import asyncio
import sys
from pathlib import Path

from stress.runs.find import find_run
from stress.runs.playback import Playback
from stress.runs.recording import Recording
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


def moment(run: str, seconds: float) -> tuple[str, Snapshot]:
    """The run's command, and its picture so many seconds after its start."""
    recording = Recording(find_run(run))
    playback = Playback(recording)
    playback.go_to(seconds)
    return recording.record.command if recording.record else "", playback.snapshot


async def draw(command: str, picture: Snapshot, size: tuple[int, int]) -> str:
    """The screen of that size (cells) as SVG."""
    app = StressApp(StillRun(picture))  # type: ignore[arg-type]  # nobody presses a key
    async with app.run_test(size=size) as pilot:
        await pilot.pause(1.5)  # the conversation is paced
        return app.export_screenshot(title=f"stress {command}")


if __name__ == "__main__":
    place, at, target, *shape = sys.argv[1:]
    width, height = map(int, (shape or ["120x40"])[0].split("x"))
    drawn = asyncio.run(draw(*moment(place, float(at)), (width, height)))
    Path(target).write_text(drawn, encoding="utf-8")

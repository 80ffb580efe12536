"""Draw a recorded run's or duel's screen as SVG: `python docs/picture.py RUN SECONDS OUT.svg [WIDTHxHEIGHT]`.

RUN is as `stress replay` takes it, SECONDS the moment on its clock to show. README's pictures are made with it.
"""

import asyncio
import sys
from pathlib import Path

from stress.cli.replay import sides_of
from stress.duel.playing import HeadlessDuel, Side
from stress.runs.playback import Playback
from stress.runs.recording import Recording
from stress.view.replay import HeadlessReplay
from tui.app import StressApp
from tui.duel.app import DuelApp

AT_ONCE = 100.0
"""Seconds of the run in one of ours; nobody waits for them here."""


def screen(run: str, seconds: float) -> tuple[StressApp, str]:
    """The screen of the run at this moment, and the command that it is a picture of."""
    sides = sides_of([run])
    recordings = [Recording(path) for _, path in sides]
    if len(recordings) == 1:
        playback = Playback(recordings[0])
        playback.go_to(seconds)
        record = recordings[0].record
        return StressApp(HeadlessReplay(playback, AT_ONCE)), f"stress {record.command if record else ''}"
    left, right = (Side(recording, words) for recording, (words, _) in zip(recordings, sides, strict=True))
    duel = HeadlessDuel(left, right, AT_ONCE, sleep=lambda _seconds: None)
    duel.wait(seconds)
    duel.wait(0)  # at the end it is finished
    return DuelApp(duel, duel.picture), "stress duel"


async def draw(app: StressApp, title: str, size: tuple[int, int]) -> str:
    """The screen of that size (cells) as SVG."""
    async with app.run_test(size=size) as pilot:
        await pilot.pause(1.5)  # the conversation is paced
        return app.export_screenshot(title=title)


if __name__ == "__main__":
    place, at, target, *shape = sys.argv[1:]
    width, height = map(int, (shape or ["120x40"])[0].split("x"))
    drawn = asyncio.run(draw(*screen(place, float(at)), (width, height)))
    Path(target).write_text(drawn, encoding="utf-8")

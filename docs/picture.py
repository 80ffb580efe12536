"""Draw a recorded run's or duel's screen as SVG: `python docs/picture.py RUN SECONDS OUT.svg [WIDTHxHEIGHT]`.

RUN is as `stress replay` takes it, SECONDS the moment on its clock to show. README's pictures are made with it.
"""

import asyncio
import sys
from pathlib import Path

from stress.cli.replay import recorded_as
from stress.duel.replay import HeadlessDuel, RecordedDuel
from stress.runs.playback import Playback
from stress.runs.replay import HeadlessReplay
from tui.app import StressApp
from tui.duel.app import DuelApp

AT_ONCE = 100.0
"""Seconds of the run in one of ours; nobody waits for them here."""


def screen(run: str, seconds: float) -> tuple[StressApp, str]:
    """The screen of the run at this moment, and the command that it is a picture of."""
    recorded = recorded_as([run])
    if not isinstance(recorded, RecordedDuel):
        playback = Playback(recorded)
        playback.go_to(seconds)
        command = recorded.record.command if recorded.record else ""
        return StressApp(HeadlessReplay(playback, AT_ONCE)), f"stress {command}"
    duel = HeadlessDuel(recorded, AT_ONCE, lambda _seconds: None)
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

"""Draw a recorded run's or duel's screen as SVG: `python docs/picture.py RUN SECONDS OUT.svg [WIDTHxHEIGHT]`.

RUN is as `stress replay` takes it, SECONDS the moment on its clock to show. README's pictures are made with it.
"""

import asyncio
import sys
from pathlib import Path

from stress.cli.play import open_replay
from stress.duel.replay import DuelReplay
from stress.runs.replay import WaitedClock
from tui.app import StressApp, Viewing
from tui.duel.app import DuelApp


def screen(run: str, seconds: float) -> tuple[StressApp, str]:
    """The screen of the run at this moment, and the command that it is a picture of."""
    replay = open_replay([run], 1.0, WaitedClock(lambda _seconds: None), skip=False)
    replay.wait(seconds)
    if isinstance(replay, DuelReplay):
        replay.wait(0)  # at the end it is finished
        return DuelApp(replay, Viewing()), "stress duel"
    return StressApp(replay, Viewing()), replay.snapshot().about.command


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

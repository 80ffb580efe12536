"""Draw a recorded run's or duel's screen as SVG: `python docs/picture.py RUN SECONDS OUT.svg [WIDTHxHEIGHT]`.

RUN is as `stress replay` takes it, SECONDS the moment on its clock to show. README's pictures are made with it.
"""

import asyncio
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from redraw import redraw

from stress.cli.play import open_replay
from stress.duel.replay import DuelReplay
from stress.runs.find import find_run
from stress.runs.replay import Replay, WaitedClock
from tui.app import StressApp, Viewing
from tui.duel.app import DuelApp


def open_run(run: str) -> Replay:
    """The recorded run at its start; its clock stands still until `Replay.wait` turns it."""
    place = os.path.relpath(find_run(run))  # results show the record's place, and no picture should show ours
    return open_replay([place], 1.0, WaitedClock(lambda _seconds: None), skip=False)


def move(replay: Replay, seconds: float) -> None:
    """Play so many seconds on; at its end the run is finished."""
    replay.wait(seconds)
    if replay.position >= replay.length:
        replay.wait(0)


def app_for(replay: Replay) -> StressApp:
    """The screen that shows it as it looked live."""
    return (DuelApp if isinstance(replay, DuelReplay) else StressApp)(replay, Viewing())


def screen(run: str, seconds: float) -> tuple[StressApp, str]:
    """The screen of the run at this moment, and the command that it is a picture of, such as "stress ramp"."""
    replay = open_run(run)
    move(replay, seconds)
    command = "stress duel" if isinstance(replay, DuelReplay) else replay.snapshot().about.command
    return app_for(replay), " ".join(command.split()[:2])


async def draw(app: StressApp, title: str, size: tuple[int, int], keys: Sequence[str] = ()) -> str:
    """The screen of that size (cells) after these keys, as SVG."""
    async with app.run_test(size=size) as pilot:
        await pilot.press(*keys)
        await pilot.pause(2.5)  # the conversation is paced, and the answer to a key goes after two seconds
        return redraw(app.export_screenshot(), title)


async def frames(run: str, moments: Sequence[float], size: tuple[int, int]) -> list[str]:
    """One screen at each of these moments of the run, in order, as Rich draws it."""
    replay = open_run(run)
    app = app_for(replay)
    drawn = []
    async with app.run_test(size=size) as pilot:
        for before, moment in zip((0, *moments), moments, strict=False):
            move(replay, moment - before)
            await pilot.pause(0.3)  # ten pictures a second
            drawn.append(app.export_screenshot())
    return drawn


if __name__ == "__main__":
    place, at, target, *shape = sys.argv[1:]
    width, height = map(int, (shape or ["120x40"])[0].split("x"))
    drawn = asyncio.run(draw(*screen(place, float(at)), (width, height)))
    Path(target).write_text(drawn, encoding="utf-8")

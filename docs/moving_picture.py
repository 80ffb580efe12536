"""Make README's moving picture: `python docs/moving_picture.py [OUT.svg]`. It takes half a minute.

It shows `demo:duel` from its start to its result.
"""

import asyncio
import sys
from pathlib import Path

from picture import frames
from redraw import animate

RUN, SIZE = "demo:duel", (120, 40)
MOMENTS = (2, 6, 10, 15, 20, 25, 30, 35, 40, 45, 50, 56, 62, 68, 74, 126)
"""Seconds on the duel's clock; the last is its end."""
FRAME_S, LAST_S = 0.6, 4.0
"""How long a frame stays, and the last one."""
TARGET = Path(__file__).parent / "duel.svg"


def main(target: Path) -> None:
    """Draw it."""
    drawn = asyncio.run(frames(RUN, MOMENTS, SIZE))
    seconds = [FRAME_S] * (len(drawn) - 1) + [LAST_S]
    target.write_text(animate(drawn, seconds, "stress duel"), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else TARGET)

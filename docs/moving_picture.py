"""Make README's moving picture: `python docs/moving_picture.py [OUT.svg]`. It takes half a minute.

It shows `demo:two-gpus` from its start to its result.
"""

import asyncio
import sys
from pathlib import Path

from picture import frames
from redraw import animate

RUN, SIZE = "demo:two-gpus", (120, 40)
MOMENTS = (2, 5, 8, 12, 16, 20, 24, 28, 32, 36, 40, 45, 50, 54, 58, 64, 116)
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

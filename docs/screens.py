"""Make the pictures in `docs/screens/` and README's moving one: `python docs/screens.py`. It takes three minutes.

Runs recorded on H200s, and a run of the embedded engine that is made for it here and now, each at the three sizes that
the screen is designed for.
"""

import asyncio
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import moving_picture
from numbered import DUEL, RAMP, draw_numbered
from picture import draw, screen

SIZES = ((80, 24), (120, 40), (200, 60))
PLACE = Path(__file__).parent / "screens"
EMBEDDED = ("--agents", "2..24", "--over", "30s", "--hold", "10s", "--max-tokens", "48", "--seed", "1")
END = 1000.0
"""Seconds, later than any run's end."""
STAGE = "0"
"""The key of the stage layout."""


def pictures(name: str, run: str, seconds: float, keys: Sequence[str] = ()) -> None:
    """A picture of this moment of the run at each size, after these keys."""
    for size in SIZES:
        save(f"{name}-{size[0]}x{size[1]}", asyncio.run(draw(*screen(run, seconds), size, keys)))


def save(name: str, drawn: str) -> None:
    """Write one picture."""
    (PLACE / f"{name}.svg").write_text(drawn, encoding="utf-8")


def main() -> None:
    """Make them all."""
    PLACE.mkdir(exist_ok=True)
    pictures("ramp", "demo:h200-vllm-tp2", 50)
    pictures("stage", "demo:h200-vllm-tp2", 50, [STAGE])
    pictures("result", "demo:h200-vllm-tp2", END)
    pictures("burst", "demo:h200-70b-burst", 40)
    pictures("burst-result", "demo:h200-70b-burst", END)
    pictures("duel", "demo:duel", 38)
    pictures("duel-verdict", "demo:duel", END)
    save("ramp-numbered", asyncio.run(draw_numbered(*screen("demo:h200-vllm-tp2", 50), (120, 40), RAMP)))
    save("duel-numbered", asyncio.run(draw_numbered(*screen("demo:duel", 38), (120, 40), DUEL)))
    with tempfile.TemporaryDirectory() as scratch:
        run = Path(scratch) / "run"
        subprocess.run(
            [sys.executable, "-m", "stress", "ramp", *EMBEDDED, "--engine", "embedded", "--ui", "none", "--out", run],
            check=True,
        )
        pictures("embedded", str(run), 34)
    moving_picture.main(moving_picture.TARGET)


if __name__ == "__main__":
    main()

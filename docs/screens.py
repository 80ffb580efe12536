"""Make the pictures in `docs/screens/`: `python docs/screens.py`. It takes two minutes.

The duel recorded on H200s (`demo:duel`), in the middle and at its end, and a run of the embedded engine that is made
for it here and now, each at the three sizes that the screen is designed for.
"""

import asyncio
import subprocess
import sys
import tempfile
from pathlib import Path

from picture import draw, screen

SIZES = ((80, 24), (120, 40), (200, 60))
PLACE = Path(__file__).parent / "screens"
RAMP = ("--agents", "2..24", "--over", "30s", "--hold", "10s", "--max-tokens", "48", "--seed", "1")


def pictures(name: str, run: str, seconds: float) -> None:
    """A picture of this moment of the run at each size."""
    for width, height in SIZES:
        app, title = screen(run, seconds)
        drawn = asyncio.run(draw(app, title, (width, height)))
        (PLACE / f"{name}-{width}x{height}.svg").write_text(drawn, encoding="utf-8")


def main() -> None:
    """Make them all."""
    PLACE.mkdir(exist_ok=True)
    pictures("duel", "demo:duel", 38)
    pictures("duel-verdict", "demo:duel", 126)
    with tempfile.TemporaryDirectory() as scratch:
        run = Path(scratch) / "run"
        subprocess.run(
            [sys.executable, "-m", "stress", "ramp", *RAMP, "--engine", "embedded", "--ui", "none", "--out", run],
            check=True,
        )
        pictures("embedded", str(run), 34)


if __name__ == "__main__":
    main()

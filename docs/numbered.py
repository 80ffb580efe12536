"""Numbers on a picture of the screen, one a panel: `docs/screen.md` says under each number what its panel shows."""

import re
from collections.abc import Sequence

from redraw import CELL_H, SCREEN, redraw

from tui.app import StressApp
from tui.panels.panel import Panel

RAMP = (
    "header",
    "throughput",
    "curve",
    "latency",
    "ramp",
    "agents",
    "load",
    "conversation",
    "errors",
    "limit",
    "vitals",
    "keys",
)
"""The panels of a ramp's screen, in the order of their numbers."""
DUEL = ("header", "score", "left-side", "left-pace", "left-curve", "left-load", "left-limit", "differs")
"""Those of a duel's; the other half has the same."""


_VIEW = re.compile(r'viewBox="0 0 ([\d.]+) ([\d.]+)"')
MARGIN = 36
"""Room for the numbers on both sides of the picture."""


async def draw_numbered(app: StressApp, title: str, size: tuple[int, int], names: Sequence[str]) -> str:
    """The screen of that size as SVG, with a number beside the first line of each of these panels."""
    async with app.run_test(size=size) as pilot:
        await pilot.pause(1.5)  # the conversation is paced
        svg = redraw(app.export_screenshot(), title)
        regions = [app.query_one(f"#{name}", Panel).region for name in names]
    width, height = _size(svg)
    badges = [
        _badge(number, MARGIN / -2 if region.x == 0 else width + MARGIN / 2, SCREEN[1] + (region.y + 0.5) * CELL_H)
        for number, region in enumerate(regions, 1)
    ]
    wider = f'viewBox="{-MARGIN} 0 {width + 2 * MARGIN:g} {height:g}"'
    return _VIEW.sub(wider, svg, count=1).replace("</svg>", "".join(badges) + "</svg>")


def _size(svg: str) -> tuple[float, float]:
    found = _VIEW.search(svg)
    assert found is not None  # we drew it
    return float(found[1]), float(found[2])


def _badge(number: int, x: float, y: float) -> str:
    middle = 'text-anchor="middle" dominant-baseline="central" font-family="sans-serif" font-weight="bold"'
    return (
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="12" fill="#d6004c"/>'
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="15" fill="#ffffff" {middle}>{number}</text>'
    )

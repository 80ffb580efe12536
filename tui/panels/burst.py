"""A burst's progress, in the place where a ramp's plan stands."""

from textual.strip import Strip

from stress.fold.burst_progress import Progress
from stress.fold.snapshot import Snapshot
from stress.units import format_duration
from tui import numbers
from tui.draw.cells import bar
from tui.draw.line import Line
from tui.panels.panel import Panel
from tui.plain_text import shortened
from tui.theme import paint


def draw_burst(panel: Panel, snapshot: Snapshot, progress: Progress, width: int, height: int) -> list[Strip]:
    """The panel's lines: what was asked for, a bar, and in words how far it is and how long it will take."""
    title = panel.title_line(width, "BURST")
    text = shortened(snapshot.about.plan.text, width - 9)
    title.right(f"{text} ", paint(panel.theme.text, panel.theme.bar))
    filled, empty = panel.ink(panel.theme.tokens), panel.ink(panel.theme.faint)
    line = panel.line(width).extend(bar(progress.share, max(0, width - 2), filled, empty)).strip()
    bars = [line] * max(0, height - 2)
    return [title.strip(), *bars, _words(panel, snapshot, progress, width)]


def _words(panel: Panel, snapshot: Snapshot, progress: Progress, width: int) -> Strip:
    burst = snapshot.about.burst
    requests = numbers.count(burst.requests if burst else progress.ended)
    line = Line(width, panel.plain).put(f" {numbers.count(progress.ended)}", panel.strong)
    line.put(f" of {requests} requests   ", panel.muted).put(numbers.share(progress.share), panel.strong)
    if snapshot.sample.phase == "done":
        return line.put("   done", panel.strong).strip()
    if progress.left_s is None:
        return line.put("   too early to say how long", panel.muted).strip()
    return (
        line.put("   about ", panel.muted)
        .put(f"{format_duration(progress.left_s)}", panel.strong)
        .put(" left at this rate", panel.muted)
        .strip()
    )

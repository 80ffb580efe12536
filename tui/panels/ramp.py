"""The ramp as planned, and where the run stands on it."""

from collections.abc import Sequence

from rich.segment import Segment
from textual.strip import Strip

from stress.fold.snapshot import Snapshot
from stress.units import format_duration
from tui import numbers
from tui.draw.cells import BACK, area, eighths, segments
from tui.draw.line import Line
from tui.panels.burst import draw_burst
from tui.panels.panel import Panel
from tui.plain_text import shortened
from tui.theme import paint

_LEFT = 6


def planned(points: Sequence[tuple[float, int]], at: float) -> float:
    """The planned number of agents at this many seconds: the points joined by straight lines.

    Of two points at the same time (a step), the later one counts from that time on.
    """
    before = (0.0, points[0][1]) if points else (0.0, 0)
    for time, agents in points:
        if time > at:
            start, low = before
            return low + (agents - low) * (at - start) / (time - start)
        before = (time, agents)
    return before[1]


class Ramp(Panel):
    """The plan as an area, bright as far as it is done, with a cursor at the present; of a burst its progress."""

    def draw(self, snapshot: Snapshot, width: int, height: int) -> list[Strip]:
        if snapshot.progress is not None:
            return draw_burst(self, snapshot, snapshot.progress, width, height)
        plan, elapsed = snapshot.about.plan, snapshot.ramp_elapsed
        rows, picture = height - 2, width - _LEFT - 1
        if rows < 1 or picture < 1:
            return [self._title(snapshot, width), self._standing(snapshot, width)]
        duration = max(plan.duration, 1e-9)
        top = max([1, *(agents for _, agents in plan.points)])
        now = min(picture - 1, int(elapsed / duration * picture))
        theme = self.theme
        heights = [
            eighths(planned(plan.points, (index + 0.5) / picture * duration), top, rows) for index in range(picture)
        ]
        inks = [theme.agents if index < now else theme.ahead for index in range(picture)]
        grid = area(heights, rows, inks, theme.ground)
        strips = [self._title(snapshot, width)]
        for row, line in enumerate(grid):
            if theme.shaded:
                line[now:] = [(BACK if char != " " else char, style) for char, style in line[now:]]
            line[now] = ("█", self.strong)
            label = numbers.axis(top) if row == 0 else ("0" if row == rows - 1 else "")
            left = Segment(f"{label:>{_LEFT - 1}} ", self.ink(theme.agents))
            strips.append(Strip([left, *segments(line), Segment(" ", self.plain)], width))
        return [*strips, self._standing(snapshot, width)]

    def _title(self, snapshot: Snapshot, width: int) -> Strip:
        line = self.title_line(width, "RAMP")
        text = shortened(snapshot.about.plan.text, width - 8)
        return line.right(f"{text} ", paint(self.theme.text, self.theme.bar)).strip()

    def _standing(self, snapshot: Snapshot, width: int) -> Strip:
        """Where the run stands, in words."""
        sample, plan = snapshot.sample, snapshot.about.plan
        line = Line(width, self.plain).to(_LEFT)
        line.put(f"{format_duration(min(snapshot.ramp_elapsed, plan.duration)):>5}", self.strong)
        line.put(f" of {format_duration(plan.duration)}   ", self.muted)
        if sample.phase == "drain":
            text = f"draining: {numbers.count(sample.in_flight)} replies in flight"
            return line.put(text, self.ink(self.theme.warn, bold=True)).strip()
        if sample.phase == "done":
            return line.put("done", self.strong).strip()
        if snapshot.held:
            line.put("held: space resumes   ", self.ink(self.theme.warn, bold=True))
        line.put(numbers.count(sample.agents), self.strong).put(" agents, target ", self.muted)
        return line.put(numbers.count(sample.target_agents), self.strong).strip()

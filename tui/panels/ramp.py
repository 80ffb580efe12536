"""The ramp as planned, and where the run stands on it; in its place, a burst's progress."""

from collections.abc import Sequence

from textual.strip import Strip

from stress.fold.burst_progress import Progress
from stress.fold.snapshot import Snapshot
from stress.units import format_duration
from tui import numbers
from tui.draw.cells import BACK, area, bar, eighths
from tui.draw.line import Line
from tui.panels.panel import LABELS, Panel
from tui.plain_text import shortened


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


class Ramp(Panel[Snapshot]):
    """The plan as an area, bright as far as it is done, with a cursor at the present; of a burst its progress."""

    def draw(self, snapshot: Snapshot, width: int, height: int) -> list[Strip]:
        if snapshot.progress is not None:
            return self._burst(snapshot, snapshot.progress, width, height)
        rows, picture = height - 2, width - LABELS - 1
        title, standing = self._title("RAMP", snapshot, width), self._standing(snapshot, width)
        if rows < 1 or picture < 1:
            return [title, standing]
        plan, theme = snapshot.about.plan, self.theme
        duration = max(plan.duration, 1e-9)
        top = max([1, *(agents for _, agents in plan.points)])
        now = min(picture - 1, int(snapshot.ramp_elapsed / duration * picture))
        heights = [
            eighths(planned(plan.points, (index + 0.5) / picture * duration), top, rows) for index in range(picture)
        ]
        inks = [theme.agents if index < now else theme.ahead for index in range(picture)]
        grid = area(heights, rows, inks, theme.ground)
        for line in grid:
            if theme.shaded:
                line[now:] = [(BACK if char != " " else char, style) for char, style in line[now:]]
            line[now] = ("█", self.strong)
        return [title, *self.chart(grid, {rows - 1: "0", 0: numbers.axis(top)}, self.ink(theme.agents)), standing]

    def _title(self, name: str, snapshot: Snapshot, width: int) -> Strip:
        text = shortened(snapshot.about.plan.text, width - len(name) - 4)
        return self.title_line(width, name).right(f"{text} ", self.bar_ink(self.theme.text)).strip()

    def _standing(self, snapshot: Snapshot, width: int) -> Strip:
        """Where the run stands, in words."""
        sample, plan = snapshot.sample, snapshot.about.plan
        line = Line(width, self.plain).to(LABELS)
        line.put(f"{format_duration(min(snapshot.ramp_elapsed, plan.duration)):>5}", self.strong)
        line.put(f" of {format_duration(plan.duration)}   ", self.muted)
        if sample.phase == "drain":
            left = numbers.count(sample.in_flight)
            texts = (f"draining: {left} replies in flight", f"draining: {left} left")
            text = next((text for text in texts if len(text) < line.room), texts[-1])
            return line.put(text, self.ink(self.theme.warn, bold=True)).strip()
        if sample.phase == "done":
            return line.put("done", self.strong).strip()
        if snapshot.held:
            line.put("held: space resumes   ", self.ink(self.theme.warn, bold=True))
        agents, target = numbers.count(sample.agents), numbers.count(sample.target_agents)
        for between, after in ((" agents, target ", ""), (" of ", " agents")):
            if len(agents) + len(between) + len(target) + len(after) < line.room:
                line.put(agents, self.strong).put(between, self.muted).put(target, self.strong).put(after, self.muted)
                break
        return line.strip()

    def _burst(self, snapshot: Snapshot, progress: Progress, width: int, height: int) -> list[Strip]:
        """What was asked for, a bar, and in words how far it is and how long it will take."""
        filled, empty = self.ink(self.theme.tokens), self.ink(self.theme.faint)
        line = self.line(width).extend(bar(progress.share, max(0, width - 2), filled, empty)).strip()
        bars = [line] * max(0, height - 2)
        return [self._title("BURST", snapshot, width), *bars, self._progress(snapshot, progress, width)]

    def _progress(self, snapshot: Snapshot, progress: Progress, width: int) -> Strip:
        burst = snapshot.about.burst
        requests = numbers.count(burst.requests if burst else progress.ended)
        line = Line(width, self.plain).put(f" {numbers.count(progress.ended)}", self.strong)
        line.put(f" of {requests} requests   ", self.muted).put(numbers.share(progress.share), self.strong)
        if snapshot.sample.phase == "done":
            return line.put("   done", self.strong).strip()
        if progress.left_s is None:
            return line.put("   too early to say how long", self.muted).strip()
        line.put("   about ", self.muted).put(format_duration(progress.left_s), self.strong)
        return line.put(" left at this rate", self.muted).strip()

"""Throughput in large digits, and the number of agents that make it."""

from textual.strip import Strip

from stress.fold.snapshot import Snapshot
from tui import numbers
from tui.draw.digits import SMALL, big_number, steady_number
from tui.draw.line import Line
from tui.panels.panel import Panel


class Throughput(Panel[Snapshot]):
    """Output tokens a second, the agents and their target, and the run's totals."""

    def draw(self, snapshot: Snapshot, width: int, height: int) -> list[Strip]:
        sample = snapshot.sample
        title = self.title_line(
            width,
            "OUTPUT TOKENS",
            "whole run: average" if sample.phase == "done" else f"tok/s, {numbers.window(sample)}",
        )
        roomy = height >= 16
        before, digits = steady_number(numbers.count(sample.tok_s), width - 2, height - 11 if roomy else SMALL.rows)
        rate = [self.line(width).to(1 + before).put(row, self.ink(self.theme.tokens)) for row in digits]
        rate[-1].put("  tok/s", self.ink(self.theme.tokens, bold=True))
        agents = self._agents_large(snapshot, width) if roomy else [self._agents_small(snapshot, width)]
        gap = [self.line(width)] if roomy else []
        lines = [title, *gap, *rate, *gap, self._peak(snapshot, width), *gap, *agents, *gap]
        return [line.strip() for line in (*lines, *self._totals(snapshot, width))]

    def _peak(self, snapshot: Snapshot, width: int) -> Line:
        line = self.line(width).put("peak ", self.muted)
        line.put(f"{numbers.count(snapshot.peak_tok_s):>7}", self.strong)
        return line.put(" tok/s, best second", self.muted)

    def _agents_large(self, snapshot: Snapshot, width: int) -> list[Line]:
        sample = snapshot.sample
        number = f"{sample.agents:>4}" if sample.agents < 10_000 else numbers.count(sample.agents)
        style = self.ink(self.theme.agents)
        lines = [self.line(width).put(row, style).put("  ", self.plain) for row in big_number(number, SMALL)]
        lines[0].put("agents", self.ink(self.theme.agents, bold=True))
        values = (("target", sample.target_agents), ("in flight", sample.in_flight))
        for line, (label, value) in zip(lines[1:], values, strict=True):
            line.put(f"{label:<10}", self.muted).put(f"{numbers.count(value):>6}", self.strong)
        return lines

    def _agents_small(self, snapshot: Snapshot, width: int) -> Line:
        sample = snapshot.sample
        both = f"{numbers.count(sample.agents)}/{numbers.count(sample.target_agents)}"
        line = self.line(width).put("agents ", self.muted)
        line.put(f"{both:<11} ", self.ink(self.theme.agents, bold=True))
        return line.put("in flight ", self.muted).put(numbers.count(sample.in_flight), self.strong)

    def _totals(self, snapshot: Snapshot, width: int) -> list[Line]:
        sample = snapshot.sample
        rows = (
            ((sample.requests, "replies"), (sample.messages, "messages")),
            ((sample.output_tokens, "tokens"), (sample.prompt_tok_s, "prompt tok/s")),
        )
        lines: list[Line] = []
        for row in rows:
            line = self.line(width)
            for value, label in row:
                if line.room >= 8 + len(label):
                    line.put(f"{numbers.count(value):>7} ", self.strong).put(f"{label:<9}", self.muted)
            lines.append(line)
        return lines

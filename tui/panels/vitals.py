"""One small line: the engine's own view of the load, and what the client itself costs."""

from textual.strip import Strip

from stress.snapshot import Snapshot
from tui import numbers
from tui.draw.line import Line
from tui.panels.panel import Panel
from tui.theme import paint

_BUSY = 0.9
"""Share of a core from which a worker, which is one thread, is likely to be what limits the run."""


class Vitals(Panel):
    """What `/metrics` says, and whether the client keeps up."""

    def draw(self, snapshot: Snapshot, width: int, height: int) -> list[Strip]:
        """See Panel."""
        engine, client = snapshot.sample.engine, snapshot.sample.client
        bar = self.look.bar
        line = Line(width, paint(self.look.text, bar))
        self._put(line, " engine", "running", numbers.count(engine.running))
        self._put(line, "", "waiting", numbers.count(engine.waiting))
        self._put(line, "", "prefix hits", numbers.share(engine.prefix_hit_rate))
        if width >= 100:
            self._put(line, "", "KV cache", numbers.share(engine.kv_usage))
        busy = client.cpu is not None and client.cpu >= _BUSY
        self._put(line, " client", "cpu", numbers.share(client.cpu), alarm=busy)
        self._put(line, "", "loop lag", f"{numbers.milliseconds(client.loop_lag_ms)} ms")
        if busy:
            line.right("the client limits this run ", paint(self.look.bad, bar, bold=True))
        return [line.strip()]

    def _put(self, line: Line, group: str, label: str, value: str, alarm: bool = False) -> None:
        bar = self.look.bar
        if group:
            line.put(f"{group} ", paint(self.look.strong, bar, bold=True))
        line.put(f" {label} ", paint(self.look.muted, bar))
        line.put(f"{value:<5}", paint(self.look.bad if alarm else self.look.strong, bar))

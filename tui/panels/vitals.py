"""One small line: what the client itself costs, and the engine's own view of the load."""

from textual.strip import Strip

from stress.fold.snapshot import Snapshot
from stress.readings import LIMITED_CPU, LIMITED_LAG_MS, CpuUser
from tui import numbers
from tui.draw.line import Line
from tui.panels.panel import Panel

_LATE: dict[CpuUser | None, str] = {
    "client": "the client limits this run",
    "engine": "client late: the engine takes the CPU",
    "others": "client late: other programs",
    None: "the client is late",
}
"""Why the client limits the run, in a few words."""


class Vitals(Panel[Snapshot]):
    """Whether the client keeps up, and what the engine's `/metrics` says."""

    def draw(self, snapshot: Snapshot, width: int, height: int) -> list[Strip]:
        client, wide, over = snapshot.sample.client, width >= 100, snapshot.sample.phase == "done"
        line = self.bar_line(width)
        if client.limited:
            line.right(f" {_LATE[client.cpu_user]} ", self.bar_ink(self.theme.bad, bold=True))
        # What does not fit is left out whole, so a busy client comes first.
        self._put(
            line,
            "client at most" if over else "client",
            "cpu",
            numbers.share(client.cpu),
            (client.cpu or 0.0) > LIMITED_CPU,
        )
        lag = f"{f'{numbers.milliseconds(client.loop_lag_ms)} ms':<8}"
        self._put(line, "", "loop lag" if wide else "lag", lag, (client.loop_lag_ms or 0.0) > LIMITED_LAG_MS)
        if client.workers > 1:
            self._put(line, "", "workers", numbers.count(client.workers))
        for place, (label, value) in enumerate(_engine_view(snapshot, wide)):
            self._put(line, "" if place else "engine under load" if over else "engine", label, value)
        return [line.strip()]

    def _put(self, line: Line, group: str, label: str, value: str, alarm: bool = False) -> None:
        """Add one value, if all of it fits."""
        gap = 5 if line.width >= 100 else 4
        head = f" {group} " if group else ""
        if line.room < len(head) + len(label) + max(gap, len(value)) + 2:
            return
        line.put(head, self.bar_ink(self.theme.strong, bold=True))
        style = self.bar_ink(self.theme.bad if alarm else self.theme.strong)
        line.put(f"!{label} " if alarm else f" {label} ", style if alarm else self.bar_ink(self.theme.muted))
        line.put(f"{value:<{gap}}", style)


def _engine_view(snapshot: Snapshot, wide: bool) -> list[tuple[str, str]]:
    """What its processes use of the CPU, and what its page says: labels and values, those that come and go last."""
    engine, host = snapshot.sample.engine, snapshot.host
    if "engine" in snapshot.sample.stale:
        return [("metrics", f"none for {snapshot.sample.stale['engine']:.0f} s")]
    # Some engines count a reply's tokens only when it ends: no tokens, while some arrive, is no number.
    counts = engine.gen_tok_s or not snapshot.sample.tok_s
    values = [
        ("cpu", numbers.share(None if host is None else host.engine_cpu_busiest)),
        ("running", numbers.count(engine.running)),
        ("waiting", numbers.count(engine.waiting)),
        ("preempted", numbers.count(engine.preemptions or None)),
        ("KV cache", numbers.share(engine.kv_usage)),
        ("prefix hits" if wide else "prefix", numbers.share(engine.prefix_hit_rate)),
        ("tok/s", numbers.count(engine.gen_tok_s if counts else None)),
    ]
    return [(label, value) for label, value in values if value != numbers.NOT_KNOWN]

"""One small line: what the client itself costs, and the engine's own view of the load."""

from textual.strip import Strip

from stress.fold.snapshot import Snapshot
from stress.readings import LIMITED_CPU, LIMITED_LAG_MS, ClientReading
from tui import numbers
from tui.draw.line import Line
from tui.panels.panel import Panel
from tui.theme import paint


class Vitals(Panel):
    """Whether the client keeps up, and what the engine's `/metrics` says."""

    def draw(self, snapshot: Snapshot, width: int, height: int) -> list[Strip]:
        client = snapshot.sample.client
        bar = self.theme.bar
        line = Line(width, paint(self.theme.text, bar))
        if client.limited:
            line.right(" the client limits this run ", paint(self.theme.bad, bar, bold=True))
        wide = width >= 100
        client_first = [
            ("client", "cpu", numbers.share(client.cpu)),
            ("", "loop lag" if wide else "lag", f"{f'{numbers.milliseconds(client.loop_lag_ms)} ms':<8}"),
        ]
        if client.workers > 1:
            client_first.append(("", "workers", numbers.count(client.workers)))
        # What does not fit is left out whole, so a busy client comes first.
        for group, label, value in client_first:
            self._put(line, group, label, value, alarm=label in _alarming(client))
        for group, label, value in _engine_view(snapshot, wide):
            self._put(line, group, label, value, alarm=False)
        return [line.strip()]

    def _put(self, line: Line, group: str, label: str, value: str, alarm: bool) -> None:
        """Add one value, if all of it fits."""
        bar = self.theme.bar
        gap = 5 if line.width >= 100 else 4
        head = f" {group} " if group else ""
        if line.room < len(head) + len(label) + max(gap, len(value)) + 2:
            return
        line.put(head, paint(self.theme.strong, bar, bold=True))
        style = paint(self.theme.bad if alarm else self.theme.strong, bar)
        line.put(f"!{label} " if alarm else f" {label} ", style if alarm else paint(self.theme.muted, bar))
        line.put(f"{value:<{gap}}", style)


def _engine_view(snapshot: Snapshot, wide: bool) -> list[tuple[str, str, str]]:
    """What its processes use of the CPU, and what its page says: groups, labels and values."""
    engine, host = snapshot.sample.engine, snapshot.host
    if "engine" in snapshot.sample.stale:
        return [("engine", "metrics", f"none for {snapshot.sample.stale['engine']:.0f} s")]
    values = [
        ("running", numbers.count(engine.running)),
        ("waiting", numbers.count(engine.waiting)),
        ("prefix hits" if wide else "prefix", numbers.share(engine.prefix_hit_rate)),
        ("KV cache", numbers.share(engine.kv_usage)),
        ("its tok/s", numbers.count(engine.gen_tok_s)),
    ]
    if host is not None and host.engine_cpu_busiest is not None:
        values.insert(0, ("cpu", numbers.share(host.engine_cpu_busiest)))
    if engine.preemptions:
        values.insert(-3, ("preempted", numbers.count(engine.preemptions)))
    return [("engine" if place == 0 else "", label, value) for place, (label, value) in enumerate(values)]


def _alarming(client: ClientReading) -> set[str]:
    """The labels of the client's numbers that say that it limits the run."""
    labels = set()
    if (client.cpu or 0.0) > LIMITED_CPU:
        labels.add("cpu")
    if (client.loop_lag_ms or 0.0) > LIMITED_LAG_MS:
        labels |= {"loop lag", "lag"}
    return labels

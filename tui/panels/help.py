"""The page behind `?`: what every key does, what every colour and number means."""

from collections.abc import Sequence

from textual.strip import Strip

from stress.fold.snapshot import Snapshot
from tui.actions import ACTIONS, Action
from tui.panels.panel import Panel

_NOTES = (
    ("tok/s", "output tokens of the whole swarm, as they stream"),
    ("TTFT", "time to first token: from sending to the first output"),
    ("ITL", "inter-token latency: the gaps between a reply's outputs"),
    ("waiting", "request sent, no output yet: queued, or in prefill"),
    ("thinking", "has mail; waits for its turn under a rate cap, or backs off"),
    ("idle", "has no mail"),
    ("LIMIT", "what limits the run; possible: what no engine can exceed"),
    ("n/a", "could not be read"),
)
WIDTH = 76
HEIGHT = 34
"""On the smallest screen there is room for the keys alone."""


class Help(Panel[Snapshot]):
    """An overlay that is hidden until asked for; keys keep working under it."""

    DEFAULT_CSS = f"""
    Help {{ layer: over; display: none; width: {WIDTH}; height: {HEIGHT}; max-height: 100%; }}
    Help {{ border: heavy $theme-muted; }}
    Help.-open {{ display: block; }}
    """

    def __init__(self, name: str, actions: Sequence[Action] = ACTIONS) -> None:
        super().__init__(name)
        self._actions = actions

    def draw(self, snapshot: Snapshot, width: int, height: int) -> list[Strip]:
        keys = [(action.caps, action.help) for action in self._actions if action.help]
        gap = [self.line(width).strip()] if len(keys) + len(_NOTES) + 2 < height else []
        strips = [self.title_line(width, "KEYS", "the run goes on meanwhile").strip(), *self._table(keys, width)]
        return [*strips, *gap, self.title_line(width, "WORDS").strip(), *self._table(_NOTES, width)]

    def _table(self, rows: Sequence[tuple[str, str]], width: int) -> list[Strip]:
        return [self.line(width).put(name, self.strong).to(10).put(text, self.plain).strip() for name, text in rows]

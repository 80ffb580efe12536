"""The page behind `?`: what every key does, what every colour and number means."""

from collections.abc import Sequence

from textual.strip import Strip

from stress.snapshot import Snapshot
from tui.actions import ACTIONS, Action
from tui.panels.panel import Panel
from tui.theme import DARK

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
HEIGHT = 24
"""That of the smallest screen: what it has to say fits (a test says so)."""


class Help(Panel):
    """An overlay that is hidden until asked for; keys keep working under it."""

    DEFAULT_CSS = f"""
    Help {{ layer: over; display: none; width: {WIDTH}; height: {HEIGHT}; border: heavy {DARK.muted}; }}
    Help.-open {{ display: block; }}
    """

    def __init__(self, name: str, actions: Sequence[Action] = ACTIONS) -> None:
        super().__init__(name)
        self._actions = actions

    def draw(self, snapshot: Snapshot, width: int, height: int) -> list[Strip]:
        """See Panel."""
        strips = [self.title_line(width, "KEYS", "the run goes on meanwhile").strip()]
        strips += self._table([(action.caps, action.help) for action in self._actions if action.help], width)
        if len(strips) + len(_NOTES) + 1 < height:
            strips.append(self.line(width).strip())
        return [*strips, self.title_line(width, "WORDS").strip(), *self._table(_NOTES, width)]

    def _table(self, rows: Sequence[tuple[str, str]], width: int) -> list[Strip]:
        return [self.line(width).put(name, self.strong).to(10).put(text, self.plain).strip() for name, text in rows]

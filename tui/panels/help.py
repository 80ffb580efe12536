"""The page behind `?`: what every key does, what every colour and number means."""

from textual.strip import Strip

from stress.snapshot import Snapshot
from tui.actions import ACTIONS
from tui.panels.panel import Panel
from tui.plain_text import wrapped

_NOTES = (
    ("tok/s", "Output tokens a second of the whole swarm, as they stream; corrected to the server's usage."),
    ("TTFT", "Time to first token: from sending the request to the first output."),
    ("ITL", "Inter-token latency: the gaps between one reply's outputs."),
    ("agents", "Each has at most one request in flight and answers all its unread mail in one turn."),
    ("n/a", "Could not be read."),
)
WIDTH = 72
HEIGHT = len(ACTIONS) + len(_NOTES) + 12


class Help(Panel):
    """An overlay that is hidden until asked for; keys keep working under it."""

    DEFAULT_CSS = f"""
    Help {{ layer: over; display: none; width: {WIDTH}; height: {HEIGHT}; offset: 4 1; max-height: 100%; }}
    Help.-open {{ display: block; }}
    """

    def draw(self, snapshot: Snapshot, width: int, height: int) -> list[Strip]:
        """See Panel."""
        strips = [self.title_line(width, "KEYS", "the run goes on meanwhile").strip()]
        strips += self._table([(action.caps, action.help) for action in ACTIONS], width)
        strips += [self.line(width).strip(), self.title_line(width, "NUMBERS").strip()]
        return strips + self._table(_NOTES, width)

    def _table(self, rows, width):
        strips = []
        for name, text in rows:
            for index, part in enumerate(wrapped(text, width - 12, width - 12, 3)):
                line = self.line(width).put("" if index else name, self.strong).to(10)
                strips.append(line.put(part, self.plain).strip())
        return strips

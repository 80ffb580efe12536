"""The last line: what the keys do now, or how the run is ending."""

from collections.abc import Callable, Sequence

from textual.strip import Strip

from stress.fold.snapshot import Snapshot
from tui import numbers
from tui.actions import ACTIONS, Action
from tui.draw.line import Line
from tui.panels.panel import Panel
from tui.theme import paint


class Keys(Panel):
    """Keys and their actions; in their place, while the run drains, what is being waited for."""

    def __init__(
        self, name: str, actions: Sequence[Action] = ACTIONS, playback: Callable[[], tuple[str, bool]] | None = None
    ) -> None:
        """`playback` says where a recorded run stands, in words, and whether it is paused; null: a run that goes on."""
        super().__init__(name)
        self._actions = actions
        self._playback = playback
        self.answer = ""
        """The answer to the key pressed last, while it is worth showing."""
        self.over = False
        """Everything is over and saved: what is shown stays until the viewer leaves."""
        self.stopping = False
        """The viewer asked the run to stop at once."""

    def draw(self, snapshot: Snapshot, width: int, height: int) -> list[Strip]:
        phase = snapshot.sample.phase
        if self.over:
            return [self.line(width).put("it is over and saved   ", self.plain).put("q leaves", self.strong).strip()]
        if self._playback is None and (self.stopping or phase in ("drain", "done")):
            return [self._ending(snapshot, width)]
        line = Line(width, self.plain)
        if self._playback is not None:
            text, paused = self._playback()
            colour = self.theme.warn if paused else self.theme.tokens
            line.right(f" {text} ", paint(self.theme.ink, colour, bold=True))
        if self.answer:
            return [line.put(f" {self.answer}", self.strong).strip()]
        # The help tells what has no room here.
        first = [action for action in self._actions if action.label and action.name != "help"]
        *_, last = (action for action in self._actions if action.name == "help")
        spare = len(last.caps) + len(last.label) + 3
        for action in first:
            label = "resume" if action.name == "hold" and snapshot.held else action.label
            if line.room > spare + len(action.caps) + len(label) + 3:
                self._put(line, action.caps, label)
        self._put(line, last.caps, last.label)
        return [line.strip()]

    def _put(self, line: Line, caps: str, label: str) -> None:
        line.put(f" {caps}", self.strong).put(f" {label} ", self.muted)

    def _ending(self, snapshot: Snapshot, width: int) -> Strip:
        warn = paint(self.theme.ink, self.theme.warn, bold=True)
        if self.stopping or snapshot.sample.phase == "done":
            return Line(width, warn).put(" saving the record", warn).strip()
        flying = numbers.count(snapshot.sample.in_flight)
        text = f" draining: {flying} replies in flight   q stops at once"
        return Line(width, warn).put(text, warn).strip()

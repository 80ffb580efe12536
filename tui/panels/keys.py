"""The last line: what the keys do now, or how the run is ending."""

import contextlib
from collections.abc import Iterator, Sequence

from textual.strip import Strip

from stress import __version__
from stress.fold.snapshot import Snapshot
from stress.runs.handle import Ending
from stress.runs.replay import Replay
from stress.units import format_duration
from tui import numbers
from tui.actions import ACTIONS, Action
from tui.draw.line import Line
from tui.panels.panel import Panel

_ENDINGS = {
    "done": "Finished and saved.",
    "interrupted": "Interrupted and saved.",
    "failed": "Failed; the rest is saved.",
}
_BADGE = 36
"""Cells that the position of a recording takes at most."""


class Keys(Panel[Snapshot]):
    """Keys and their actions; in their place, while the run drains, what is being waited for."""

    def __init__(self, name: str, actions: Sequence[Action] = ACTIONS, playback: Replay | None = None) -> None:
        """`playback`: a recorded run, which the line says the position of; None: a run that goes on."""
        super().__init__(name)
        self._actions = actions
        self._playback = playback
        self.moves = playback is not None  # the position does, also where nothing happens
        self.answer = ""
        """The answer to the key pressed last, while it is worth showing."""
        self.quiet = False
        """Say nothing unless there is something to say: an answer, where a recording stands, how the run ends."""
        self.ending: Ending | None = None
        """Everything is over and saved: what is shown stays until the viewer leaves."""
        self._hidden = False
        self.stopping = False
        """The viewer asked the run to stop at once."""

    def draw(self, snapshot: Snapshot, width: int, height: int) -> list[Strip]:
        if self._hidden:
            return [self.line(width).right(f"agent-stress {__version__} ", self.muted).strip()]
        line, playback = Line(width, self.plain), self._playback
        if self.answer and len(self.answer) + _BADGE > width:  # where the recording stands can wait
            return [line.put(f" {self.answer}", self.strong).strip()]
        if playback is not None:
            speed = "PAUSED" if playback.paused else f"{playback.speed:g}×"
            at, length = format_duration(playback.position), format_duration(playback.length)
            colour = self.theme.warn if playback.paused else self.theme.tokens
            line.right(f" REPLAY {speed}  {at} / {length} ", self.badge(colour))
        elif self.ending is None and (self.stopping or snapshot.sample.phase in ("drain", "done")):
            return [self._ending(snapshot, width)]
        if self.answer:
            return [line.put(f" {self.answer}", self.strong).strip()]
        if self.ending is not None:
            return [self._over(line, self.ending).strip()]
        if self.quiet:
            return [line.strip()]
        # The help says what has no room here.
        first = [action for action in self._actions if action.label and action.name != "help"]
        *_, last = (action for action in self._actions if action.name == "help")
        spare = len(last.caps) + len(last.label) + 3
        for action in (*first, last):
            label = self._label(action, snapshot)
            if action is last or line.room > spare + len(action.caps) + len(label) + 3:
                line.put(f" {action.caps}", self.strong).put(f" {label} ", self.muted)
        return [line.strip()]

    def _label(self, action: Action, snapshot: Snapshot) -> str:
        """What the key does now."""
        if action.name == "hold" and snapshot.held:
            return "resume"
        paused = self._playback is not None and self._playback.paused
        return "play" if action.name == "pause" and paused else action.label

    def _over(self, line: Line, ending: Ending) -> Line:
        """How it ended, and what the keys do now."""
        words = "End of the recording." if self._playback is not None else _ENDINGS.get(ending.state, "Saved.")
        said = f" {words} Press q to exit"
        line.put(said if len(said) <= line.room else " Over. Press q to exit", self.strong)
        back = (("←", "back"),) if self._playback is not None else ()
        turn = (("c", "last frame, card"),) if any(action.name == "card" for action in self._actions) else ()
        for key, label in (*turn, *back, ("s", "picture"), ("?", "help")):
            if line.room > len(key) + len(label) + 5:
                line.put(f"   {key}", self.strong).put(f" {label}", self.muted)
        return line

    @contextlib.contextmanager
    def without_keys(self) -> Iterator[None]:
        """For a picture to keep: in the place of the keys it says what made it."""
        self._hidden = True
        self.redraw()
        try:
            yield
        finally:
            self._hidden = False
            self.redraw()

    def _ending(self, snapshot: Snapshot, width: int) -> Strip:
        warn = self.badge(self.theme.warn)
        flying = numbers.count(snapshot.sample.in_flight)
        text = f" Draining: {flying} replies in flight. Press q again to stop now."
        if len(text) > width:
            text = f" Draining: {flying} in flight. Press q again to stop now."
        if self.stopping or snapshot.sample.phase == "done":
            text = " Saving the record."
        return Line(width, warn).put(text, warn).strip()

"""What the agents say to each other, scrolling by at a pace that can be read."""

from collections import deque
from collections.abc import Callable

from textual.strip import Strip

from stress.events import Message
from stress.fold.replies import without_text
from stress.fold.snapshot import Snapshot
from tui.pace import Pace
from tui.panels.panel import Panel
from tui.plain_text import shortened, wrapped
from tui.theme import Theme

_LINES = 2
"""A message takes at most this many lines."""
_NAMED = 3
"""So many of a message's receivers are named; the others are counted."""
_INDENT = 6


class Conversation(Panel[Snapshot]):
    """`a17 → a03: …`, the newest at the bottom."""

    moves = True

    def __init__(self, name: str, clock: Callable[[], float]) -> None:
        super().__init__(name)
        self._clock = clock
        self._pace = Pace()
        self._messages: deque[Message] = deque(maxlen=200)
        self._lines: dict[tuple[int, int, bool], list[Strip]] = {}

    def show(self, shown: Snapshot | None) -> None:
        """Take the messages whose time has come, and draw; a recorded run that went back begins anew."""
        if shown is not None:
            if self.shown is not None and shown.sample.t < self.shown.sample.t:
                self._begin_anew()
            fresh = self._pace.take(shown.talk, self._clock())
            self._messages.extend(fresh)
            if len(fresh) == 1:
                self._pace.took_lines(len(self._broken(fresh[0], max(1, self.size.width))[1]))
        super().show(shown)

    def use_theme(self, theme: Theme) -> None:
        self._lines.clear()
        super().use_theme(theme)

    def set_safe(self, on: bool) -> None:
        super().set_safe(on)
        self._begin_anew()

    def _begin_anew(self) -> None:
        self._pace = Pace()
        self._messages.clear()
        self._lines.clear()

    def draw(self, snapshot: Snapshot, width: int, height: int) -> list[Strip]:
        every = self._pace.one_of(self._clock())
        notes = without_text(snapshot.sample.only_thoughts, snapshot.sample.empty)
        notes.append("every message" if every == 1 else f"1 of {every} messages")
        bar = self.title_line(width, "CONVERSATION", ", ".join(notes))
        if snapshot.about.random_weights:
            bar.right(" random weights: gibberish ", self.bar_ink(self.theme.warn))
        title = bar.strip()
        if not self._messages:
            return [title, self.line(width).put("nobody has said anything yet", self.muted).strip()]
        known, self._lines = self._lines, {}
        lines: list[Strip] = []
        newest = self._messages[-1]
        for message in reversed(self._messages):
            key = (id(message), width, message is newest)
            self._lines[key] = known.get(key) or self._strips(message, width, message is newest)
            lines[:0] = self._lines[key]
            if len(lines) >= height - 1:
                break
        return [title, *lines[max(0, len(lines) - height + 1) :]]

    def _broken(self, message: Message, width: int) -> tuple[str, list[str]]:
        """Who writes to whom, and the text in lines."""
        names = [shortened(name, 32) for name in message.to]
        more = f" +{len(names) - _NAMED}" if len(names) > _NAMED else ""
        to = f" → {', '.join(names[:_NAMED])}{more}" if names else ""
        head = f"{shortened(message.sender, 32)}{to}{' (thinking)' * message.thoughts}: "
        first = max(2, width - 2 - len(head))
        return head, wrapped(message.text, first, max(2, width - _INDENT), _LINES) or ["(nothing)"]

    def _strips(self, message: Message, width: int, newest: bool) -> list[Strip]:
        head, texts = self._broken(message, width)
        theme = self.theme
        style = self.ink(theme.muted if message.thoughts else theme.strong if newest else theme.text)
        first = self.line(width).put(head, self.ink(self.theme.agents, bold=True)).put(texts[0], style)
        rest = [self.line(width).to(_INDENT - 1).put(text, style) for text in texts[1:]]
        return [line.strip() for line in (first, *rest)]

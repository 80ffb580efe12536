"""One agent: who it is, what it does, its numbers, its mail, and what it said and heard."""

from textual.strip import Strip

from stress.events import AgentState, Message
from stress.fold.agent_view import AgentView
from stress.fold.snapshot import Snapshot
from stress.scenario.cast import index_of
from tui import numbers
from tui.panels.agents import STATES, state_colour
from tui.panels.panel import Panel
from tui.plain_text import shortened, wrapped

_HEAD = 5
"""Lines above the transcript."""
_LINES = 3
"""A message takes at most this many."""


class AgentCard(Panel[Snapshot]):
    """What a snapshot has of the watched agent."""

    def draw(self, snapshot: Snapshot, width: int, height: int) -> list[Strip]:
        view = snapshot.watched
        if view is None:
            return [self.title_line(width, "AGENT", "No agent is chosen. Press / to find one.").strip()]
        part, index = view.part, index_of(view.name)
        title = self.title_line(width, f"AGENT {view.name}", "" if part is None else part.name)
        state = AgentState(snapshot.cells[index]) if index < len(snapshot.cells) else AgentState.GONE
        title.right(f" {STATES[state].glyph} {STATES[state].word} ", self.badge(state_colour(self.theme, state)))
        who = "" if part is None else f"{part.name} is {part.who}"
        lines = [title.strip()]
        shown = [*wrapped(who, width - 2, width - 2, 2), "", ""][:2]
        lines += [self.line(width).put(text, self.plain).strip() for text in shown]
        lines.append(self._numbers(view, width))
        waiting = f"{len(view.inbox)} unanswered" if view.inbox else "all answered"
        lines.append(self.title_line(width, "SAID AND HEARD", f"its newest messages, {waiting}").strip())
        return [*lines, *self._talk(view, width, max(0, height - _HEAD))]

    def _numbers(self, view: AgentView, width: int) -> Strip:
        line = self.line(width)
        for label, value in (
            ("replies", numbers.count(view.replies)),
            ("failed", numbers.count(view.failed)),
            ("tokens", numbers.count(view.output_tokens)),
            ("mean TTFT", f"{numbers.milliseconds(view.mean_ttft_ms)} ms"),
            ("mean E2EL", f"{numbers.milliseconds(view.mean_e2el_ms)} ms"),
        ):
            if line.room > len(label) + len(value) + 4:
                line.put(f"{label} ", self.muted).put(f"{value}   ", self.strong)
        return line.strip()

    def _talk(self, view: AgentView, width: int, rows: int) -> list[Strip]:
        """The newest at the bottom, whole messages only."""
        waits = {message.id for message in view.inbox}
        drawn: list[list[Strip]] = []
        for message in reversed(view.transcript):
            block = self._message(view, message, message.id in waits, width)
            if sum(map(len, drawn)) + len(block) > rows:
                break
            drawn.append(block)
        return [line for block in reversed(drawn) for line in block]

    def _message(self, view: AgentView, message: Message, waits: bool, width: int) -> list[Strip]:
        said = message.sender == view.name
        others = ", ".join(message.to[:3]) + (f" +{len(message.to) - 3}" if len(message.to) > 3 else "")
        whom = f"→ {others}" if said else f"{'✉' if waits else '←'} {message.sender}"
        head = shortened(f"{whom}{' (thinking)' * message.thoughts}:", width // 2) + " "
        style = self.ink(self.theme.tokens if said else self.theme.agents, bold=True)
        ink = self.muted if message.thoughts else self.plain
        first, *rest = wrapped(message.text, max(2, width - 2 - len(head)), max(2, width - 5), _LINES) or ["(nothing)"]
        lines = [self.line(width).put(head, style).put(first, ink).strip()]
        return [*lines, *(self.line(width).put(f"    {line}", ink).strip() for line in rest)]

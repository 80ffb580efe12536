"""A burst's requests: a column each that rises with its tokens, so that the slow ones stand out."""

from collections import Counter
from functools import lru_cache
from operator import attrgetter
from typing import NamedTuple

from textual.strip import Strip

from stress.events import AgentState
from stress.fold.burst_requests import FAILED, OPEN, REPLIED
from stress.fold.snapshot import Snapshot
from tui import numbers
from tui.draw.cells import RISING, Cell, eighths, segments
from tui.panels.agents import STATES
from tui.panels.panel import Panel
from tui.theme import paint

_WIDEST = 8
"""Cells of a column, the gap beside it included."""
_GOOD_ROWS = 4
"""Lines that show how high a column is well enough."""


class Column(NamedTuple):
    """One request as it is drawn. Of several in one column, the least is drawn: the one that is furthest behind."""

    share: float
    """Of the tokens that were asked for, from 0 to 1."""
    colour: str
    """The name of its colour in a `Theme`."""
    glyph: str = ""
    """At its foot, where it has no height."""
    word: str = ""
    """What it does, as the title counts it."""


_REPLIED = Column(1.0, "tokens_area", word="done")
_FAILED = Column(0.0, "bad", "×", "failed")
_NOT_SENT = Column(0.0, "track", word="not sent")


class Requests(Panel[Snapshot]):
    """A column for each request, several rows of them where they do not fit beside each other."""

    def draw(self, snapshot: Snapshot, width: int, height: int) -> list[Strip]:
        columns = self._columns(snapshot)
        rows, across = height - 1, width - 2
        each = max(1, -(-len(columns) // max(1, across * rows)))
        title = self._title(snapshot, columns, each, width)
        if rows < 1 or across < 1 or not columns:
            return [title]
        shown = [min(columns[at : at + each]) for at in range(0, len(columns), each)]
        bands = min(rows, -(-len(shown) // across))
        while rows // (bands + 1) >= _GOOD_ROWS and 2 * -(-len(shown) // bands) > across:
            bands += 1  # there is room for gaps between the columns
        in_band = -(-len(shown) // bands)
        wide = min(_WIDEST, across // in_band)
        tall = rows // bands
        apart = bands > 1 and tall > 2
        strips = []
        for at in range(0, len(shown), in_band):
            for line in self._band(shown[at : at + in_band], wide, tall - apart):
                cells: list[Cell] = [(" ", self.plain), *line]
                strips.append(Strip(segments(cells)).adjust_cell_length(width, self.plain))
            strips += [self.line(width).strip()] * apart
        return [title, *strips]

    def _band(self, columns: list[Column], wide: int, rows: int) -> list[list[Cell]]:
        """Columns beside each other, in so many lines."""
        body, gap = (wide - 1, 1) if wide > 1 else (1, 0)
        lines: list[list[Cell]] = []
        for row in range(rows):
            line: list[Cell] = []
            for column in columns:
                style = paint(getattr(self.theme, column.colour), self.theme.track)
                height = eighths(column.share, 1.0, rows) - 8 * (rows - 1 - row)
                text = RISING[max(0, min(8, height))] * body
                if column.glyph and row == rows - 1:
                    text = f"{column.glyph:^{body}}"
                line += [(char, style) for char in text]
                line += [(" ", self.plain)] * gap
            lines.append(line)
        return lines

    def _columns(self, snapshot: Snapshot) -> list[Column]:
        burst, requests = snapshot.about.burst, snapshot.requests
        if burst is None:
            return []
        number = max(len(requests.tokens), min(burst.concurrency, burst.requests))
        padded = (requests.ended.ljust(number, b"\0"), snapshot.cells.ljust(number, b"\0"))
        tokens = (*requests.tokens, *[None] * (number - len(requests.tokens)))
        return [_column(*request, burst.tokens) for request in zip(tokens, *padded, strict=False)]

    def _title(self, snapshot: Snapshot, columns: list[Column], each: int, width: int) -> Strip:
        """What is drawn; how many requests do what, and how far the slowest is."""
        asked = numbers.count(None if snapshot.about.burst is None else snapshot.about.burst.tokens)
        words = Counter(map(attrgetter("word"), columns))
        counts = [f"{numbers.count(words[word])} {word}" for word in ("generating", "waiting", "failed") if words[word]]
        known = [column.share for column in columns if column.word == "generating" and not column.glyph]
        if known:
            counts.append(f"slowest at {numbers.share(min(known))}")
        line = self.title_line(width, "REQUESTS").right(f"{' · '.join(counts)} ", self.bar_ink(self.theme.text))
        notes = [f"a column each, full at {asked} tokens", f"full at {asked} tokens"]
        if each > 1:
            notes = [f"a column for {each}: the slowest of them", f"{each} a column"]
        elif words["generating"] and not known:
            notes = ["older record: states only", "states only"]
        fitting = (f" {note}" for note in notes if len(note) + 1 < line.room)
        return line.put(next(fitting, ""), self.bar_ink(self.theme.muted)).strip()


@lru_cache(4096)  # there may be thousands of requests, ten times a second
def _column(tokens: int | None, ended: int, state: int, asked: int) -> Column:
    """A request with so many tokens of those asked for; `ended` as in `BurstRequests`, `state` an AgentState."""
    if ended != OPEN:
        return {REPLIED: _REPLIED, FAILED: _FAILED}[ended]
    if state not in (AgentState.WAITING, AgentState.GENERATING):
        return _NOT_SENT
    look = STATES[AgentState(state)]
    if state == AgentState.WAITING or tokens is None:
        return Column(0.0, look.colour, look.glyph, look.word)
    return Column(min(1.0, tokens / max(1, asked)), look.colour, word=look.word)

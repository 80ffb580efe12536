"""One cell an agent, coloured by what the agent does, with a glyph as well."""

import math
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from rich.style import Style
from textual.strip import Strip

from stress.events import AgentState
from stress.fold.snapshot import Snapshot
from stress.fold.waiting import Waiting
from stress.scenario.cast import handle
from tui import numbers
from tui.draw.cells import Cell, segments
from tui.draw.digits import MEDIUM, SMALL, Face, big_number
from tui.draw.line import Line
from tui.panels.panel import Panel
from tui.theme import Theme, paint


class Appearance(NamedTuple):
    """How a state is shown."""

    glyph: str
    word: str
    """What it means stands in the help."""
    colour: str
    """The name of its colour in a `Theme`."""


STATES = {
    AgentState.GENERATING: Appearance(">", "generating", "tokens"),
    AgentState.THINKING: Appearance("?", "thinking", "thinking"),
    AgentState.WAITING: Appearance("…", "waiting", "waiting"),
    AgentState.IDLE: Appearance("·", "idle", "idle"),
    AgentState.FAILED: Appearance("×", "failed", "bad"),
    AgentState.DONE: Appearance("✓", "done", "tokens_area"),
    AgentState.GONE: Appearance(" ", "not there", "track"),
}
"""In the legend's order, which leaves out those that are gone."""
_ENDED = (AgentState.DONE, AgentState.FAILED)
"""All that there is once a run is done, and not before."""


LONG_S = 2.0
"""A reader who has waited this long for a first token notices."""
_LARGE_FROM = 11
"""From this height on, who waits is shown in large digits; below, in the title bar."""
_MEDIUM_FROM = (61, 18)
"""From this width and height on, in larger ones."""


class Tile(NamedTuple):
    """The size of an agent's cell, its margin included. The margin is half a cell at the right and below."""

    width: int
    height: int


_SIZES = (
    *((30, 9), (20, 6), (14, 4), (10, 3), (8, 3), (8, 2), (6, 2)),
    *((7, 1), (6, 1), (4, 2), (4, 1), (3, 1), (2, 1), (1, 1)),
)
_TILES = tuple(Tile(*size) for size in _SIZES)


class Grid(NamedTuple):
    """How agents are laid out: the tile, how many tiles a row holds, how many agents each stands for."""

    tile: Tile
    columns: int
    each: int


def fit(agents: int, width: int, height: int) -> Grid:
    """The grid with the largest tiles that has room for this many agents; several agents a tile if it must."""
    for tile in _TILES:
        across = width // tile.width
        if across * (height // tile.height) >= agents:
            return Grid(tile, across, 1)
    places = max(1, width * height)
    return Grid(Tile(1, 1), max(1, width), -(-agents // places))


def waiting_words(waiting: Waiting) -> tuple[str, ...]:
    """`150 agents wait, the longest 32 s`, and shorter; nothing where nobody waits."""
    if waiting.longest_s is None:
        return ()
    number, seconds = numbers.count(waiting.agents), numbers.wait(waiting.longest_s)
    agents = "1 agent waits" if waiting.agents == 1 else f"{number} agents wait"
    return f"{agents}, the longest {seconds}", f"{number} wait, longest {seconds}", f"{number} wait"


def is_long(waiting: Waiting) -> bool:
    """Someone has waited for so long that it is worth telling."""
    return (waiting.longest_s or 0.0) >= LONG_S


def most_common(states: bytes) -> AgentState:
    """What most of these agents do; of equals, the liveliest. Those that are gone count only if all are."""
    present = Counter(state for state in states if state != AgentState.GONE)
    if not present:
        return AgentState.GONE
    return AgentState(max(present, key=lambda state: (present[state], state)))


class Agents(Panel[Snapshot]):
    """The population as a grid. Places of agents that have not joined yet are there from the start."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self._long_from = math.inf
        """When in the run an agent had first waited for long, in seconds."""

    def draw(self, snapshot: Snapshot, width: int, height: int) -> list[Strip]:
        cells = snapshot.cells
        if is_long(snapshot.waiting):
            self._long_from = min(self._long_from, snapshot.sample.t)
        # Where nobody waits for long, the grid has all the room; once someone has, it keeps its tiles to the end.
        large = height >= _LARGE_FROM and snapshot.sample.t >= self._long_from
        foot = self._legend(cells, width)
        if len(foot) > max(3, height // 3):
            foot = self._legend(cells, width, words=False)
        if large:
            gap = [self.line(width).strip()] if height >= _MEDIUM_FROM[1] else []
            foot = [*self._waiting(snapshot, width, height), *gap, *foot]
        places = max([1, len(cells), *(agents for _, agents in snapshot.about.plan.points)])
        rows = max(1, height - 1 - len(foot))
        grid = fit(places, width - 2, rows)
        strips = [self._title(grid, None if large else snapshot.waiting, width)]
        margin: Cell = (" ", self.plain)
        for row in self._rows(cells, places, grid)[:rows]:
            line = [margin, *row][:width]
            strips.append(Strip([*segments(line), *segments([margin] * (width - len(line)))], width))
        strips += [self.line(width).strip()] * (height - len(strips) - len(foot))
        return [*strips, *foot]

    def _title(self, grid: Grid, waiting: Waiting | None, width: int) -> Strip:
        """What a cell is; or, where it has to be told here, who waits."""
        if waiting is not None and is_long(waiting):
            room = width - len(" AGENTS  ")
            words = next((text for text in waiting_words(waiting) if len(text) < room), "")
            line = self.title_line(width, "AGENTS").put(f" {words}", self.bar_ink(self.theme.waiting, bold=True))
            return line.strip()
        note = "one cell each" if grid.each == 1 else f"1 cell = {grid.each} agents"
        if grid.each > 1 and width >= 48:
            note += ", by majority"
        return self.title_line(width, "AGENTS", note).strip()

    def _waiting(self, snapshot: Snapshot, width: int, height: int) -> list[Strip]:
        """How many wait for a first token and for how long, in large digits: bright while that is long."""
        waiting = snapshot.waiting
        face = MEDIUM if width >= _MEDIUM_FROM[0] and height >= _MEDIUM_FROM[1] else SMALL
        style = self.ink(self.theme.waiting if is_long(waiting) else self.theme.muted)
        lines = [self.line(width) for _ in range(face.rows)]
        seconds = "" if waiting.longest_s is None else numbers.seconds(waiting.longest_s)
        agents = numbers.count(waiting.agents)
        self._beside(lines, agents, ("agent waits" if waiting.agents == 1 else "agents wait").split(), face, style)
        if seconds:
            self._beside(lines, seconds, ("seconds", "longest"), face, style)
        return [line.strip() for line in lines]

    def _beside(self, lines: list[Line], number: str, words: Sequence[str], face: Face, style: Style) -> None:
        """A number in large digits, at the right of a place for three of them, and words below each other beside it."""
        before = max(0, face.span("999") - face.span(number))
        for row, (line, digits) in enumerate(zip(lines, big_number(number, face), strict=True)):
            word = words[row] if row < len(words) else ""
            line.put(" " * before, self.plain).put(digits, style).put(f" {word:<8} ", self.plain)

    def _rows(self, cells: bytes, places: int, grid: Grid) -> list[list[Cell]]:
        tiles = -(-places // grid.each)
        states = [most_common(cells[at : at + grid.each]) for at in range(0, tiles * grid.each, grid.each)]
        # Either every tile has room for its agent's name, or none has one.
        named = grid.tile.width - 1 >= len(handle(places - 1)) + 2
        lines: list[list[Cell]] = []
        for start in range(0, tiles, grid.columns):
            row: list[list[Cell]] = [[] for _ in range(grid.tile.height)]
            for index in range(start, min(tiles, start + grid.columns)):
                name = handle(index) if named else ""
                self._tile(row, name, states[index], grid.tile)
            lines += row
        return lines

    def _tile(self, row: list[list[Cell]], name: str, state: AgentState, tile: Tile) -> None:
        """Add one tile to the lines of its row."""
        theme, glyph = self.theme, STATES[state].glyph
        colour = state_colour(theme, state)
        face = paint(_face_ink(theme, state), colour, state == AgentState.GENERATING)
        if tile.width == 1:
            row[0].append((glyph, face))
            return
        # On the ground's own colour only the glyph shows: no edges.
        right, below, corner = "   " if colour == theme.ground else "▌▀▘"
        edge, body = self.ink(colour), tile.width - 1
        text = f"{f'{name} {glyph}' if name and state != AgentState.GONE else glyph:^{body}}"
        label = 0 if tile.height < 3 else (tile.height - 1) // 2
        for y, line in enumerate(row):
            if y == tile.height - 1 and y > 0:
                line.extend([(below, edge)] * body)
                line.append((corner, edge))
            else:
                line.extend((char, face) for char in (text if y == label else " " * body))
                line.append((right, edge))

    def _legend(self, cells: bytes, width: int, words: bool = True) -> list[Strip]:
        """Every state with its colour, glyph, word and count, on as many lines as that takes."""
        found = Counter(cells)
        shown = _ENDED if found[AgentState.DONE] else [state for state in STATES if state != AgentState.DONE]
        digits = max(3, len(numbers.count(len(cells))))
        lines: list[Line] = [self.line(width)]
        for state, seen in STATES.items():
            if state == AgentState.GONE or state not in shown:
                continue
            entry = f"{f' {seen.word}' * words} {numbers.count(found[state]):<{digits}} "
            if lines[-1].room < len(entry) + 3:
                lines.append(self.line(width))
            style = paint(_face_ink(self.theme, state), state_colour(self.theme, state), bold=True)
            lines[-1].put(f" {seen.glyph} ", style).put(entry, self.plain)
        return [line.strip() for line in lines]


def state_colour(theme: Theme, state: AgentState) -> str:
    """The colour that stands for this state."""
    colour: str = getattr(theme, STATES[state].colour)
    return colour


def _face_ink(theme: Theme, state: AgentState) -> str:
    """The colour of what is written on this state's colour."""
    return theme.text if state == AgentState.IDLE else theme.ink

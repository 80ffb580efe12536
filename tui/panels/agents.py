"""One cell an agent, coloured by what the agent does, with a glyph as well."""

from collections import Counter
from typing import NamedTuple

from textual.strip import Strip

from stress.events import AgentState
from stress.fold.snapshot import Snapshot
from stress.scenario.cast import handle
from tui import numbers
from tui.draw.cells import Cell, segments
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
    AgentState.DONE: Appearance("✓", "done", "overlap"),
    AgentState.GONE: Appearance(" ", "not there", "track"),
}
"""In the legend's order, which leaves out those that are gone."""
_ENDED = (AgentState.DONE, AgentState.FAILED)
"""All that there is once a run is done, and not before."""


class Tile(NamedTuple):
    """The size of an agent's cell, its margin included. The margin is half a cell at the right and below."""

    width: int
    height: int


_SIZES = ((10, 3), (8, 3), (8, 2), (6, 2), (7, 1), (6, 1), (4, 2), (4, 1), (3, 1), (2, 1), (1, 1))
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


def most_common(states: bytes) -> AgentState:
    """What most of these agents do; of equals, the liveliest. Those that are gone count only if all are."""
    present = Counter(state for state in states if state != AgentState.GONE)
    if not present:
        return AgentState.GONE
    return AgentState(max(present, key=lambda state: (present[state], state)))


class Agents(Panel[Snapshot]):
    """The population as a grid. Places of agents that have not joined yet are there from the start."""

    def draw(self, snapshot: Snapshot, width: int, height: int) -> list[Strip]:
        cells = snapshot.cells
        legend = self._legend(cells, width)
        places = max([1, len(cells), *(agents for _, agents in snapshot.about.plan.points)])
        rows = max(1, height - 1 - len(legend))
        grid = fit(places, width - 2, rows)
        note = "one cell each" if grid.each == 1 else f"1 cell = {grid.each} agents"
        if grid.each > 1 and width >= 48:
            note += ", by majority"
        strips = [self.title_line(width, "AGENTS", note).strip()]
        margin: Cell = (" ", self.plain)
        for row in self._rows(cells, places, grid)[:rows]:
            line = [margin, *row][:width]
            strips.append(Strip([*segments(line), *segments([margin] * (width - len(line)))], width))
        strips += [self.line(width).strip()] * (height - len(strips) - len(legend))
        return [*strips, *legend]

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

    def _legend(self, cells: bytes, width: int) -> list[Strip]:
        """Every state with its colour, glyph and count, on as many lines as that takes."""
        found = Counter(cells)
        shown = _ENDED if found[AgentState.DONE] else [state for state in STATES if state != AgentState.DONE]
        digits = max(3, len(numbers.count(len(cells))))
        lines: list[Line] = [self.line(width)]
        for state, seen in STATES.items():
            if state == AgentState.GONE or state not in shown:
                continue
            entry = f" {seen.word} {numbers.count(found[state]):<{digits}} "
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

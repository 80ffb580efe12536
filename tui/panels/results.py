"""The results card: a poster of what a run came to, kept until the viewer leaves."""

from collections.abc import Sequence
from dataclasses import dataclass

from rich.cells import cell_len
from rich.style import Style
from textual.strip import Strip

from stress.duel.lead import SIDES
from stress.fold.snapshot import Snapshot
from tui import numbers
from tui.draw.cells import bar
from tui.draw.digits import LARGE, MEDIUM, SMALL, Face, big_number
from tui.draw.scale import Axis
from tui.duel.curve import SideCurve
from tui.panels.curve import Curve
from tui.panels.header import top_line
from tui.panels.panel import Panel
from tui.plain_text import plain_text, shortened, whole_parts

CARD = "card"
_FACES = (Face(14, 22, 3), Face(11, 18, 3), LARGE, MEDIUM, SMALL)
_ROOMY, _TALL = 30, 50
"""From so many lines on there are empty lines between the parts; two of them."""
_SUBTITLE_FROM = 18
"""Lines from which on the work is named below the title."""
_CURVE = 6
"""Lines that the curve is worth drawing in, its title and axis included."""
_GAP = 3
"""Cells between the numbers."""
_LABEL = 9
"""Cells for a fact's label."""


@dataclass(frozen=True)
class Figure:
    """One of the numbers that are to be remembered."""

    value: float | None
    """None: not known."""
    unit: str
    words: str
    """What it is, in a few words; what follows a `·` is left out where there is no room."""
    colour: str
    """The name of its colour in a `Theme`."""
    digits: int = 0
    """After the point."""
    text: str = ""
    """In place of a value that is no number."""


@dataclass(frozen=True)
class Fact:
    """A line below the numbers."""

    label: str
    text: str
    rank: int
    """Where not all fit, those with the highest go first."""
    colour: str = "text"
    short: str = ""
    """In place of a text that does not fit."""


@dataclass(frozen=True)
class Plot:
    """A run's curve, and what it is called where there are several."""

    snapshot: Snapshot
    name: str = ""
    colour: str = "tokens"
    short_name: str = ""
    """Where there is no room for the name."""


@dataclass(frozen=True)
class Bar:
    """A value among others."""

    name: str
    value: float | None
    words: str
    best: bool = False


@dataclass(frozen=True, kw_only=True)
class Results:
    """What a run, a duel or a sweep came to."""

    command: str
    """Such as `ramp`."""
    title: str
    """Who was tried."""
    short_title: str = ""
    """Where there is no room for the title."""
    subtitle: str
    """At what, and on what."""
    seconds: float
    state: str = "done"
    figures: tuple[Figure, Figure, Figure]
    facts: tuple[Fact, ...] = ()
    plots: tuple[Plot, ...] = ()
    bars: tuple[Bar, ...] = ()


class ResultsCard(Panel[Results]):
    """Who was tried at what, three huge numbers, the curve, and the facts, at any size."""

    up = False
    """It covers the screen."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.logarithmic: bool | None = None
        """The axis of tok/s, as the viewer wants it; None: logarithmic where two curves share it."""
        axis = Axis()
        self._alone = Curve("result-curve", axis)
        self._sides = tuple(SideCurve(f"{side}-result-curve", side, axis) for side in SIDES)

    def draw(self, results: Results, width: int, height: int) -> list[Strip]:
        gap = (height >= _ROOMY) + (height >= _TALL)
        empty = [self.line(width).strip()] * gap
        top = [self._top(results, width), *empty[:1], *self._titles(results, width, height)]
        least = 2 if height < 18 else 4
        facts = [self._fact(fact, width) for fact in _kept(results.facts, max(least, height // 5))]
        room = height - len(top) - len(facts) - 3 * gap
        figures = self._figures(results.figures, width, min(room, max(5, (room - 2) // 2)))
        picture = self._picture(results, width, room - len(figures))
        lines = [*top, *empty, *figures, *empty, *picture]
        lines += [self.line(width).strip()] * (height - len(lines) - len(facts))
        return [*lines, *facts][:height]

    def _top(self, results: Results, width: int) -> Strip:
        theme = self.theme
        colours = {"done": theme.tokens, "failed": theme.bad}
        phase = results.state.upper(), colours.get(results.state, theme.warn)
        return top_line(self, width, f"STRESS {results.command.upper()}", results.seconds, phase).strip()

    def _titles(self, results: Results, width: int, height: int) -> list[Strip]:
        title = plain_text(results.title)
        if cell_len(title) > width - 2:
            title = results.short_title or title
        lines = [self._centred(title, self.strong, width)]
        if height >= _SUBTITLE_FROM and results.subtitle:
            lines.append(self._centred(results.subtitle, self.muted, width))
        return lines

    def _centred(self, text: str, style: Style, width: int) -> Strip:
        text = whole_parts(text, width - 2)
        return self.line(width).to(max(1, (width - cell_len(text)) // 2)).put(text, style).strip()

    # --- the numbers

    def _figures(self, figures: Sequence[Figure], width: int, rows: int) -> list[Strip]:
        """Side by side, in the largest digits in which all of them fit."""
        faces = [face for face in _FACES if face.rows <= rows - 2] or [SMALL]
        face, written, columns = next(
            ((face, *found) for face in faces if (found := _columns(figures, face, width))),
            (SMALL, *_thirds(figures, width)),
        )
        lines = [self.line(width) for _ in range(face.rows + 2)]
        left = 0
        for figure, (number, unit), column in zip(figures, written, columns, strict=True):
            colour = getattr(self.theme, figure.colour)
            if number:
                start = left + max(1, (column - face.span(number)) // 2)
                for line, row in zip(lines, big_number(number, face), strict=False):
                    line.to(start).put(row, self.ink(colour))
            words = figure.words if cell_len(figure.words) <= column - 2 else figure.words.partition(" · ")[0]
            said = "" if number else figure.text or numbers.NOT_KNOWN
            for line, text, style in (
                (lines[face.rows // 2], said, self.ink(colour, bold=True)),
                (lines[-2], _fitting_unit(unit, column - 2), self.ink(colour, bold=True)),
                (lines[-1], words, self.plain),
            ):
                if text:
                    fitting = shortened(text, column - 2)
                    line.to(left + max(1, (column - cell_len(fitting)) // 2)).put(fitting, style)
            left += column
        return [line.strip() for line in lines]

    # --- the picture

    def _picture(self, results: Results, width: int, rows: int) -> list[Strip]:
        if results.bars:
            return self._bars(results.bars, width, rows)
        plots = results.plots
        named = rows >= _CURVE and any(plot.name for plot in plots)
        if not plots or rows < _CURVE - 1:
            return []
        each = (width - len(plots) + 1) // len(plots)
        columns = []
        for place, plot in enumerate(plots):
            curve = self._alone
            if len(plots) == 2:
                curve = self._sides[place]
                curve.beside = plots[1 - place].snapshot
            curve.logarithmic = len(plots) == 2 if self.logarithmic is None else self.logarithmic
            curve.theme = self.theme
            lines = curve.draw(plot.snapshot, each, rows - named)
            columns.append([self._plot_name(plot, each), *lines] if named else lines)
        blank = Strip.blank(1, self.plain)
        joined = [Strip.join([part for strip in row for part in (strip, blank)]) for row in zip(*columns, strict=True)]
        return [strip.adjust_cell_length(width, self.plain) for strip in joined]

    def _plot_name(self, plot: Plot, width: int) -> Strip:
        line, name = self.line(width), plain_text(plot.name)
        if cell_len(name) > width - 4:
            name = plot.short_name or name
        return line.put(f" {whole_parts(name, width - 4)} ", self.badge(getattr(self.theme, plot.colour))).strip()

    def _bars(self, bars: Sequence[Bar], width: int, rows: int) -> list[Strip]:
        """A bar for each value, from zero, the best in its own colour; as many as fit, each as tall as fits."""
        shown = bars[: max(1, rows)]
        tall = max(1, min(6, rows // max(1, len(shown)) - 1))
        top = max((one.value or 0.0 for one in bars), default=0.0)
        names = min(width // 3, max(cell_len(one.name) for one in bars))
        words = max(cell_len(one.words) for one in bars)
        strips: list[Strip] = []
        for one in shown:
            colour = self.theme.tokens if one.best else self.theme.load
            for row in range(tall):
                line = self.line(width)
                first = row == tall // 2
                line.put(shortened(one.name, names) if first else "", self.strong if one.best else self.plain)
                line.to(names + 3).right(f" {one.words:>{words}} " if first else " " * (words + 2), self.strong)
                share = (one.value or 0.0) / top if top else 0.0
                line.extend(bar(share, max(0, line.room - 1), self.ink(colour), self.ink(self.theme.faint)))
                strips.append(line.strip())
            if tall > 1 or rows >= 2 * len(shown):
                strips.append(self.line(width).strip())
        return strips[:rows]

    # --- the facts

    def _fact(self, fact: Fact, width: int) -> Strip:
        line = self.line(width).put(f"{fact.label:<{_LABEL}} ", self.muted)
        text = fact.short if fact.short and cell_len(fact.text) > line.room - 1 else fact.text
        return line.put(whole_parts(text, line.room - 1), self.ink(getattr(self.theme, fact.colour))).strip()


def _kept(facts: Sequence[Fact], rows: int) -> list[Fact]:
    """The most important ones, in their order."""
    first = sorted(facts, key=lambda fact: fact.rank)[: max(0, rows)]
    return [fact for fact in facts if fact in first]


def _fitting_unit(unit: str, width: int) -> str:
    """`× as fast` of `× as fast as llama.cpp` where that is too long."""
    return unit if cell_len(unit) <= width else unit.rpartition(" as ")[0] or unit


Written = tuple[str, str]
"""A figure's digits and its unit; no digits where it is a text, or not known."""


def _columns(figures: Sequence[Figure], face: Face, width: int) -> tuple[list[Written], list[int]] | None:
    """The figures, and the width of each: what it needs and its share of the rest; None: they need more."""
    written = [_written(figure) for figure in figures]
    needs = [
        max(face.span(number) if number else 0, cell_len(figure.text), cell_len(figure.words.partition(" · ")[0]))
        + _GAP
        for figure, (number, _) in zip(figures, written, strict=True)
    ]
    spare = width - sum(needs)
    if spare < 0:
        return None
    return written, [need + (spare + place) // len(needs) for place, need in enumerate(needs)]


def _thirds(figures: Sequence[Figure], width: int) -> tuple[list[Written], list[int]]:
    """Rounded, and in thousands, where the digits do not fit; in equal columns."""
    column = width // len(figures)
    written = []
    for figure in figures:
        number, unit = _written(figure)
        if SMALL.span(number) > column - 2 and figure.value is not None:
            number = f"{figure.value:,.0f}"
            if figure.value >= 1000:
                number, unit = f"{figure.value / 1000:.3g}", f"k {unit}"
        written.append((number, unit))
    return written, [column] * len(figures)


def _written(figure: Figure) -> Written:
    if figure.value is None or figure.text:
        return "", figure.unit
    return f"{figure.value:,.{figure.digits}f}", figure.unit

"""One side of a duel: who it is, and its pace in large digits."""

from textual.strip import Strip

from stress.duel.lead import SideName
from stress.duel.snapshot import DuelSnapshot, SideView
from stress.fold.snapshot import Snapshot
from tui import numbers
from tui.draw.digits import SMALL, steady_number
from tui.draw.scale import Axis
from tui.panels.panel import Panel
from tui.plain_text import shortened
from tui.theme import Theme


def view_of(picture: DuelSnapshot, side: SideName) -> SideView:
    """Left's or right's."""
    return picture.left if side == "left" else picture.right


def side_colour(theme: Theme, side: SideName) -> str:
    """The colour that stands for this side."""
    return theme.tokens if side == "left" else theme.agents


class SideTitle(Panel[DuelSnapshot]):
    """Whose half of the screen it is, and what it does when it does not run."""

    def __init__(self, name: str, side: SideName) -> None:
        super().__init__(name)
        self._side = side

    def draw(self, picture: DuelSnapshot, width: int, height: int) -> list[Strip]:
        theme, view = self.theme, view_of(picture, self._side)
        line = self.bar_line(width).put(f" {self._side.upper()} ", self.badge(side_colour(theme, self._side)))
        line.put(" ", self.bar_ink(theme.text))
        if badges := ["• ghost"] * (view.note == "ghost") + ["done"] * view.over:
            line.right(f" {', '.join(badges)} ", self.bar_ink(theme.strong, bold=True))
        elif view.note and height == 1:  # there is no second line for it
            return [line.put(shortened(view.note, line.room - 1), self.bar_ink(theme.warn, bold=True)).strip()]
        line.put(shortened(view.words, line.room - 1), self.bar_ink(theme.strong, bold=True))
        about = None if view.snapshot is None else view.snapshot.about
        known = [] if about is None else [words for words in (about.target, about.model) if words != view.words]
        waits = bool(view.note) and view.note != "ghost"
        text, style = (view.note, self.ink(theme.warn)) if waits else (" · ".join(known), self.muted)
        return [line.strip(), self.line(width).put(shortened(text, width - 2), style).strip()]


class SidePace(Panel[DuelSnapshot]):
    """Output tokens a second in large digits; agents; the times to the first token on an axis that both share."""

    def __init__(self, name: str, side: SideName) -> None:
        super().__init__(name)
        self._side = side
        self._axis = Axis(least=1.0)

    def draw(self, picture: DuelSnapshot, width: int, height: int) -> list[Strip]:
        view = view_of(picture, self._side)
        if view.snapshot is None:
            return [self.line(width).strip()] * height
        sample = view.snapshot.sample
        before, digits = steady_number(
            numbers.count(sample.tok_s), width - 10, height - 3 if height >= 6 else SMALL.rows
        )
        style = self.ink(side_colour(self.theme, self._side))
        lines = [self.line(width).to(1 + before).put(row, style) for row in digits]
        window = f", {'its ' * view.over}last {sample.window_s:g} s"
        lines[-1].put("  tok/s", self.ink(self.theme.text, bold=True))
        if lines[-1].room > len(window):
            lines[-1].put(window, self.muted)
        agents = self.line(width).put("agents ", self.muted).put(f"{numbers.count(sample.agents):>6}", self.strong)
        agents.put("  in flight ", self.muted).put(f"{numbers.count(sample.in_flight):>6}", self.strong)
        gaps = f"{numbers.milliseconds(sample.itl_ms.p50)} ms"
        if agents.room >= len("  ITL p50 ") + len(gaps):
            agents.put("  ITL p50 ", self.muted).put(gaps, self.strong)
        lines.append(agents)
        top = self._axis.fit(max(_ttfts(picture), default=1.0))
        percentiles = (("TTFT p50", sample.ttft_ms.p50), ("TTFT p99", sample.ttft_ms.p99))
        for name, value in percentiles[: max(0, height - len(lines))]:
            line = self.line(width).put(f"{name} ", self.muted)
            line.right(f"{numbers.milliseconds(value):>8} ms ", self.strong)
            lines.append(line.extend(self.load_bar(None if value is None else value / top, line.room - 1)))
        return [line.strip() for line in lines]


def _ttfts(picture: DuelSnapshot) -> list[float]:
    shown: list[Snapshot] = [view.snapshot for view in (picture.left, picture.right) if view.snapshot is not None]
    found = [value for snapshot in shown for value in (snapshot.sample.ttft_ms.p50, snapshot.sample.ttft_ms.p99)]
    return [value for value in found if value is not None]

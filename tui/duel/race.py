"""Two race bars a side, on the same scales: the tokens so far, and the rate."""

from textual.strip import Strip

from stress.duel.lead import SIDES, SideName
from stress.duel.snapshot import DuelSnapshot
from stress.fold.snapshot import Snapshot
from stress.view.duel_words import names_of
from tui import numbers
from tui.draw.cells import bar
from tui.draw.line import Line
from tui.duel.side import side_colour, view_of
from tui.panels.panel import Panel
from tui.plain_text import shortened

_NAME = 16
"""Cells that a name may take."""
_FIGURE = len(" 9,999,999 ")


class Race(Panel[DuelSnapshot]):
    """At the left the tokens so far, at the right the rates: both sides' bars below each other."""

    def draw(self, picture: DuelSnapshot, width: int, height: int) -> list[Strip]:
        half = (width - 1) // 2
        shown = {side: view_of(picture, side).snapshot for side in SIDES}
        done = [view_of(picture, side).over for side in SIDES]
        over = any(done)
        groups = (
            self._group(
                picture,
                "TOKENS IN ALL" if all(done) else "TOKENS SO FAR",
                {side: _tokens(one) for side, one in shown.items()},
                half,
                height,
            ),
            self._group(
                picture,
                "TOK/S, WHOLE RUN" if all(done) else "TOK/S, AVERAGE" if over else "TOK/S NOW",
                {side: _rate(one, over) for side, one in shown.items()},
                width - half - 1,
                height,
            ),
        )
        gap = Line(1, self.plain).strip()
        return [Strip.join([left, gap, right]) for left, right in zip(*groups, strict=True)]

    def _group(
        self, picture: DuelSnapshot, title: str, values: dict[SideName, float | None], width: int, height: int
    ) -> list[Strip]:
        """The title, and a bar a side, each of as many lines as there is room for."""
        top = max((value for value in values.values() if value), default=0.0)
        names = {side: shortened(names_of(picture).of(side), min(_NAME, width // 3)) for side in SIDES}
        label = max(map(len, names.values()))
        strips = [self.line(width).put(title, self.muted).strip()]
        tall = max(1, (height - 1) // len(SIDES))
        for side, value in values.items():
            ink = self.ink(side_colour(self.theme, side))
            for row in range(tall):
                line = self.line(width)
                named = row == tall // 2
                line.put(
                    f"{names[side] if named else '':<{label}} ", self.ink(side_colour(self.theme, side), bold=True)
                )
                figure = "–" if value is None else numbers.count(value)
                line.right(f"{figure if named else '':>{_FIGURE - 1}} ", self.strong)
                share = None if not value or not top else value / top
                line.extend(bar(share, line.room, ink, self.ink(self.theme.faint), whole=row < tall - 1))
                strips.append(line.strip())
        return strips


def _tokens(snapshot: Snapshot | None) -> float | None:
    return None if snapshot is None else snapshot.sample.output_tokens


def _rate(snapshot: Snapshot | None, over: bool) -> float | None:
    """Output tokens a second: now; once a side is over, the average, of one that still runs since its ramp began."""
    if snapshot is None or not over or snapshot.whole is not None:
        return None if snapshot is None else snapshot.sample.tok_s
    seconds = snapshot.sample.t - (snapshot.ramp_started or 0.0)
    return snapshot.sample.output_tokens / seconds if seconds > 0 else 0.0

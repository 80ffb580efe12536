"""The ratio in large digits, who leads and since when; and what the duel is."""

from rich.cells import cell_len
from textual.strip import Strip

from stress.duel.snapshot import DuelSnapshot
from stress.view.duel_words import Headline, headline, is_over
from tui import numbers
from tui.draw.digits import SMALL, best_face, big_number
from tui.duel.side import side_colour
from tui.duel.words import fitting
from tui.panels.header import top_line
from tui.panels.panel import Panel
from tui.plain_text import shortened

_GAP = "    "
_TITLED = 8
"""From this height on the panel has a title bar."""
_WORDS = 44
"""Cells that the words beside the digits need."""


class DuelHeader(Panel[DuelSnapshot]):
    """One line: what both are asked to do, the agents of now, the round, the phase and its clock."""

    def draw(self, picture: DuelSnapshot, width: int, height: int) -> list[Strip]:
        theme, running = self.theme, picture.running
        word = "START" if running is None else ("HELD" if running.held else running.sample.phase.upper())
        phase = word, theme.warn if word in ("HELD", "DRAIN") else theme.agents
        notes = [f"round {picture.round} of {picture.rounds}"] * (picture.rounds > 1)
        if running is not None:
            notes.append(f"{numbers.count(running.sample.agents)} agents")
        line = top_line(self, width, "STRESS DUEL", picture.clock, phase, f" {' · '.join(notes)} " if notes else "")
        about = None if running is None else running.about
        forms = () if about is None else (f"{about.scenario} · {about.plan.text}", about.plan.text, about.scenario, "")
        return [line.put(fitting(forms, line.room - 1), self.bar_ink(theme.text)).strip()]


class Score(Panel[DuelSnapshot]):
    """Large digits: how many times as fast the leader is; the same quantity live and in the verdict."""

    def draw(self, picture: DuelSnapshot, width: int, height: int) -> list[Strip]:
        told = headline(picture)
        titled = height >= _TITLED
        rows = height - titled
        number = f"{told.number}×" if told.number else ""
        face = best_face(number or "9.99×", width - _WORDS, rows) if rows >= SMALL.rows else SMALL
        digits = [""] * ((rows - face.rows) // 2) + big_number(number, face)
        digits += [""] * (rows - len(digits))
        span = face.span(number) if number else 0
        room = width - span - len(_GAP) - 3
        words = _beside(told, room)[:rows]
        start = max(1, (width - span - len(_GAP) - max(map(cell_len, words))) // 2)
        colour = self.theme.muted if told.leader is None else side_colour(self.theme, told.leader)
        first = (rows - len(words)) // 2
        lines = []
        for place, row in enumerate(digits):
            line = self.line(width).to(start).put(f"{row:<{span}}", self.ink(colour))
            line.put(_GAP, self.plain)
            if place == first:
                line.put(words[0], self.badge(colour))
            elif 0 < place - first < len(words):
                line.put(words[place - first], self.plain)
            lines.append(line.strip())
        if not titled:
            return lines
        note = "throughput at equal agents"
        return [self.title_line(width, "VERDICT" if is_over(picture) else "RATIO", note).strip(), *lines]


def _beside(told: Headline, room: int) -> list[str]:
    """The words beside the digits, each of at most so many cells: the title first, what has no room left out."""
    sign, meaning = "× " if told.number else "", told.meaning.partition(",")[0]
    forms = (f"{sign}{told.meaning}", f"{sign}{meaning}", f"{sign}{meaning.partition(' at ')[0]}")
    more = [text for text in told.more if cell_len(text) <= room]
    return [f" {shortened(told.title, room - 2)} ", fitting(forms, room), *more]

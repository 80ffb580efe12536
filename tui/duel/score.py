"""The ratio in large digits, who leads and since when; and what the duel is."""

from textual.strip import Strip

from stress.duel.snapshot import DuelSnapshot
from stress.view.duel_words import headline, is_over
from tui.draw.digits import SMALL, best_face, big_number
from tui.duel.side import side_colour
from tui.panels.header import top_line
from tui.panels.panel import Panel
from tui.plain_text import shortened

_WORDS = 44
"""Cells that the words beside the digits need."""


class DuelHeader(Panel[DuelSnapshot]):
    """One line: what both are asked to do, the round, the phase and its clock."""

    def draw(self, picture: DuelSnapshot, width: int, height: int) -> list[Strip]:
        theme, running = self.theme, picture.running
        word = "START" if running is None else ("HELD" if running.held else running.sample.phase.upper())
        phase = word, theme.warn if word in ("HELD", "DRAIN") else theme.agents
        rounds = f" round {picture.round} of {picture.rounds} " if picture.rounds > 1 else ""
        line = top_line(self, width, "STRESS DUEL", picture.clock, phase, rounds)
        about = None if running is None else running.about
        words = "" if about is None else f"{about.scenario} · {about.plan.text}"
        return [line.put(shortened(words, line.room - 1), self.bar_ink(theme.text)).strip()]


class Score(Panel[DuelSnapshot]):
    """Large digits: how many times the other's tok/s the leader makes; the same at the end, as the verdict has it."""

    def draw(self, picture: DuelSnapshot, width: int, height: int) -> list[Strip]:
        head = headline(picture)
        leader, number = head.leader, head.number
        words = [head.title, head.meaning, *head.more[:1]]
        rows = height - 2 if height >= 6 else height
        face = best_face(number or "9.99", width - _WORDS, rows) if rows >= SMALL.rows else SMALL
        digits = big_number(number, face)
        span = face.span(number) if number else 0
        start = max(1, (width - span - 6 - max(map(len, words))) // 2)
        colour = self.theme.muted if leader is None else side_colour(self.theme, leader)
        lines = []
        for place, row in enumerate(digits):
            line = self.line(width).to(start).put(row, self.ink(colour))
            last = place == len(digits) - 1
            line.put(" ×" if last and number else "  ", self.ink(colour, bold=True)).put("   ", self.plain)
            at = place - (len(digits) - len(words)) // 2
            if 0 <= at < len(words):
                style = self.ink(colour, bold=True) if at == 0 else self.plain
                line.put(shortened(words[at], line.room), style)
            lines.append(line.strip())
        if height < 6:
            return lines
        title = self.title_line(width, "VERDICT" if is_over(picture) else "RATIO", "")
        return [title.strip(), *lines, self.line(width).strip()]

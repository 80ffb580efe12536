"""The ratio in large digits, who leads and since when; and what the duel is."""

from textual.strip import Strip

from stress.duel.lead import SideName
from stress.duel.snapshot import DuelSnapshot
from stress.units import format_duration
from stress.view.duel_words import ratio_words, turned, verdict_sentence
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
    """Large digits: how many times the other's tok/s the leader makes; at the end, the verdict's ratio."""

    def draw(self, picture: DuelSnapshot, width: int, height: int) -> list[Strip]:
        over = self._over(picture)
        leader, number, words = self._verdict(picture) if over else self._live(picture)
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
        live = ("RATIO", "tok/s of the leader over the other's, last 5 s")
        title = self.title_line(width, *(("VERDICT", "of both whole runs") if over else live))
        return [title.strip(), *lines, self.line(width).strip()]

    def _over(self, picture: DuelSnapshot) -> bool:
        running = picture.running
        finished = running is None or running.sample.phase == "done"
        return picture.verdict is not None and picture.round == picture.rounds and finished

    def _live(self, picture: DuelSnapshot) -> tuple[SideName | None, str, list[str]]:
        """The leader, its digits, and three lines of words."""
        lead = picture.lead
        leader, ratio, total = lead.leader, lead.ratio, lead.tokens_ratio
        if leader == "right":
            ratio, total = (1 / value if value else None for value in (ratio, total))
        if ratio is None and leader is None:
            return None, "", ["no ratio yet", "both sides have to run", ""]
        number = "" if ratio is None else _digits(ratio)
        since = "" if lead.since is None else f"since {format_duration(lead.since)}"
        made = "" if total is None else f"{total:.2f} × the tokens so far"
        return leader, number, ["EVEN" if leader is None else f"{leader.upper()} LEADS", since, made]

    def _verdict(self, picture: DuelSnapshot) -> tuple[SideName | None, str, list[str]]:
        verdict = picture.verdict
        assert verdict is not None
        leader = verdict.leader
        ratio, peak = verdict.equal_agents, verdict.peak
        if leader == "right":
            ratio, peak = turned(ratio), turned(peak)
        number = "" if ratio.mean is None else _digits(ratio.mean)
        # One run each may have come out so by chance.
        undecided = "EVEN" if verdict.even else "NOT DECIDED"
        head = undecided if leader is None else f"{leader.upper()} {'WINS' if verdict.sure else 'IS AHEAD'}"
        runs = f"{verdict.rounds} run{'s' * (verdict.rounds != 1)} each"
        if ratio.mean is None:
            return leader, number, [head, verdict_sentence(verdict), ""]
        return leader, number, [head, f"{ratio_words(ratio)} at equal agents, {runs}", f"peak {ratio_words(peak)}"]


def _digits(ratio: float) -> str:
    """Three digits, so that the number does not jump about."""
    return f"{ratio:.2f}" if ratio < 9.995 else f"{ratio:.1f}" if ratio < 99.95 else f"{ratio:.0f}"

"""The ratio in large digits, who leads and since when; and what the duel is."""

from typing import NamedTuple

from rich.cells import cell_len
from textual.strip import Strip

from stress.duel.lead import SIDES, SideName
from stress.duel.snapshot import DuelSnapshot
from stress.duel.verdict import DuelVerdict
from stress.units import format_duration
from stress.view.duel_words import turned, verdict_sentence
from tui import numbers
from tui.draw.digits import SMALL, best_face, big_number
from tui.duel.side import short_name, side_colour
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


Forms = tuple[str, ...]


class Headline(NamedTuple):
    """What the large digits say, and the words beside them."""

    leader: SideName | None
    ratio: float | None
    """How many times as fast the leader is, at equal agents; None: not known yet."""
    head: str
    words: tuple[Forms, ...]
    """Lines, the weightiest first, each in a long form and in shorter ones."""


class Score(Panel[DuelSnapshot]):
    """Large digits: how many times as fast the leader is, at equal agents; live so far, at the end the verdict."""

    def draw(self, picture: DuelSnapshot, width: int, height: int) -> list[Strip]:
        over = _over(picture)
        headline = _verdict(picture) if over else _live(picture)
        titled = height >= _TITLED
        rows = height - titled
        number = "" if headline.ratio is None else f"{_digits(headline.ratio)}×"
        face = best_face(number or "9.99×", width - _WORDS, rows) if rows >= SMALL.rows else SMALL
        digits = [""] * ((rows - face.rows) // 2) + big_number(number, face)
        digits += [""] * (rows - len(digits))
        span = face.span(number) if number else 0
        room = width - span - len(_GAP) - 3
        words = [f" {shortened(headline.head, room)} ", *(fitting(forms, room) for forms in headline.words)][:rows]
        start = max(1, (width - span - len(_GAP) - max(map(cell_len, words))) // 2)
        colour = self.theme.muted if headline.leader is None else side_colour(self.theme, headline.leader)
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
        note = "throughput at equal agents, whole runs" if over else "throughput at equal agents, so far"
        return [self.title_line(width, "VERDICT" if over else "RATIO", note).strip(), *lines]


def _over(picture: DuelSnapshot) -> bool:
    running = picture.running
    finished = running is None or running.sample.phase == "done"
    return picture.verdict is not None and picture.round == picture.rounds and finished


def _other(picture: DuelSnapshot, side: SideName) -> str:
    return short_name(picture, "right" if side == "left" else "left")


def _live(picture: DuelSnapshot) -> Headline:
    lead = picture.lead
    leader, now, total = lead.leader, lead.ratio, lead.tokens_ratio
    if now is None and leader is None:
        return Headline(None, None, "NO RATIO YET", (("both sides have to run",),))
    if leader == "right":
        now, total = (1 / value if value else None for value in (now, total))
    if leader is None:
        return Headline(None, now, "EVEN", ())
    since = "" if lead.since is None else f"in front since {format_duration(lead.since)}"
    words = (
        f"× as fast as {_other(picture, leader)}",
        "" if total is None else f"{times(total)} the tokens so far",
        "" if now is None else f"{times(now)} the tok/s of the last 5 s",
        since,
    )
    return Headline(leader, now, f"{short_name(picture, leader)} LEADS", tuple((text,) for text in words if text))


def _verdict(picture: DuelSnapshot) -> Headline:
    verdict = picture.verdict
    assert verdict is not None
    leader = verdict.leader
    ratio, peak = verdict.equal_agents, verdict.peak
    if leader == "right":
        ratio, peak = turned(ratio), turned(peak)
    # One run each may have come out so by chance.
    undecided = "EVEN" if verdict.even else "NOT DECIDED"
    if leader is None:
        return Headline(None, ratio.mean, undecided, ((verdict_sentence(verdict),),))
    head = f"{short_name(picture, leader)} {'WINS' if verdict.sure else 'IS AHEAD'}"
    runs = f"{verdict.rounds} run{'s' * (verdict.rounds != 1)} each"
    interval = "" if ratio.low is None or ratio.high is None else f", 95 %: {ratio.low:.2f} to {ratio.high:.2f}"
    words: list[Forms] = [(f"× as fast as {_other(picture, leader)}",)]
    if peak.mean is not None:
        words.append((f"{times(peak.mean)} in the best second",))
    words += [(f"{runs}{interval}", runs), *_silent(picture, verdict)]
    return Headline(leader, ratio.mean, head, tuple(words))


def _silent(picture: DuelSnapshot, verdict: DuelVerdict) -> list[Forms]:
    """A side that has answered nothing under load."""
    answered = {"left": verdict.ttft_ms.left, "right": verdict.ttft_ms.right}
    names, load = [short_name(picture, side) for side in SIDES if answered[side] is None], verdict.load
    return [
        (f"{name} answered no request made at {load} agents or more", f"{name}: no reply from {load} agents on")
        for name in names
    ]


def times(ratio: float) -> str:
    """`38 ×`, `3.4 ×`, `1.21 ×`."""
    return f"{ratio:.2f} ×" if ratio < 2 else f"{ratio:.1f} ×" if ratio < 9.95 else f"{ratio:,.0f} ×"


def _digits(ratio: float) -> str:
    """Three digits, so that the number does not jump about."""
    return f"{ratio:.2f}" if ratio < 9.995 else f"{ratio:.1f}" if ratio < 99.95 else f"{ratio:.0f}"

"""A duel without a screen: as sober lines, or as JSON for programs."""

import sys
from typing import BinaryIO, TextIO

from stress.duel.snapshot import DuelHandle, DuelSnapshot
from stress.privacy.redactor import Redactor
from stress.runs.handle import Control
from stress.view.duel_words import duel_line
from stress.view.safe import masked_duel
from stress.view.status_line import StatusLine, json_line

LINE_S = 2.0
JSON_LINE_S = 0.5


class PlainDuelViewer:
    """One line every two seconds to stderr, and one whenever a side has something else to tell."""

    def __init__(self, stream: TextIO | None = None, redactor: Redactor | None = None) -> None:
        self._status = StatusLine(stream or sys.stderr, redactor)
        self._redactor = redactor
        self._told: tuple[object, ...] = ()
        self._next = 0.0

    def watch(self, duel: DuelHandle) -> None:
        """Print until the duel is finished."""
        while not duel.wait(0.2):
            self.show(duel.picture())
        self.show(duel.picture(), last=True)

    def show(self, picture: DuelSnapshot, *, last: bool = False) -> None:
        """Print the picture's line if it is time for one."""
        picture = masked_duel(picture, self._redactor)
        running = picture.running
        t = -1.0 if running is None else running.sample.t
        phase = None if running is None else running.sample.phase
        news = (picture.round, picture.live, phase, picture.left.note, picture.right.note)
        if news == self._told and t < self._next and not last:
            return
        if news != self._told or t >= self._next:
            self._told, self._next = news, t + LINE_S
            self._status.say(duel_line(picture))


class JsonDuelViewer:
    """Writes a line every half second, both sides' samples and how it stands between them, and each round's verdict."""

    def __init__(self, stream: BinaryIO | None = None, redactor: Redactor | None = None) -> None:
        self._stream = stream or sys.stdout.buffer
        self._redactor = redactor
        self._told: bytes = b""
        self._rounds = 0
        """Those whose end has been told."""

    def watch(self, duel: DuelHandle) -> None:
        """Write until the duel is finished, or until nobody reads any more: then it drains."""
        try:
            while not duel.wait(JSON_LINE_S):
                self.show(duel.picture())
            self.show(duel.picture())
        except BrokenPipeError:
            duel.control(Control("drain"))
            duel.wait(None)

    def show(self, picture: DuelSnapshot) -> None:
        """Write the picture, unless it is the one that was written last."""
        picture = masked_duel(picture, self._redactor)
        left, right = picture.left.snapshot, picture.right.snapshot
        line = json_line(
            {
                "type": "duel",
                "round": picture.round,
                "live": picture.live,
                "left": left.sample if left else None,
                "right": right.sample if right else None,
                "standing": picture.lead,
                "notes": {"left": picture.left.note, "right": picture.right.note},
            }
        )
        if line != self._told:
            self._told = line
            self._write(line)
        verdict = picture.verdict
        if verdict is not None and verdict.rounds > self._rounds:
            self._rounds = verdict.rounds
            self._write(json_line({"type": "round", "round": verdict.rounds, "verdict": verdict}))

    def _write(self, line: bytes) -> None:
        self._stream.write(line)
        self._stream.flush()


def watch_duel_lines(duel: DuelHandle, ui: str, redactor: Redactor | None) -> None:
    """Write the duel's lines until it is finished: `plain`, `json`, or `none` at all."""
    if ui == "none":
        duel.wait(None)
    else:
        (JsonDuelViewer if ui == "json" else PlainDuelViewer)(redactor=redactor).watch(duel)

"""A duel without a screen: as sober lines, or as JSON for programs."""

import sys
from typing import BinaryIO, TextIO

import msgspec

from stress.duel.snapshot import DuelHandle, DuelSnapshot
from stress.privacy.redactor import Redactor
from stress.runs.handle import Control
from stress.view.duel_words import duel_line
from stress.view.safe import safe_duel

LINE_S = 2.0
JSON_LINE_S = 0.5


class PlainDuelViewer:
    """One line every two seconds to stderr, and one whenever a side has something else to tell."""

    def __init__(self, stream: TextIO | None = None, redactor: Redactor | None = None) -> None:
        self._stream = stream or sys.stderr
        self._redactor = redactor
        self._told: tuple[object, ...] = ()
        self._next = 0.0

    def watch(self, duel: DuelHandle) -> None:
        """Print until the duel is finished."""
        duel = safe_duel(duel, self._redactor)
        while not duel.wait(0.2):
            self.show(duel.picture())
        self.show(duel.picture(), last=True)

    def show(self, picture: DuelSnapshot, *, last: bool = False) -> None:
        """Print the picture's line if it is time for one."""
        running = picture.running
        t = -1.0 if running is None else running.sample.t
        phase = None if running is None else running.sample.phase
        news = (picture.round, picture.live, phase, picture.left.note, picture.right.note)
        if news == self._told and t < self._next and not last:
            return
        if news != self._told or t >= self._next:
            self._told, self._next = news, t + LINE_S
            print(duel_line(picture), file=self._stream, flush=True)


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
        duel = safe_duel(duel, self._redactor)
        try:
            while not duel.wait(JSON_LINE_S):
                self.show(duel.picture())
            self.show(duel.picture())
        except BrokenPipeError:
            duel.control(Control("drain"))
            duel.wait(None)

    def show(self, picture: DuelSnapshot) -> None:
        """Write the picture, unless it is the one that was written last."""
        left, right = picture.left.snapshot, picture.right.snapshot
        line = msgspec.json.encode(
            {
                "type": "duel",
                "round": picture.round,
                "live": picture.live,
                "left": left.sample if left else None,
                "right": right.sample if right else None,
                "lead": picture.lead,
                "notes": {"left": picture.left.note, "right": picture.right.note},
            }
        )
        if line != self._told:
            self._told = line
            self._write(line)
        verdict = picture.verdict
        if verdict is not None and verdict.rounds > self._rounds:
            self._rounds = verdict.rounds
            self._write(msgspec.json.encode({"type": "round", "round": verdict.rounds, "verdict": verdict}))

    def _write(self, line: bytes) -> None:
        self._stream.write(line + b"\n")
        self._stream.flush()

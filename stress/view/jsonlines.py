"""A run or a duel as JSON lines on stdout, for programs; everything else goes to stderr."""

from collections.abc import Iterator
from typing import BinaryIO

from stress.duel.snapshot import DuelHandle
from stress.privacy.redactor import Redactor
from stress.runs.handle import Control, RunHandle
from stress.view.safe import masked_duel, masked_snapshot
from stress.view.status_line import json_line

LINE_S = 0.5


def write_json(run: RunHandle, stream: BinaryIO, redactor: Redactor | None = None) -> None:
    """Write its lines until it is finished, or until nobody reads any more: then it drains."""
    try:
        for line in _duel_lines(run, redactor) if isinstance(run, DuelHandle) else _samples(run, redactor):
            stream.write(line)
            stream.flush()
    except BrokenPipeError:
        run.control(Control("drain"))
        run.wait(None)


def _samples(run: RunHandle, redactor: Redactor | None) -> Iterator[bytes]:
    """A sample every half second, and the last one."""
    last = -1.0
    while not (finished := run.wait(0.05)) or run.snapshot().sample.t > last:
        sample = masked_snapshot(run.snapshot(), redactor).sample
        if finished or sample.t >= last + LINE_S:
            last = sample.t
            yield json_line(sample)


def _duel_lines(duel: DuelHandle, redactor: Redactor | None) -> Iterator[bytes]:
    """Every half second both sides' samples and how it stands between them, if they are new; each round's verdict."""
    last, rounds = b"", 0
    finished = False
    while not finished:
        finished = duel.wait(LINE_S)
        picture = masked_duel(duel.picture(), redactor)
        left, right, verdict = picture.left, picture.right, picture.verdict
        line = json_line(
            {
                "type": "duel",
                "round": picture.round,
                "live": picture.live,
                "names": {"left": left.name, "right": right.name},
                "left": left.snapshot.sample if left.snapshot else None,
                "right": right.snapshot.sample if right.snapshot else None,
                "standing": picture.lead,
                "notes": {"left": left.note, "right": right.note},
            }
        )
        if line != last:
            last = line
            yield line
        if verdict is not None and verdict.rounds > rounds:
            rounds = verdict.rounds
            yield json_line({"type": "round", "round": rounds, "verdict": verdict})

"""Trim a recorded run or duel to a few hundred kilobytes, as for the demos: `python docs/trim_run.py RUN OUT`.

It leaves out samples, which the fold makes again, and all but the first words of each message. Everything that counts
is kept, so the summary and all numbers on the screen are those of the run.
"""

import gzip
import json
import shutil
import sys
from pathlib import Path

import msgspec

from stress.duel.measure import measure
from stress.duel.record import read_duel, save_duel
from stress.duel.verdict import judge
from stress.runs.find import DUEL, is_duel
from stress.runs.recording import Recording

WORDS = 100
"""Characters kept of a message."""


def trim(run: Path, out: Path) -> int:
    """Write the trimmed run into `out`; gives the size of its events in bytes."""
    out.mkdir(parents=True, exist_ok=True)
    lines = []
    for _, event in Recording(run).events():
        line = msgspec.to_builtins(event)
        if line["type"] == "sample":
            continue
        if line["type"] == "message" and len(line["text"]) > WORDS:
            line["text"] = line["text"][:WORDS] + "…"
        lines.append(json.dumps(line, ensure_ascii=False, separators=(",", ":")))
    content = gzip.compress(("\n".join(lines) + "\n").encode(), 9, mtime=0)
    (out / "events.jsonl.gz").write_bytes(content)
    shutil.copyfile(run / "run.json", out / "run.json")
    return len(content)


def trim_duel(duel: Path, out: Path) -> int:
    """Write a duel with all its runs trimmed into `out`; gives the size of their events in bytes.

    Its verdict is what its runs are judged to today.
    """
    record = read_duel(duel)
    if record is None:
        raise SystemExit(f"{duel / DUEL} cannot be read.")
    size = sum(trim(duel / run, out / run) for pair in record.rounds for run in pair)
    sides = ([measure(Recording(out / run)) for run in pair] for pair in record.rounds)
    record.verdict = judge([(left, right) for left, right in sides])
    save_duel(out, record)
    return size


if __name__ == "__main__":
    source, target = Path(sys.argv[1]), Path(sys.argv[2])
    sys.stdout.write(f"{(trim_duel if is_duel(source) else trim)(source, target):,} bytes\n")

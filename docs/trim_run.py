"""Trim a recorded run to a few hundred kilobytes: `python docs/trim_run.py RUN OUT`. The demos are made with it.

Left out: samples, which the fold makes again, and of each message all but its first words. Everything that is counted
stays, so the summary and all numbers on the screen are those of the run.
"""

import gzip
import json
import shutil
import sys
from pathlib import Path

import msgspec

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


if __name__ == "__main__":
    sys.stdout.write(f"{trim(Path(sys.argv[1]), Path(sys.argv[2])):,} bytes\n")

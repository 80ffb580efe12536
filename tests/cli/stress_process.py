"""The command as its users run it: a process."""

import os
import subprocess
import sys
from pathlib import Path

_OURS = ("OPENAI_BASE_URL", "OPENAI_API_KEY")


def environment(**changes: str) -> dict[str, str]:
    """This environment without what would lead the command elsewhere."""
    return {name: value for name, value in os.environ.items() if name not in _OURS} | changes


def stress(*words: str, cwd: Path | None = None, timeout: float = 60, **env: str) -> subprocess.CompletedProcess[str]:
    """Run `stress WORDS…` to its end, without a terminal."""
    return subprocess.run(
        [sys.executable, "-m", "stress", *words],
        cwd=cwd,
        env=environment(**env),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=timeout,
    )

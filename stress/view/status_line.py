"""What is told before a run's screen is there: lines that stay, and on a terminal one that is written over."""

import shutil
from typing import TextIO

from stress.privacy.redactor import Redactor, masked


class StatusLine:
    """Writes to a stream; progress that is no terminal's is a line each."""

    def __init__(self, stream: TextIO, redactor: Redactor | None = None) -> None:
        self._stream = stream
        self._redactor = redactor
        self._terminal = stream.isatty()
        self._open = False

    def say(self, line: str) -> None:
        """A line that stays."""
        self.done()
        print(masked(line, self._redactor), file=self._stream, flush=True)

    def progress(self, line: str) -> None:
        """How far something is, in place of the line before."""
        line = masked(line, self._redactor)
        if not self._terminal:
            print(line, file=self._stream, flush=True)
            return
        width = shutil.get_terminal_size().columns - 1
        print(f"\r\x1b[K{line[:width]}", end="", file=self._stream, flush=True)
        self._open = True

    def done(self) -> None:
        """Take away the progress line, if one stands there."""
        if self._open:
            print("\r\x1b[K", end="", file=self._stream, flush=True)
            self._open = False

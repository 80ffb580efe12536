"""A run as JSON lines: one sample a line on stdout, for programs."""

import sys
from typing import BinaryIO

from stress.privacy.redactor import Redactor
from stress.runs.handle import Control, RunHandle
from stress.view.safe import masked_snapshot
from stress.view.status_line import json_line

LINE_S = 0.5


class JsonViewer:
    """Writes a sample every half second and the last one; everything else goes to stderr."""

    def __init__(self, stream: BinaryIO | None = None, redactor: Redactor | None = None) -> None:
        self._stream = stream or sys.stdout.buffer
        self._redactor = redactor

    def watch(self, run: RunHandle) -> None:
        """Write until the run is finished, or until nobody reads any more: then the run drains."""
        last = -1.0
        try:
            while not (finished := run.wait(0.05)) or run.snapshot().sample.t > last:
                sample = masked_snapshot(run.snapshot(), self._redactor).sample
                if finished or sample.t >= last + LINE_S:
                    last = sample.t
                    self._stream.write(json_line(sample))
                    self._stream.flush()
        except BrokenPipeError:
            run.control(Control("drain"))
            run.wait(None)

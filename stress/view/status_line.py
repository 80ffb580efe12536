"""The one way by which text for people, and JSON for programs, leaves a command: what it holds is made visible here."""

import shutil
from typing import TYPE_CHECKING, Any, TextIO

import msgspec

from stress.text import visible, visible_in

if TYPE_CHECKING:  # most of what is said holds nothing private
    from stress.privacy.redactor import Redactor


class StatusLine:
    """Writes lines to a stream; on a terminal also a line of progress that is written over.

    With a redactor what is private is hidden in them, too.
    """

    def __init__(self, stream: TextIO, redactor: "Redactor | None" = None) -> None:
        self._stream = stream
        self._shown = visible if redactor is None else redactor.text
        self._terminal = stream.isatty()
        self._open = False

    def say(self, *lines: str) -> None:
        """Lines that stay: each text is one, whatever it holds."""
        self.done()
        print("\n".join(map(self._shown, lines)), file=self._stream, flush=True)

    def page(self, thing: Any) -> None:
        """JSON for programs, to be read by people as well; see `json_line`."""
        print(msgspec.json.format(json_line(thing), indent=2).decode(), file=self._stream, flush=True)

    def progress(self, line: str) -> None:
        """How far something is, in place of the line before."""
        if not self._terminal:
            self.say(line)
            return
        width = shutil.get_terminal_size().columns - 1
        print(f"\r\x1b[K{self._shown(line)[:width]}", end="", file=self._stream, flush=True)
        self._open = True

    def done(self) -> None:
        """Take away the progress line, if one stands there."""
        if self._open:
            print("\r\x1b[K", end="", file=self._stream, flush=True)
            self._open = False


def json_line(thing: Any) -> bytes:
    """A struct, a dict or a list as one line of JSON; its texts are made visible, since a terminal may be next.

    What is private in it stays: that is for `Redactor.whole`, which knows the structs' fields.
    """
    return msgspec.json.encode(visible_in(msgspec.to_builtins(thing))) + b"\n"

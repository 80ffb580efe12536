"""Server-sent events, parsed as their bytes arrive.

Follows the WHATWG HTML standard, section 9.2.6 ("Interpreting an event stream"), as far as chat completions need
it: only the data of an event matters, so `event`, `id` and `retry` fields and comments are dropped. Everything is
bytes, because a read may end in the middle of a character.
"""

MAX_EVENT = 32 * 1024 * 1024
"""Bytes of one event: three times the largest that a server means to send, about 10 MB (a long prompt's log
probabilities). Without a limit, one line without end would take the worker's memory."""
_BOM = b"\xef\xbb\xbf"
_CR, _LF = b"\r\n"


class EventTooLargeError(ValueError):
    """An event has more than `MAX_EVENT` bytes; what had come of it is dropped."""


class EventStream:
    """The parser of one stream: give it every read in order, take the events that each read completes."""

    __slots__ = ("_after_cr", "_data", "_first_line", "_held", "_in_event", "_size")

    def __init__(self) -> None:
        self._held: list[bytes] = []
        """Pieces of the line that no read has finished yet."""
        self._data: list[bytes] = []
        """Data lines of the event that no read has finished yet."""
        self._in_event = False
        """A line of the present event has been seen, or a piece of one."""
        self._size = 0
        """Bytes of the reads that the present event takes up."""
        self._after_cr = False
        """The last read ended on CR, so a LF that opens the next one belongs to the same line end."""
        self._first_line = True

    def feed(self, data: bytes) -> list[bytes]:
        """The data of each event that this read completes, in order.

        Several data lines of one event are joined by a newline. An event with an empty data line is `b""`, an
        event without any is left out.

        Raises:
            EventTooLargeError: the present event does not end.
        """
        # Nearly every read is whole events of one line each. Then one search and a slice do, instead of a loop.
        if data[:6] == b"data: " and data[-2:] == b"\n\n" and not self._in_event:
            body = data[6:-2]
            # An int in bytes is one memchr: eight times faster than the same question with bytes.
            if _CR not in body:
                if _LF not in body:
                    self._first_line = self._after_cr = False
                    return [body]
                events = body.split(b"\n\ndata: ")
                if body.count(b"\n") == 2 * (len(events) - 1):
                    self._first_line = self._after_cr = False
                    return events
        return self._feed_lines(data)

    def close(self) -> list[bytes]:
        """What the last event held, if the stream ended before its empty line (the standard would drop it)."""
        if self._held:
            self._line(self._take_held(b""))
        event = b"\n".join(self._data)
        had_data, self._data = bool(self._data), []
        self._in_event = False
        return [event] if had_data else []

    def _feed_lines(self, data: bytes) -> list[bytes]:
        if not data:
            return []
        if self._after_cr and data[:1] == b"\n":
            data = data[1:]
        # bytes.splitlines knows exactly the standard's three line ends: LF, CR and CRLF.
        lines = data.splitlines()
        rest = b"" if data[-1:] in (b"\n", b"\r", b"") else lines.pop()
        # An ending CR is a finished line at once: waiting for its LF would hold the event back.
        self._after_cr = data[-1:] == b"\r"
        events: list[bytes] = []
        for line in lines:
            if self._line(self._take_held(line) if self._held else line):
                if self._data:
                    events.append(b"\n".join(self._data))
                    self._data = []
                self._in_event = False
                self._size = 0
        if rest:
            self._held.append(rest)
            self._in_event = True
        if self._in_event:
            self._size += len(data)
            if self._size > MAX_EVENT:
                self._held, self._data = [], []
                raise EventTooLargeError
        return events

    def _take_held(self, end: bytes) -> bytes:
        line = b"".join((*self._held, end))
        self._held.clear()
        return line

    def _line(self, line: bytes) -> bool:
        """Take in one line; true if it is the empty one that ends an event."""
        if self._first_line:
            self._first_line = False
            line = line.removeprefix(_BOM)
        if not line:
            return True
        self._in_event = True
        name, _, value = line.partition(b":")
        if name == b"data":
            self._data.append(value.removeprefix(b" "))
        return False

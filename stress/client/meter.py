"""What a worker's replies add up to between two pulses."""

from typing import NamedTuple


class Taken(NamedTuple):
    """The counts since the last `Meter.take`: output tokens, ITL gaps and TTFTs in seconds."""

    tokens: int
    gaps: list[float]
    ttfts: list[float]


class Meter:
    """Counts output tokens and collects latencies, for all the requests of one worker.

    The fast path writes the fields directly. `tokens` counts one a chunk while a reply streams; when the reply
    ends, the difference to the server's `usage` is added, which can make it negative for a moment.
    """

    __slots__ = ("gaps", "last_at", "tokens", "ttfts")

    def __init__(self) -> None:
        self.tokens = 0
        """Output tokens since the last take."""
        self.gaps: list[float] = []
        """Gaps between output chunks (ITL), in seconds."""
        self.ttfts: list[float] = []
        """Times to first token, in seconds."""
        self.last_at = 0.0
        """Clock time of the newest output chunk of any request: while it moves, the server is alive."""

    def take(self) -> Taken:
        """What has come since the last take; counting starts again at nothing."""
        taken = Taken(self.tokens, self.gaps, self.ttfts)
        self.tokens = 0
        self.gaps = []
        self.ttfts = []
        return taken

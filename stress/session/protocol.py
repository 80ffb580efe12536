"""What a session and its load workers say to each other: MessagePack frames behind a four-byte length."""

import asyncio
import struct
from typing import Any

import msgspec

from stress.client.wire import Endpoint
from stress.events import AnyEvent

_LENGTH = struct.Struct(">I")


class Job(msgspec.Struct, tag=True, frozen=True, kw_only=True):
    """The first frame a worker gets: all it needs to know. It carries the key, so it is never recorded."""

    worker: int
    epoch: float
    """The run's start on the machine's monotonic clock, which all its processes share."""
    endpoint: Endpoint
    scenario: bytes
    """The scenario as JSON."""
    seed: int
    budget: int
    """Tokens of conversation that an agent remembers."""
    max_rate: float | None = None
    """Messages a second for the whole worker."""


class Steer(msgspec.Struct, tag=True, frozen=True):
    """Be this many agents, each writing at most `rate` messages a minute."""

    agents: int
    rate: float | None


class Finish(msgspec.Struct, tag=True, frozen=True):
    """Begin no more turns, give replies in flight this long (seconds), then abandon them, report and exit."""

    grace: float


class Report(msgspec.Struct, tag=True, frozen=True):
    """What happened since the last report, in order."""

    events: list[AnyEvent]


class Goodbye(msgspec.Struct, tag=True, frozen=True):
    """The worker has reported everything and exits."""


ToWorker = Job | Steer | Finish
FromWorker = Report | Goodbye

_encoder = msgspec.msgpack.Encoder()


def pack(message: ToWorker | FromWorker) -> bytes:
    """The message as one frame."""
    body = _encoder.encode(message)
    return _LENGTH.pack(len(body)) + body


class FrameReader:
    """Reads frames from a stream."""

    def __init__(self, stream: asyncio.StreamReader, kind: Any) -> None:
        """`kind` is ToWorker or FromWorker."""
        self._stream = stream
        self._decoder = msgspec.msgpack.Decoder(kind)

    async def read(self) -> Any:
        """The next message, or null when the other side is gone."""
        try:
            head = await self._stream.readexactly(_LENGTH.size)
            return self._decoder.decode(await self._stream.readexactly(_LENGTH.unpack(head)[0]))
        except (asyncio.IncompleteReadError, ConnectionError):
            return None

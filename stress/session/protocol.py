"""What a session and its load workers say to each other: MessagePack frames behind a four-byte length."""

import asyncio
import struct
from typing import Any

import msgspec

from stress.client.exchange import ClientName
from stress.client.failures import Words
from stress.client.wire import Endpoint
from stress.events import AnyEvent
from stress.ramp import BurstPlan
from stress.swarm.agent import Agent
from stress.swarm.office import Mail

COUNTER_BYTES = 8
"""A worker counts the requests that it begins in a file of this size, in the machine's byte order."""
_FIRST_ID_BITS = 32
_LENGTH = struct.Struct(">I")


def first_id(worker: int) -> int:
    """This worker's numbers, of messages and requests, are above this one: no two of any workers are alike."""
    return worker << _FIRST_ID_BITS


def worker_of(number: int) -> int:
    """The worker that gave a message or a request its number."""
    return number >> _FIRST_ID_BITS


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
    client: ClientName = "fast"
    burst: BurstPlan | None = None
    """This worker's share; None: agents converse until the session says otherwise."""
    words: tuple[Words, ...] = ()
    """The engines' own for what fails."""


class Steer(msgspec.Struct, tag=True, frozen=True, kw_only=True):
    """How the swarm is to be from now on, and which agents this worker gets and gives up."""

    population: int
    """Agents in the whole swarm, those of other workers included."""
    rate: float | None
    """Messages a minute per agent; None: no cap."""
    max_rate: float | None
    """This worker's share of the swarm's cap, in messages a second; None: no cap."""
    join: list[int] = []
    leave: list[int] = []


class Move(msgspec.Struct, tag=True, frozen=True):
    """Hand these agents over to another worker, each when its reply has ended; `order` tells orders apart."""

    agents: list[int]
    order: int


class Moved(msgspec.Struct, tag=True, frozen=True):
    """An agent on its way, with all that it remembers: from its worker to the session, and from there to its new one.

    `agent.moving` is the order that it follows.
    """

    agent: Agent


class Post(msgspec.Struct, tag=True, frozen=True):
    """Mail from an agent to agents of other workers: from a worker to the session, and from there to theirs."""

    mail: Mail
    to: list[int]


class Finish(msgspec.Struct, tag=True, frozen=True):
    """Begin no more turns, give replies in flight this long (seconds), then abandon them, report and exit."""

    grace: float


class Report(msgspec.Struct, tag=True, frozen=True):
    """What happened since the last report, in order."""

    events: list[AnyEvent]


class Goodbye(msgspec.Struct, tag=True, frozen=True):
    """The worker has reported everything and exits."""


ToWorker = Job | Steer | Post | Move | Moved | Finish
FromWorker = Report | Post | Moved | Goodbye

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
        """The next message, or None when the other side is gone."""
        try:
            head = await self._stream.readexactly(_LENGTH.size)
            return self._decoder.decode(await self._stream.readexactly(_LENGTH.unpack(head)[0]))
        except (asyncio.IncompleteReadError, ConnectionError):
            return None

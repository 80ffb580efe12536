"""The load worker as the session sees it: a process at the other end of a socket."""

import asyncio
import os
import socket
import subprocess
import sys
import tempfile
from typing import IO, NamedTuple

from stress.events import Request
from stress.session.protocol import COUNTER_BYTES, FrameReader, FromWorker, Job, Report, ToWorker, pack

KILL_AFTER_S = 5.0


class End(NamedTuple):
    """How a worker's process ended."""

    cause: str
    """Its signal or exit status, and the last line that it wrote to stderr."""
    unreported: int
    """Requests that it had begun and whose end it has not reported."""


class _Spawned(NamedTuple):
    process: subprocess.Popen[bytes]
    socket: socket.socket
    log: IO[bytes]
    begun: IO[bytes]
    """Where the worker counts the requests that it begins: shared memory, which outlives it."""


class WorkerProcess:
    """Starts a worker, talks to it and hears it. The worker ends when the socket closes."""

    def __init__(self, spawned: _Spawned, frames: FrameReader, writer: asyncio.StreamWriter) -> None:
        self._spawned = spawned
        self._frames = frames
        self._writer = writer
        self._reported = 0

    @classmethod
    async def start(cls, job: Job) -> "WorkerProcess":
        """Start the process and give it its job; the loop goes on meanwhile.

        Raises:
            OSError: the machine has no room for another process.
        """
        spawned = await asyncio.to_thread(_spawn)
        reader, writer = await asyncio.open_connection(sock=spawned.socket)
        writer.write(pack(job))
        return cls(spawned, FrameReader(reader, FromWorker), writer)

    def send(self, message: ToWorker) -> None:
        """Send the worker this; nobody waits for it."""
        if not self._writer.is_closing():
            self._writer.write(pack(message))

    async def read(self) -> FromWorker | None:
        """What the worker says next; None when it is gone."""
        message: FromWorker | None = await self._frames.read()
        if isinstance(message, Report):
            self._reported += sum(isinstance(event, Request) for event in message.events)
        return message

    def hang_up(self) -> None:
        """Close the socket: `read` returns None from now on, and the worker ends."""
        self._writer.close()

    async def end(self) -> End:
        """Hang up and wait for the process, which ends then, or is killed."""
        self.hang_up()
        return await asyncio.to_thread(self._wait)

    def _wait(self) -> End:
        process, _, log, begun = self._spawned
        try:
            status = process.wait(KILL_AFTER_S)
        except subprocess.TimeoutExpired:
            process.kill()
            status = process.wait()
        with log, begun:
            log.seek(0)
            lines = log.read().decode("utf-8", "replace").strip().splitlines()
            unreported = int.from_bytes(os.pread(begun.fileno(), COUNTER_BYTES, 0), sys.byteorder) - self._reported
        how = f"signal {-status}" if status < 0 else f"exit status {status}"
        return End(f"{how}; {lines[-1]}" if lines else how, unreported)


def _spawn() -> _Spawned:
    ours, theirs = socket.socketpair()
    log, begun = tempfile.TemporaryFile(), tempfile.TemporaryFile()  # noqa: SIM115 (they are read when it has ended)
    begun.write(bytes(COUNTER_BYTES))
    begun.flush()
    handles = (theirs.fileno(), begun.fileno())
    with theirs:
        process = subprocess.Popen(
            [sys.executable, "-m", "stress.session.worker", *map(str, handles)],
            pass_fds=handles,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=log,
        )
    return _Spawned(process, ours, log, begun)

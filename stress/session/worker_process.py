"""The load worker as the session sees it: a process at the other end of a socket."""

import asyncio
import socket
import subprocess
import sys
import tempfile
from typing import IO

from stress.session.protocol import Finish, FrameReader, FromWorker, Job, ToWorker, pack

KILL_AFTER_S = 5.0


class WorkerProcess:
    """Starts a worker, talks to it and hears it. The worker ends by itself when the socket closes."""

    def __init__(
        self,
        process: subprocess.Popen[bytes],
        log: IO[bytes],
        frames: FrameReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        self._process = process
        self._log = log
        self._frames = frames
        self._writer = writer

    @classmethod
    async def start(cls, job: Job) -> "WorkerProcess":
        """Start the process and give it its job."""
        ours, theirs = socket.socketpair()
        log = tempfile.TemporaryFile()  # noqa: SIM115 (it is read when the worker has died)
        with theirs:
            process = subprocess.Popen(  # noqa: ASYNC220 (it takes milliseconds, before the run starts)
                [sys.executable, "-m", "stress.session.worker", str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=log,
            )
        reader, writer = await asyncio.open_connection(sock=ours)
        writer.write(pack(job))
        return cls(process, log, FrameReader(reader, FromWorker), writer)

    def send(self, message: ToWorker) -> None:
        """Tell the worker this; it is not waited for."""
        if not self._writer.is_closing():
            self._writer.write(pack(message))

    def finish(self, grace: float) -> None:
        """Begin nothing new, give replies in flight `grace` seconds."""
        self.send(Finish(grace))

    async def read(self) -> FromWorker:
        """What the worker says next; the last is a Goodbye.

        Raises:
            WorkerDiedError: it went away without one.
        """
        message: FromWorker | None = await self._frames.read()
        if message is None:
            raise WorkerDiedError(await asyncio.to_thread(self._cause))
        return message

    async def close(self) -> None:
        """Close the socket and wait for the process, which ends by itself; kill it if it does not."""
        self._writer.close()
        try:
            await asyncio.to_thread(self._process.wait, KILL_AFTER_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            await asyncio.to_thread(self._process.wait)
        self._log.close()

    def _cause(self) -> str:
        status = self._process.wait(KILL_AFTER_S)
        self._log.seek(0)
        lines = self._log.read().decode("utf-8", "replace").strip().splitlines()
        how = f"signal {-status}" if status < 0 else f"exit status {status}"
        return f"{how}; {lines[-1]}" if lines else how


class WorkerDiedError(Exception):
    """The worker went away without a goodbye; the text says how."""

"""The fake chat server as a program on a port of the test's choice, so that a test can kill it and bring it back.

Its replies take four tenths of a second. A test uses `MortalServer`; `python mortal_server.py PORT` is what dies.
"""

import asyncio
import socket
import subprocess
import sys
from contextlib import suppress

from chat_server import FakeChatServer, Received, Reply, Role, stream


class MortalServer:
    """As a context it serves at `url`; `die` is `kill -9`."""

    def __init__(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}/v1"
        self._process: subprocess.Popen[bytes] | None = None

    def live(self) -> None:
        """Serve; returns when it does."""
        self._process = subprocess.Popen([sys.executable, __file__, str(self.port)], stdout=subprocess.PIPE)
        assert self._process.stdout is not None
        assert self._process.stdout.readline()

    def die(self) -> None:
        """At once, in the middle of all replies."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None

    def __enter__(self) -> "MortalServer":
        self.live()
        return self

    def __exit__(self, *_: object) -> None:
        self.die()


def _slow(_: Received) -> Reply:
    reply, parts = stream(["word "] * 20), list[Role]()
    for place, part in enumerate(reply.parts):
        due = asyncio.Event()
        asyncio.get_running_loop().call_later(0.02 * place, due.set)
        parts += [due, part]
    return reply.but(parts=parts)


async def _serve(port: int) -> None:
    async with FakeChatServer(_slow, port=port):
        print("serves", flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        asyncio.run(_serve(int(sys.argv[1])))

"""The floor: a uvloop Protocol that counts bytes in `data_received` and parses nothing.

    python benchmarks/floor_client.py URL STREAMS

It keeps so many requests open at once, each on a connection of its own and the next when one has ended, until it is
killed. What it costs is what any client on this event loop must pay.
"""

import asyncio
import gc
import signal
import sys
from urllib.parse import urlsplit

import uvloop

BODY = b'{"model":"truth","messages":[{"role":"user","content":"Go on."}],"stream":true}'
LAST = b"0\r\n\r\n"


class Counter(asyncio.Protocol):
    """One stream after another."""

    def __init__(self, request: bytes) -> None:
        self.request = request
        self.bytes = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        self.transport.write(self.request)  # type: ignore[attr-defined]

    def data_received(self, data: bytes) -> None:
        self.bytes += len(data)
        if data.endswith(LAST):
            self.transport.write(self.request)  # type: ignore[attr-defined]


async def main(url: str, streams: int) -> None:
    """Read until killed."""
    parts = urlsplit(url)
    head = f"POST {parts.path}/chat/completions HTTP/1.1\r\nHost: {parts.netloc}\r\nContent-Length: {len(BODY)}\r\n\r\n"
    loop = asyncio.get_running_loop()
    gc.disable()
    for _ in range(streams):
        await loop.create_connection(lambda: Counter(head.encode() + BODY), parts.hostname, parts.port)
    await asyncio.Event().wait()


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    uvloop.run(main(sys.argv[1], int(sys.argv[2])))

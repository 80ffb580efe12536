"""A chat server whose every chunk comes at a time known beforehand, to hold a client against.

    python benchmarks/truth_server.py [--port 0] [--step 0.05] [--chunks 500] [--jitter 0] [--burst 1] [--tokens 1]

It streams OpenAI chat completions, and prints its port when it listens. Paced, the chunks of a reply are due as
`schedule.Schedule` says, timed by the kernel's high-resolution timer (the event loop's own timers count whole
milliseconds) and written to the socket there and then. Flat out (`--step 0`) all open replies get a chunk in turn, one
chunk a write (`--burst` of them), as long as their sockets take them. `usage` counts the tokens.

`GET /truth` gives as JSON the scheduled TTFT and ITL, those with which chunks were really written, and by how much
each write was late; `GET /count` what was sent so far; `GET /arrivals` when each request came.
"""

import argparse
import asyncio
import ctypes
import ctypes.util
import gc
import heapq
import json
import os
import time
from array import array
from collections.abc import Sequence
from typing import Any

import httptools
import uvloop
from schedule import Schedule

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\nTransfer-Encoding: chunked\r\n\r\n"
PROMPT_PLACE, BYTES_A_TOKEN = 987654321, 4
"""Where the prompt's tokens go, and how many bytes of a request count as one: agents keep within budgets by them."""
MODELS = {"object": "list", "data": [{"id": "truth", "object": "model", "max_model_len": 1 << 20}]}


def framed(event: dict[str, Any] | None) -> bytes:
    """An event of the stream (None: `[DONE]`), as one chunk of the chunked transfer encoding."""
    text = "[DONE]" if event is None else json.dumps(event, separators=(",", ":"))
    data = b"data: %b\n\n" % text.encode()
    return b"%x\r\n%b\r\n" % (len(data), data)


def chunk(text: str, finish: str | None = None) -> bytes:
    """A chunk with the fields that vLLM sends."""
    choice = {"index": 0, "delta": {"content": text}, "logprobs": None, "finish_reason": finish, "token_ids": None}
    return framed(envelope([choice]))


def envelope(choices: list[dict[str, Any]]) -> dict[str, Any]:
    """What stands around the choices of every chunk."""
    return {
        "id": "chatcmpl-8f3a1c0d2b4e4f6a9c7d5e3f1a2b4c6d",
        "object": "chat.completion.chunk",
        "created": 1760000000,
        "model": "truth",
        "choices": choices,
    }


def percentiles(seconds: Sequence[float]) -> dict[str, float]:
    """p50, p99 and the largest, in ms, linearly interpolated; empty where there are none."""
    import numpy as np  # only when all is over

    if not len(seconds):
        return {}
    found = np.percentile(np.asarray(seconds), (50, 99, 100)) * 1000
    return dict(zip(("p50", "p99", "max"), map(float, found), strict=True))


class Timer:
    """Calls back at a time of the monotonic clock, to within some 50 µs: Linux's timerfd."""

    def __init__(self, call: Any) -> None:
        self._libc = ctypes.CDLL(ctypes.util.find_library("c"), use_errno=True)
        self._fd = self._libc.timerfd_create(time.CLOCK_MONOTONIC, os.O_NONBLOCK | os.O_CLOEXEC)
        self._call = call
        asyncio.get_running_loop().add_reader(self._fd, self._due)

    def set(self, when: float) -> None:
        """Call at this time, at once if it is past; replaces what was set before."""
        nanoseconds = max(1, int(when * 1e9))
        spec = (ctypes.c_long * 4)(0, 0, *divmod(nanoseconds, 1_000_000_000))  # struct itimerspec
        self._libc.timerfd_settime(self._fd, 1, ctypes.byref(spec), None)  # 1: TFD_TIMER_ABSTIME

    def _due(self) -> None:
        os.read(self._fd, 8)
        self._call()


class Reply:
    """One reply on its way."""

    __slots__ = ("came", "first", "last", "server", "written")

    def __init__(self, server: "Server", first: float) -> None:
        self.server = server
        self.came = time.monotonic()
        self.first = self.came + first
        """When its first chunk is due."""
        self.last = 0.0
        """When the last chunk was written."""
        self.written = 0


class Truth:
    """All replies: their bytes, whose turn it is, and what was really written when."""

    def __init__(self, schedule: Schedule) -> None:
        self.schedule = schedule
        self.times = schedule.times()
        self.chunk = chunk(" word" * schedule.tokens)
        tokens = schedule.chunks * schedule.tokens
        usage = {"prompt_tokens": PROMPT_PLACE, "completion_tokens": tokens}
        self.tail = chunk("", "stop") + framed(envelope([]) | {"usage": usage}) + framed(None) + b"0\r\n\r\n"
        self.timer = Timer(self.write_due)
        self.due: list[tuple[float, int, Reply]] = []
        self.flat: list[Reply] = []
        self.pumping = False
        self.requests = self.replies = self.chunks = self.open = 0
        self.arrivals = array("d")
        self.ttfts, self.planned, self.gaps, self.late = array("d"), array("d"), array("d"), array("d")

    def begin(self, server: "Server") -> Reply:
        """A request has come."""
        first = self.schedule.first(self.requests)
        reply = Reply(server, first)
        self.arrivals.append(reply.came)
        self.requests += 1
        self.open += 1
        server.transport.write(HEAD)
        if self.schedule.step:
            self.planned.append(first)
            heapq.heappush(self.due, (reply.first, self.requests, reply))
            self.timer.set(self.due[0][0])
        else:
            self.go_on(reply)
        return reply

    def write_due(self) -> None:
        """Write every chunk whose time has come."""
        due = self.due
        while due and due[0][0] <= (now := time.monotonic()):
            _, number, reply = due[0]
            then = self.write(reply, now)
            if then is None:
                heapq.heappop(due)
            else:
                heapq.heapreplace(due, (then, number, reply))
        if due:
            self.timer.set(due[0][0])

    def write(self, reply: Reply, now: float) -> float | None:
        """Write the chunks of this reply that are due, in one piece; gives when the next one is, if there is one."""
        if reply.server.reply is not reply:
            return None  # its client has gone
        times, begun, first = self.times, reply.written, reply.first
        k = begun
        while k < len(times) and first + times[k] <= now:
            self.late.append(now - first - times[k])
            k += 1
        reply.server.transport.write(self.chunk * (k - begun))
        self.chunks += k - begun
        if begun:
            self.gaps.append(now - reply.last)
        else:
            self.ttfts.append(now - reply.came)
        self.gaps.extend([0.0] * (k - begun - 1))
        reply.written, reply.last = k, now
        if k < len(times):
            return first + times[k]
        self.end(reply)
        return None

    def go_on(self, reply: Reply) -> None:
        """The socket of a reply takes more, flat out."""
        self.flat.append(reply)
        if not self.pumping:
            self.pumping = True
            asyncio.get_running_loop().call_soon(self.pump)

    def pump(self) -> None:
        """A chunk, or a burst, to every reply whose socket takes it."""
        replies, self.flat = self.flat, []
        for reply in replies:
            if reply.server.reply is not reply:
                continue
            many = min(self.schedule.burst, len(self.times) - reply.written)
            reply.server.transport.write(self.chunk * many)
            reply.written += many
            self.chunks += many
            if reply.written == len(self.times):
                self.end(reply)
            elif reply.server.full:
                reply.server.waiting = reply
            else:
                self.flat.append(reply)
        self.pumping = bool(self.flat)
        if self.pumping:
            asyncio.get_running_loop().call_soon(self.pump)

    def end(self, reply: Reply) -> None:
        """The reply is whole."""
        # As wide as what it replaces, since the chunk's length stands before it: JSON allows the spaces.
        prompt = b"%*d" % (len(str(PROMPT_PLACE)), reply.server.body_bytes // BYTES_A_TOKEN)
        reply.server.transport.write(self.tail.replace(b"%d" % PROMPT_PLACE, prompt))
        reply.server.reply = None
        self.replies += 1
        self.open -= 1

    def count(self) -> dict[str, Any]:
        """What was sent so far, for `GET /count`; times of the monotonic clock."""
        return {
            "now": time.monotonic(),
            "requests": self.requests,
            "replies": self.replies,
            "open": self.open,
            "chunks": self.chunks,
            "chunks_a_byte": len(self.times) / (len(HEAD) + len(self.chunk) * len(self.times) + len(self.tail)),
            "tokens": self.replies * self.schedule.chunks * self.schedule.tokens,
        }

    def truth(self) -> dict[str, Any]:
        """All there is to know, for `GET /truth`; the figures of `late`, `itl` and `ttft` in ms."""
        return {
            "scheduled": {"ttft": percentiles(self.planned), "itl": percentiles(self.schedule.gaps())},
            "written": {"ttft": percentiles(self.ttfts), "itl": percentiles(self.gaps)},
            "late": percentiles(self.late),
            **self.count(),
        }


class Server(asyncio.Protocol):
    """One connection."""

    def __init__(self, truth: Truth) -> None:
        self.truth = truth
        self.reply: Reply | None = None
        self.waiting: Reply | None = None
        """A reply that goes on when the socket takes more."""
        self.full = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport: Any = transport
        transport.set_write_buffer_limits(high=0)  # type: ignore[attr-defined] # every write goes to the socket at once
        self.parser = httptools.HttpRequestParser(self)

    def data_received(self, data: bytes) -> None:
        self.parser.feed_data(data)

    def on_message_begin(self) -> None:
        self.path = b""
        self.body_bytes = 0

    def on_body(self, body: bytes) -> None:
        self.body_bytes += len(body)

    def on_url(self, url: bytes) -> None:
        self.path += url

    def on_message_complete(self) -> None:
        self.parser = httptools.HttpRequestParser(self)
        pages: dict[bytes, Any] = {
            b"/models": lambda: MODELS,
            b"/health": dict,
            b"/truth": self.truth.truth,
            b"/count": self.truth.count,
            b"/arrivals": self.truth.arrivals.tolist,
        }
        if self.path.endswith(b"/chat/completions"):
            self.reply = self.truth.begin(self)
            return
        page = next((make() for end, make in pages.items() if self.path.endswith(end)), None)
        body = json.dumps(page).encode()
        status = b"404 Not Found" if page is None else b"200 OK"
        head = b"HTTP/1.1 %b\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % (status, len(body))
        self.transport.write(head + body)

    def pause_writing(self) -> None:
        self.full = True

    def resume_writing(self) -> None:
        self.full = False
        if self.waiting is not None:
            reply, self.waiting = self.waiting, None
            self.truth.go_on(reply)

    def connection_lost(self, exc: Exception | None) -> None:
        if self.reply is not None:
            self.truth.open -= 1
        self.reply = self.waiting = None


async def serve(port: int, schedule: Schedule) -> None:
    """Listen until the process is ended; the port is printed first."""
    truth = Truth(schedule)
    gc.collect()
    gc.freeze()
    gc.disable()  # a collection would make chunks late
    server = await asyncio.get_running_loop().create_server(lambda: Server(truth), "127.0.0.1", port, backlog=16384)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


def main() -> None:
    """Read the options and serve."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--step", type=float, default=0.05, help="seconds between chunks; 0: flat out")
    parser.add_argument("--chunks", type=int, default=500, help="chunks a reply")
    parser.add_argument("--ttft", type=float, default=0.05, help="seconds to the first chunk")
    parser.add_argument("--spread", type=float, default=0.0, help="up to so many seconds more, evenly over the replies")
    parser.add_argument("--jitter", type=float, default=0.0, help="in steps")
    parser.add_argument("--burst", type=int, default=1, help="chunks that come at once")
    parser.add_argument("--tokens", type=int, default=1, help="tokens a chunk")
    options = vars(parser.parse_args())
    uvloop.run(serve(options.pop("port"), Schedule(**options)))


if __name__ == "__main__":
    main()

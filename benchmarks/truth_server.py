"""A chat server whose every chunk comes at a time known beforehand, to hold a client against.

    python benchmarks/truth_server.py [--port 0] [--step 0.05] [--chunks 500] [--jitter 0] [--burst 1] [--tokens 1]

It streams OpenAI chat completions. Paced, chunk k of a reply is due `ttft + schedule[k]` after its request came:
at fixed steps, with seeded jitter, or in bursts of several chunks in one write. Flat out (`--step 0`) chunks go as
fast as the socket takes them, one chunk a write. `--tokens` output tokens lie in each chunk; `usage` counts them.
`GET /truth` gives, as JSON, the schedule and by how much each chunk was written late (max and mean, ms).
"""

import argparse
import asyncio
import json
import random
import time

import httptools
import uvloop


def chunk(text: str, finish: str | None = None) -> bytes:
    """A chunk as vLLM sends it, in its transfer encoding."""
    choice = {"index": 0, "delta": {"content": text}, "logprobs": None, "finish_reason": finish, "token_ids": None}
    event = {
        "id": "chatcmpl-8f3a1c0d2b4e4f6a9c7d5e3f1a2b4c6d",
        "object": "chat.completion.chunk",
        "created": 1760000000,
        "model": "truth",
        "choices": [choice],
    }
    return framed(b"data: " + json.dumps(event, separators=(",", ":")).encode() + b"\n\n")


def framed(data: bytes) -> bytes:
    """One chunk of the chunked transfer encoding."""
    return b"%x\r\n%b\r\n" % (len(data), data)


def schedule(chunks: int, step: float, jitter: float, burst: int, seed: int = 1) -> list[float]:
    """When each chunk is due, in seconds after the first: steps, moved by up to `jitter` steps, `burst` at once."""
    rng = random.Random(seed)
    times = [(k // burst) * burst * step for k in range(chunks)]
    return sorted(max(0.0, t + rng.uniform(-jitter, jitter) * step) if t else 0.0 for t in times)


class Truth:
    """What all connections share: the replies' bytes, the schedule, and the lateness of what was written."""

    def __init__(self, args: argparse.Namespace) -> None:
        self.step, self.ttft = args.step, args.ttft
        self.times = schedule(args.chunks, args.step, args.jitter, args.burst)
        self.chunk = chunk(" word" * args.tokens)
        usage = {"prompt_tokens": 10, "completion_tokens": args.chunks * args.tokens, "total_tokens": 0}
        last = {"id": "x", "object": "chat.completion.chunk", "choices": [], "usage": usage}
        self.head = (
            b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\nTransfer-Encoding: chunked\r\n\r\n"
        )
        self.tail = (
            chunk("", "stop")
            + framed(b"data: " + json.dumps(last).encode() + b"\n\n")
            + framed(b"data: [DONE]\n\n")
            + b"0\r\n\r\n"
        )
        self.late: list[float] = []
        self.replies = 0
        self.done_at = self.began_at = 0.0

    def report(self) -> dict[str, object]:
        """The truth, for `GET /truth`."""
        late = self.late or [0.0]
        return {
            "ttft_ms": self.ttft * 1000,
            "times_ms": [t * 1000 for t in self.times],
            "late_max_ms": max(late) * 1000,
            "late_mean_ms": sum(late) / len(late) * 1000,
            "replies": self.replies,
            "seconds": self.done_at - self.began_at,
        }


class Server(asyncio.Protocol):
    """One connection."""

    def __init__(self, truth: Truth) -> None:
        self.truth = truth
        self.resume = asyncio.Event()
        self.resume.set()
        self.task: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        self.parser = httptools.HttpRequestParser(self)

    def data_received(self, data: bytes) -> None:
        self.parser.feed_data(data)

    def on_message_begin(self) -> None:
        self.path = b""

    def on_url(self, url: bytes) -> None:
        self.path += url

    def on_message_complete(self) -> None:
        self.parser = httptools.HttpRequestParser(self)
        if self.path.endswith(b"/chat/completions"):
            if not self.truth.began_at:
                self.truth.began_at = time.monotonic()
            answer = self.flat_out() if not self.truth.step else self.paced(time.monotonic())
            self.task = asyncio.ensure_future(answer)
        else:
            models = {"object": "list", "data": [{"id": "truth", "object": "model", "max_model_len": 1 << 20}]}
            page = json.dumps(self.truth.report() if self.path.endswith(b"/truth") else models).encode()
            head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(page)
            self.transport.write(head + page)

    def pause_writing(self) -> None:
        self.resume.clear()

    def resume_writing(self) -> None:
        self.resume.set()

    def connection_lost(self, exc: Exception | None) -> None:
        self.resume.set()
        if self.task is not None:
            self.task.cancel()

    async def paced(self, came: float) -> None:
        truth = self.truth
        write, late = self.transport.write, truth.late.append
        write(truth.head)
        start = came + truth.ttft
        k, chunks = 0, len(truth.times)
        while k < chunks:
            due = start + truth.times[k]
            wait = due - time.monotonic()
            if wait > 0:
                await asyncio.sleep(wait)
            now = time.monotonic()
            many = 1
            while k + many < chunks and start + truth.times[k + many] <= now:
                many += 1
            write(truth.chunk * many)
            late(now - due)
            k += many
        self.end()

    async def flat_out(self) -> None:
        truth = self.truth
        write = self.transport.write
        write(truth.head)
        for _ in truth.times:
            write(truth.chunk)
            if self.resume.is_set():
                await asyncio.sleep(0)
            else:
                await self.resume.wait()
        self.end()

    def end(self) -> None:
        self.transport.write(self.truth.tail)
        self.truth.replies += 1
        self.truth.done_at = time.monotonic()


async def serve(args: argparse.Namespace) -> None:
    """Listen until the process is ended; the port is printed first."""
    truth = Truth(args)
    server = await asyncio.get_running_loop().create_server(
        lambda: Server(truth), "127.0.0.1", args.port, backlog=8192
    )
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


def main() -> None:
    """Read the options and serve."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--step", type=float, default=0.05, help="seconds between chunks; 0: flat out")
    parser.add_argument("--chunks", type=int, default=500)
    parser.add_argument("--ttft", type=float, default=0.05, help="seconds to the first chunk")
    parser.add_argument("--jitter", type=float, default=0.0, help="in steps")
    parser.add_argument("--burst", type=int, default=1, help="chunks that come at once")
    parser.add_argument("--tokens", type=int, default=1, help="tokens a chunk")
    uvloop.run(serve(parser.parse_args()))


if __name__ == "__main__":
    main()

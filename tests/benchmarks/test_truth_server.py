"""The truth server keeps its word: read by our own client, every chunk is there."""

import json
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from stress.client.chat import ChatClient
from stress.client.http1 import FastTransport
from stress.client.meter import Meter
from stress.client.wire import Endpoint

SERVER = Path(__file__).parents[2] / "benchmarks" / "truth_server.py"


class Nobody:
    def sent(self): ...
    def generating(self): ...
    def backing_off(self): ...


@pytest.fixture
def serve():
    running = []

    def start(*options):
        argv = [sys.executable, str(SERVER), *map(str, options)]
        running.append(subprocess.Popen(argv, stdout=subprocess.PIPE))
        return f"http://127.0.0.1:{int(running[-1].stdout.readline())}/v1"

    yield start
    for process in running:
        process.kill()
        process.communicate()


async def read_replies(url, many):
    meter, transport = Meter(), FastTransport()
    client = ChatClient(Endpoint(base_url=url, model="truth"), transport, meter)
    outcomes = [await client.begin([{"role": "user", "content": "Go on."}], Nobody()).run() for _ in range(many)]
    await transport.close()
    return outcomes, meter


def get(url, page):
    with urllib.request.urlopen(f"{url}/{page}") as response:
        return json.load(response)


@pytest.mark.parametrize(
    "options",
    [
        ("--step", 0),
        ("--step", 0, "--burst", 7),
        ("--step", 0.001, "--ttft", 0),
        ("--step", 0.001, "--jitter", 2),
        ("--step", 0.001, "--burst", 7, "--spread", 0.01),
    ],
)
async def test_every_chunk_of_every_reply_comes_and_usage_counts_its_tokens(serve, options):
    url = serve("--chunks", 50, "--tokens", 3, *options)
    outcomes, meter = await read_replies(url, 3)
    assert [(one.error, one.chunks, one.output_tokens, one.text) for one in outcomes] == [
        (None, 50, 150, " word" * 150)
    ] * 3
    assert meter.tokens == 450
    count = get(url, "count")
    assert [count[what] for what in ("requests", "replies", "open", "chunks", "tokens")] == [3, 3, 0, 150, 450]
    assert len(get(url, "arrivals")) == 3


def ask(url):
    """A connection on which one request was sent."""
    parts = urlsplit(url)
    raw = socket.create_connection((parts.hostname, parts.port))
    raw.sendall(b"POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}")
    return raw


def test_bytes_that_were_read_tell_how_many_chunks_came(serve):
    url = serve("--chunks", 50, "--step", 0)
    with ask(url) as raw:
        read = b""
        while not read.endswith(b"0\r\n\r\n"):
            read += raw.recv(65536)
    assert len(read) * get(url, "count")["chunks_a_byte"] == pytest.approx(50)


async def test_the_truth_never_runs_ahead_of_its_plan(serve):
    url = serve("--chunks", 20, "--step", 0.002, "--ttft", 0.01, "--spread", 0.01, "--burst", 2)
    await read_replies(url, 3)
    truth = get(url, "truth")
    assert truth["written"]["ttft"]["p50"] >= truth["scheduled"]["ttft"]["p50"] >= 10
    assert truth["late"]["p50"] >= 0
    assert truth["scheduled"]["itl"]["p50"] == pytest.approx(0)
    assert truth["scheduled"]["itl"]["max"] == pytest.approx(4)


def test_a_client_that_leaves_takes_its_reply_with_it(serve):
    url = serve("--chunks", 100_000, "--step", 0.001, "--ttft", 0)
    with ask(url) as raw:
        assert raw.recv(1)
        assert get(url, "count")["open"] == 1
    while (count := get(url, "count"))["open"]:
        pass  # the server hears of it soon, or this test runs into its time limit
    assert count["replies"] == 0

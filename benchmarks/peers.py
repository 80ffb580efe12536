"""Our whole tool beside its peers: same server, same work, same core, one table.

    python benchmarks/peers.py [--vllm PROGRAM] [--aiperf PROGRAM] [--guidellm PROGRAM] [--runs 3] [--burst 1]

200 streams at once, replies of 500 one-token chunks, as fast as the sockets take them, one request after another on
each stream. The client with all its processes has one core, the truth server the other. Whatever is installed takes
part: `vllm`, `aiperf` and `guidellm` as found on the PATH or given here; the openai SDK is the one in this Python. The
server writes one chunk at a time, which can make its core the limit (see `server CPU`); with `--burst 8` it writes
eight, and each client shows what it can do.

A slow client's chunks wait in sockets and in the client itself, so what the server has sent says little. But a client
asks for the next reply when it has read the one before: a round is 200 requests, its time the mean of when they came,
and chunks a second and CPU a chunk are taken between the first round and the last of a run. All processes of the client
count, and all that each does meanwhile. "First request" is the time from the start of the command. AIPerf is told to
count tokens by the server's `usage`, which is less work for it than its tokenizer; all get a tokenizer of a few words.

Acceptance: chunks/s ≥ 1.4 × `vllm bench serve`, ≥ 5 × AIPerf, ≥ 8 × guidellm, ≥ 20 × the openai SDK.
"""

import argparse
import itertools
import json
import shutil
import subprocess
import sys
import tempfile
import time
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from bench import (
    ALONE,
    CLIENT_CORE,
    HERE,
    ROOT,
    TruthServer,
    cpu,
    end,
    everyone,
    family,
    machine,
    median,
    spawn,
    table,
    verdict,
    wait_quiet,
)

STREAMS, CHUNKS = 200, 500
WATCH_S, ROUNDS = 8.0, 4
"""How long a client is watched, at least, in seconds and in rounds of 200 replies."""
PATIENCE_S = 240.0
REQUESTS = 20_000
"""More than any client gets through before it is ended."""


@dataclass(frozen=True)
class Peer:
    """A client: its name and version for the table, its command, and how many times faster we promise to be."""

    name: str
    argv: Sequence[object]
    promised: float | None = None


@dataclass(frozen=True)
class Sample:
    """CPU seconds used until a moment of the monotonic clock."""

    at: float
    client: float
    server: float
    others: float


@dataclass(frozen=True)
class Score:
    """One run of a client."""

    chunks_a_second: float
    us_a_chunk: float
    first_request: float
    """Seconds from the start of the command."""
    client: float
    server: float
    others: float
    """Shares of one core."""


def measure(peer: Peer, server: TruthServer, scratch: Path) -> Score:
    """Run this client for some rounds.

    Raises:
        RuntimeError: it ended, or did not get so far in time.
    """
    with (scratch / "log").open("w+b") as log:
        began = time.monotonic()
        process = spawn(peer.argv, [CLIENT_CORE], stdout=log, stderr=log, cwd=scratch if peer.promised else ROOT)
        try:
            samples, arrivals = watch_rounds(server, process)
        except RuntimeError as trouble:
            log.seek(0)
            said = log.read().decode(errors="replace").strip().splitlines()
            raise RuntimeError(f"{trouble}; it said: {' / '.join(said[-4:])}") from None
        finally:
            end(process, patience=2)
    return score(samples, arrivals, began)


def watch_rounds(server: TruthServer, process: subprocess.Popen[bytes]) -> tuple[list[Sample], list[float]]:
    """Read everybody's CPU while requests come, until there are enough: the readings, and when each request came."""
    server.wait_for(lambda count: count["requests"] > STREAMS, process, PATIENCE_S)
    samples: list[Sample] = []
    until = time.monotonic() + PATIENCE_S
    while True:
        if process.poll() is not None:
            raise RuntimeError(f"it ended with status {process.returncode} while it was measured")
        client, serving, all_of_them = cpu(family(process.pid)), cpu(family(server.process.pid)), everyone()
        now = time.monotonic()
        samples.append(Sample(now, client, serving, all_of_them - client - serving - time.process_time()))
        enough = server.get("count")["requests"] >= STREAMS * (ROUNDS + 2)
        if enough and now - samples[0].at > WATCH_S:
            return samples, server.get("arrivals")
        if now > until:
            raise RuntimeError(f"it did not read {ROUNDS} rounds within {PATIENCE_S:.0f} s")
        time.sleep(0.25)


def score(samples: Sequence[Sample], arrivals: Sequence[float], began: float) -> Score:
    """What the rounds between the first and the last whole one of these arrivals say."""
    blocks = [arrivals[start : start + STREAMS] for start in range(STREAMS, len(arrivals) - STREAMS + 1, STREAMS)]
    times = [sum(block) / STREAMS for block in blocks]
    chunks = (len(times) - 1) * STREAMS * CHUNKS
    before, after = between(samples, times[0]), between(samples, times[-1])
    seconds = times[-1] - times[0]
    return Score(
        chunks_a_second=chunks / seconds,
        us_a_chunk=(after.client - before.client) / chunks * 1e6,
        first_request=arrivals[0] - began,
        client=(after.client - before.client) / seconds,
        server=(after.server - before.server) / seconds,
        others=max(0.0, after.others - before.others) / seconds,
    )


def between(samples: Sequence[Sample], at: float) -> Sample:
    """The CPU used until this moment, interpolated."""
    place = min(max(1, bisect_left(samples, at, key=lambda sample: sample.at)), len(samples) - 1)
    a, b = samples[place - 1], samples[place]
    share = (at - a.at) / (b.at - a.at)

    def mix(x: float, y: float) -> float:
        return x + (y - x) * share

    return Sample(at, mix(a.client, b.client), mix(a.server, b.server), mix(a.others, b.others))


def make_tokenizer(directory: Path) -> Path:
    """A tokenizer of a few hundred words in Hugging Face's format: the peers want one, and nothing is downloaded."""
    words = ["<unk>", "<s>", "</s>", "word", *(f"w{number}" for number in range(500))]
    tokenizer = {
        "version": "1.0",
        "added_tokens": [
            {"id": index, "content": words[index], "special": True}
            | dict.fromkeys(("single_word", "lstrip", "rstrip", "normalized"), False)
            for index in range(3)
        ],
        "pre_tokenizer": {"type": "WhitespaceSplit"},
        "model": {
            "type": "WordLevel",
            "vocab": {word: index for index, word in enumerate(words)},
            "unk_token": "<unk>",
        },
    }
    config = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "bos_token": "<s>",
        "eos_token": "</s>",
        "unk_token": "<unk>",
        "model_max_length": 1 << 20,
        "chat_template": "{% for message in messages %}{{ message['content'] }} {% endfor %}",
    }
    directory.mkdir()
    (directory / "tokenizer.json").write_text(json.dumps(tokenizer), encoding="utf-8")
    (directory / "tokenizer_config.json").write_text(json.dumps(config), encoding="utf-8")
    (directory / "config.json").write_text(json.dumps({"model_type": "llama"}), encoding="utf-8")
    return directory


def vllm_bench(program: str, url: str, tokenizer: Path) -> Peer:
    """`vllm bench serve`."""
    root = url.removesuffix("/v1")
    argv = [program, "bench", "serve", "--backend", "openai-chat", "--base-url", root]
    argv += ["--endpoint", "/v1/chat/completions", "--model", "truth", "--tokenizer", tokenizer]
    argv += ["--dataset-name", "random", "--random-input-len", 16, "--random-output-len", CHUNKS]
    argv += ["--num-prompts", 4000, "--max-concurrency", STREAMS, "--disable-tqdm"]
    return Peer(f"vllm bench serve {_version(program, 'vllm')}", argv, 1.4)


def aiperf(program: str, url: str, tokenizer: Path) -> Peer:
    """AIPerf."""
    argv = [program, "profile", "--model", "truth", "--url", url.removesuffix("/v1"), "--endpoint-type", "chat"]
    argv += ["--streaming", "--tokenizer", tokenizer, "--concurrency", STREAMS, "--request-count", REQUESTS]
    argv += ["--num-prompts", STREAMS, "--isl", 16, "--osl", CHUNKS, "--use-server-token-count", "--ui", "none"]
    argv += ["--no-gpu-telemetry", "--no-server-metrics", "--artifact-dir", tokenizer.parent / "aiperf"]
    return Peer(f"AIPerf {_version(program, 'aiperf')}", argv, 5.0)


def guidellm(program: str, url: str, tokenizer: Path) -> Peer:
    """GuideLLM."""
    argv = [program, "run", "--backend", f"kind=openai_http,target={url.removesuffix('/v1')},model=truth"]
    argv += ["--profile", f"kind=concurrent,streams={STREAMS}", "--constraint", "kind=max_duration,seconds=600"]
    argv += ["--tokenizer", f"kind=huggingface_auto,model={tokenizer}", "--disable-console"]
    argv += ["--data", f"kind=synthetic_text,prompt_tokens=16,output_tokens={CHUNKS}"]
    return Peer(f"guidellm {_version(program, 'guidellm')}", argv, 8.0)


def openai_sdk(url: str) -> Peer:
    """The openai SDK: openai_client.py."""
    argv = [sys.executable, HERE / "openai_client.py", url, STREAMS]
    return Peer(f"openai SDK {version('openai')}", argv, 20.0)


def ours(url: str, out: Path) -> Peer:
    """Our whole tool, session and worker on the one core."""
    argv = [sys.executable, "-m", "stress", "ramp", "--url", url, "--scenario", ALONE, "--ui", "none", "--out", out]
    return Peer(f"stress {version('agent-stress')}", [*argv, "--agents", STREAMS, "--hold", "10m", "--workers", 1])


def _version(program: str, package: str) -> str:
    """The version of a package in the Python that a program's first line names."""
    first = Path(program).read_bytes().split(b"\n", 1)[0].removeprefix(b"#!").decode()
    ask = "import sys; from importlib.metadata import version; print(version(sys.argv[1]))"
    said = subprocess.run([first, "-c", ask, package], capture_output=True, text=True, check=False)
    return said.stdout.strip()


def takers(options: argparse.Namespace, url: str, tokenizer: Path, out: Path) -> list[Peer]:
    """Everyone who is installed, ourselves first."""
    found = [ours(url, out)]
    for name, make in (("vllm", vllm_bench), ("aiperf", aiperf), ("guidellm", guidellm)):
        program = shutil.which(getattr(options, name) or name)
        if program:
            found.append(make(program, url, tokenizer))
    return [*found, openai_sdk(url)]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("vllm", "aiperf", "guidellm"):
        parser.add_argument(f"--{name}", metavar="PROGRAM")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--burst", type=int, default=1, help="chunks a write")
    options = parser.parse_args()
    scores: dict[str, list[Score]] = {}
    promised: dict[str, float | None] = {}
    for name in ("vllm", "aiperf", "guidellm"):
        if not shutil.which(getattr(options, name) or name):
            print(f"{name} is not installed: it stays out of the table.")
    for run, number in itertools.product(range(options.runs), range(5)):
        with tempfile.TemporaryDirectory() as place, TruthServer(step=0, chunks=CHUNKS, burst=options.burst) as server:
            peers = takers(options, server.url, make_tokenizer(Path(place) / "tokenizer"), Path(place) / "run")
            if number >= len(peers):
                continue
            peer = peers[number]
            wait_quiet()
            try:
                found = measure(peer, server, Path(place))
            except RuntimeError as trouble:
                print(f"run {run + 1}: {peer.name} stays out: {trouble}", flush=True)
                continue
            print(f"run {run + 1}: {peer.name}: {found.chunks_a_second:,.0f} chunks/s", flush=True)
            scores.setdefault(peer.name, []).append(found)
            promised[peer.name] = peer.promised
    print(f"\n{report(scores, promised)}\n\n{machine()}")


def report(scores: dict[str, list[Score]], promised: dict[str, float | None]) -> str:
    """The table, and which promises hold."""
    speeds = {name: [score.chunks_a_second for score in found] for name, found in scores.items()}
    mine = median(next(iter(speeds.values())))
    rows, lines = [], []
    for name, found in scores.items():
        times = mine / median(speeds[name])
        rows.append(
            [
                name,
                f"{median(speeds[name]):,.0f}",
                f"{min(speeds[name]):,.0f}–{max(speeds[name]):,.0f}",
                f"{median(score.us_a_chunk for score in found):.1f}",
                f"{median(score.first_request for score in found):.1f}",
                f"{median(score.client for score in found):.0%}",
                f"{median(score.server for score in found):.0%}",
                f"{max(score.others for score in found):.0%}",
                f"{times:.2f}",
            ]
        )
        promise = promised[name]
        if promise:
            lines.append(f"≥ {promise:g} × {name}: {times:.2f}, {verdict(times >= promise)}")
    head = ["", "chunks/s", "range", "µs a chunk", "first request, s"]
    head += ["client CPU", "server CPU", "others", "stress is × as fast"]
    return "\n".join([table(head, rows), "", *lines])


if __name__ == "__main__":
    main()

"""What breaks, and how it reads: each wording of each engine has its name in the record and on the screen.

A new engine adds its rows: what it answers to a request to `errors` of its dialect (`tests/fakes/dialect_*.py`) or
to ANSWERS, what its log says to LOG_LINES.
"""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest
from chat_server import FakeChatServer, Reply
from dialects import dialects
from fake_adapter import fake_process, tell, until
from recorded import read_events
from short_runs import finish, make_plan, start

from stress.client.failures import name_failure
from stress.engines.registry import ADAPTERS, FAILURES, adapter_named
from stress.events import Request, Trouble
from stress.ramp import parse_ramp
from stress.runs.handle import Control
from tui.panels.errors import Errors


def openai(message: str, kind: str = "Error", **more: object) -> str:
    return json.dumps({"error": {"message": message, "type": kind, **more}})


class Answered(NamedTuple):
    """What an engine answers to a request, and what is to be made of it."""

    engine: str
    status: int | None
    """Null: inside a 200 stream."""
    body: str
    name: str
    says: str
    """A part of its words that the detail keeps."""


ANSWERS = [
    Answered(
        "vllm",
        503,
        openai("The engine is currently busy and cannot accept new requests. Please try again later."),
        "queue_full",
        "currently busy",
    ),
    Answered(
        "vllm",
        400,
        openai("This model's maximum context length is 4096 tokens. However, you requested 5000.", "BadRequestError"),
        "context_exceeded",
        "maximum context length is 4096",
    ),
    Answered(
        "vllm",
        500,
        openai("The server had an error while processing your request. Sorry about that!"),
        "engine_dead",
        "The server had an error",
    ),
    Answered(
        "vllm",
        500,
        openai("EngineCore encountered an issue. See stack trace (above) for the root cause.", "InternalServerError"),
        "engine_dead",
        "EngineCore encountered an issue",
    ),
    Answered(
        "vllm",
        None,
        openai("The server had an error while processing your request.", code=500),
        "engine_dead",
        "The server had an error",
    ),
    Answered(
        "vllm", 404, openai("The model `x` does not exist.", "NotFoundError"), "model_not_found", "does not exist"
    ),
    Answered(
        "llama.cpp",
        400,
        openai(
            "the request exceeds the available context size, try increasing it",
            "exceed_context_size_error",
            n_prompt_tokens=900,
            n_ctx=512,
        ),
        "context_exceeded",
        "n_prompt_tokens=900 n_ctx=512",
    ),
    Answered(
        "llama.cpp", 500, openai("Context size has been exceeded.", "server_error"), "kv_pool_full", "Context size"
    ),
    Answered("llama.cpp", None, openai("Context size has been exceeded."), "kv_pool_full", "Context size"),
    Answered(
        "transformers",
        500,
        openai("CUDA out of memory. Tried to allocate 2.00 GiB."),
        "out_of_gpu_memory",
        "Tried to allocate 2.00 GiB",
    ),
    Answered("transformers", 400, '{"detail":"Server is pinned to x"}', "model_not_found", "pinned to x"),
    Answered("transformers", 503, '{"detail":"CB worker is dead"}', "engine_dead", "CB worker is dead"),
    Answered("a gateway", 429, "<html>slow down</html>", "rate_limited", "slow down"),
]

ANSWERS += [
    Answered(
        dialect.engine,
        said.status,
        said.text,
        said.name,
        name_failure(said.status, said.text, words=FAILURES).detail[:200],
    )
    for dialect in dialects()
    for said in dialect.errors
]


class Logged(NamedTuple):
    """What an engine's log says, and what is to be made of it."""

    engine: str
    line: str
    name: str


TORCH = "torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 9.00 GiB. GPU 0 has a total of 79 GiB"
LOG_LINES = [
    Logged("vllm", f"(EngineCore pid=9) ERROR 11-23 08:00:00 [core.py:1100] {TORCH}", "out_of_gpu_memory"),
    Logged(
        "vllm",
        "ValueError: No available memory for the cache blocks. Try increasing `gpu_memory_utilization`.",
        "does_not_fit",
    ),
    Logged(
        "vllm",
        "ValueError: Free memory on device cuda:0 (9.1/79.2 GiB) on startup is less than desired utilization",
        "does_not_fit",
    ),
    Logged(
        "vllm",
        "ValueError: To serve at least one request with the model's max seq len (131072), 16.0 GiB is needed",
        "does_not_fit",
    ),
    Logged(
        "vllm",
        "ValueError: Total number of attention heads (28) must be divisible by tensor parallel size (8).",
        "bad_parallelism",
    ),
    Logged("vllm", "torch.distributed.DistBackendError: NCCL error in: /pytorch/x.cpp:3690, unhandled", "nccl"),
    Logged("vllm", "[rank1]:[E1123] Watchdog caught collective operation timeout: WorkNCCL(SeqNum=7)", "nccl"),
    Logged("vllm", "ERROR [core.py:1100] EngineCore encountered a fatal error.", "engine_dead"),
    Logged(
        "vllm",
        "(EngineCore pid=143) ERROR [multiproc_executor.py:283] Worker proc VllmWorker-0 died unexpectedly",
        "engine_dead",
    ),
    Logged("vllm", "(EngineCore_DP0 pid=1) ERROR Worker proc VllmWorker-0 died unexpectedly, shutting", "engine_dead"),
    Logged("vllm", "ValueError: Invalid repository ID or local directory specified: 'nonsense'", "missing_model"),
    Logged("vllm", "OSError: [Errno 98] error while attempting to bind: address already in use", "port_in_use"),
    Logged(
        "llama.cpp",
        "ggml_backend_cuda_buffer_type_alloc_buffer: allocating 9000.00 MiB on device 0: "
        "cudaMalloc failed: out of memory",
        "out_of_gpu_memory",
    ),
    Logged("llama.cpp", "llama_kv_cache_init: failed to allocate buffer for kv cache", "out_of_gpu_memory"),
    Logged("llama.cpp", "llama_model_load: error loading model: unable to allocate CUDA0 buffer", "out_of_gpu_memory"),
    Logged("llama.cpp", "gguf_init_from_file: failed to open GGUF file 'x.gguf'", "missing_model"),
    Logged("llama.cpp", "main: couldn't bind HTTP server socket, hostname: 127.0.0.1, port: 8080", "port_in_use"),
    Logged("transformers", TORCH, "out_of_gpu_memory"),
    Logged("transformers", "OSError: x is not a local folder and is not a valid model identifier", "missing_model"),
    Logged("embedded", "llama_kv_cache_init: failed to allocate buffer for kv cache", "out_of_gpu_memory"),
]


def ids(row) -> str:
    return f"{row.engine}-{row.name}"


@pytest.mark.parametrize("row", ANSWERS, ids=ids)
def test_a_servers_words_have_a_name(row):
    failure = name_failure(row.status, row.body, words=FAILURES)
    assert failure.name == row.name
    assert row.says in failure.detail


def test_every_pattern_of_every_engine_has_a_wording():
    for adapter in ADAPTERS:
        for pattern in adapter.failures:
            wordings = [row for row in ANSWERS if pattern.are_in(row.body) and row.name == pattern.name]
            assert wordings, f"{adapter.name}: nothing in ANSWERS or a dialect shows what {pattern.regex!r} is for"


def trouble_in(line: str, engine: str) -> str | None:
    adapter = adapter_named(engine)
    assert adapter is not None
    return next((trouble.name for trouble in adapter.troubles if trouble.regex.search(line)), None)


@pytest.mark.parametrize("row", LOG_LINES, ids=ids)
def test_a_logs_words_have_a_name(row):
    assert trouble_in(row.line, row.engine) == row.name


def test_the_client_side_of_a_dead_vllm_has_a_name():
    # vllm-project/vllm#32468
    line = "(APIServer pid=9) ERROR [core_client.py:562] Engine core proc EngineCore_DP0 died unexpectedly, shutting"
    assert trouble_in(line, "vllm") == "engine_dead"


def test_an_illegal_instruction_of_llama_cpp_has_a_name():
    assert trouble_in("CUDA error: an illegal instruction was encountered", "llama.cpp") == "gpu_error"


HARMLESS = [
    ("vllm", "INFO 11-23 08:00:00 [launcher.py:46] Route: /v1/chat/completions, Methods: POST"),
    ("vllm", "INFO: Available KV cache memory: 55.17 GiB"),
    ("vllm", "WARNING NCCL version is old; using NCCL 2.27"),
    ("vllm", 'INFO 127.0.0.1:50000 - "POST /v1/chat/completions HTTP/1.1" 200 OK'),
    ("llama.cpp", "ggml_cuda_init: found 1 CUDA devices (Total VRAM: 81079 MiB)"),
    ("llama.cpp", "llama_kv_cache: CUDA0 KV buffer size = 512.00 MiB"),
    ("llama.cpp", "srv  update_slots: all slots are idle"),
]


@pytest.mark.parametrize(("engine", "line"), HARMLESS)
def test_everyday_lines_are_no_trouble(engine, line):
    assert trouble_in(line, engine) is None


def drawn(snapshot, height=60) -> list[str]:
    return [strip.text for strip in Errors("errors").draw(snapshot, 300, height)]


def reply_with(row: Answered) -> Reply:
    if row.status is None:
        return Reply([f"data: {row.body}\n\n".encode(), b"data: [DONE]\n\n"])
    return Reply([row.body.encode()], row.status, {"Content-Type": "text/plain", "Retry-After": "0"}, "length")


class Told(NamedTuple):
    """A run in which each agent always meets the same failure: its record and its last picture."""

    requests: list[Request]
    screen: list[str]
    counts: dict[str, int]


AT_ONCE = 12
"""Failures in one run: a screen keeps the newest 20."""


async def fail(rows: list[Answered], path: Path) -> Told:
    met: dict[str, Answered] = {}

    def answer(received) -> Reply:
        who = received.messages[0]["content"]  # the agent's own instructions, in which its name stands
        return reply_with(met.setdefault(who, rows[len(met) % len(rows)]))

    async with FakeChatServer(answer) as server:
        plan = make_plan(server.url, ramp=parse_ramp(str(len(rows)), hold="60s", rate="600"), topology="none")
        session = start(plan, path)
        async with asyncio.timeout(60):
            while len({failure.agent for failure in session.snapshot().failures}) < len(rows):  # noqa: ASYNC110
                await asyncio.sleep(0.02)
        picture = session.snapshot()
        session.control(Control("drain"))
        await finish(session)
    requests = [event for event in read_events(path) if isinstance(event, Request)]
    return Told(requests, drawn(picture), picture.sample.errors)


@pytest.fixture(scope="module")
def failed(tmp_path_factory) -> Callable[[int], Told]:
    """The run in which the row of this number was met."""
    runs: dict[int, Told] = {}

    def failed(number: int) -> Told:
        part = number // AT_ONCE
        if part not in runs:
            rows = ANSWERS[part * AT_ONCE : (part + 1) * AT_ONCE]
            runs[part] = asyncio.run(fail(rows, tmp_path_factory.mktemp("failures") / "run"))
        return runs[part]

    return failed


@pytest.mark.parametrize("number", range(len(ANSWERS)), ids=[ids(row) for row in ANSWERS])
def test_a_failed_request_has_its_name_in_the_record_and_on_the_screen(failed, number):
    row, told = ANSWERS[number], failed(number)
    found = [request for request in told.requests if request.error == row.name]
    assert [request for request in found if row.says in (request.detail or "")]
    assert told.counts[row.name] > 0
    assert f"× {row.name} " in told.screen[1]
    assert any(row.name in line and row.says[:100] in line for line in told.screen[2:])


@pytest.fixture(scope="module", params=sorted({row.engine for row in LOG_LINES}))
def run_of_troubles(request, tmp_path_factory):
    """A run whose engine's log says all that this engine's can; gives its name, the record and the screen."""
    name = request.param
    path = tmp_path_factory.mktemp("troubles") / "run"
    process = fake_process(troubles=adapter_named(name).troubles)
    try:
        process.wait_until_ready(lambda _: None)
        rows = [row for row in LOG_LINES if row.engine == name]

        async def run():
            async with FakeChatServer() as server:
                session = start(make_plan(server.url, ramp=parse_ramp("2", hold="60s"), engine=process), path)
                for row in rows:
                    await asyncio.to_thread(tell, process, "/say", row.line)
                names = {row.name for row in rows}
                await asyncio.to_thread(
                    until, lambda: {trouble.name for trouble in session.snapshot().troubles} >= names
                )
                picture = session.snapshot()
                session.control(Control("stop"))
                await finish(session)
            return drawn(picture)

        screen = asyncio.run(run())
    finally:
        process.stop()
    return name, [event for event in read_events(path) if isinstance(event, Trouble)], screen


def test_what_the_log_says_is_in_the_record_and_on_the_screen_once_by_name(run_of_troubles):
    engine, troubles, screen = run_of_troubles
    first = {}
    for row in LOG_LINES:
        if row.engine == engine:
            first.setdefault(row.name, row.line)
    assert {trouble.name: trouble.detail for trouble in troubles} == first
    assert len(troubles) == len(first)
    for name, line in first.items():
        assert any(f"! engine: {name}: {line[:60]}" in text for text in screen)

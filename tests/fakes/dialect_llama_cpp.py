"""llama.cpp as its server of October 2026 speaks: `tools/server/server-context.cpp`, `server-task.cpp`."""

from dialects import Dialect, Said, events
from pages_server import listing

from stress.engines.adapter import Identity


def failed(status: int, kind: str, message: str, **more: int) -> dict:
    """The body of an error."""
    return {"error": {"code": status, "message": message, "type": kind, **more}}


def chunk(delta: dict, finish: str | None = None) -> dict:
    """One chunk of a stream."""
    return {
        "choices": [{"finish_reason": finish, "index": 0, "delta": delta}],
        "created": 1790000000,
        "id": "chatcmpl-x",
        "model": "m.gguf",
        "system_fingerprint": "b11549",
        "object": "chat.completion.chunk",
    }


METRICS = """\
# HELP llamacpp:prompt_tokens_total Number of prompt tokens processed, excluding cached tokens
# TYPE llamacpp:prompt_tokens_total counter
llamacpp:prompt_tokens_total 500
# TYPE llamacpp:prompt_tokens_cached_total counter
llamacpp:prompt_tokens_cached_total 300
# TYPE llamacpp:tokens_predicted_total counter
llamacpp:tokens_predicted_total 7000
# TYPE llamacpp:requests_processing gauge
llamacpp:requests_processing 4
# TYPE llamacpp:requests_deferred gauge
llamacpp:requests_deferred 9
"""

TOO_LONG = "request (5000 tokens) exceeds the available context size (4096 tokens), try increasing it"

DIALECT = Dialect(
    engine="llama.cpp",
    pages={
        "/v1/models": listing(
            "m.gguf",
            owned_by="llamacpp",
            meta={"n_params": 8030261248, "size": 4912898304, "n_ctx_train": 131072, "n_vocab": 128256, "n_embd": 4096},
        ),
        "/props": {
            "default_generation_settings": {"n_ctx": 4096},
            "total_slots": 4,
            "model_path": "/models/m.gguf",
            "build_info": "b11549-abcdef",
            "is_sleeping": False,
        },
    },
    identity=Identity(
        engine="llama.cpp",
        version="b11549-abcdef",
        model="/models/m.gguf",
        n_params=8030261248,
        weight_bytes=4912898304,
        context=4096,
        slots=4,
        facts={"n_ctx_train": 131072, "n_vocab": 128256, "n_embd": 4096},
    ),
    metrics=METRICS,
    reading={"running": 4, "waiting": 9, "gen_tokens": 7000, "prompt_tokens": 800},
    errors=(
        Said(
            name="context_exceeded",
            status=400,
            body=failed(400, "exceed_context_size_error", TOO_LONG, n_prompt_tokens=5000, n_ctx=4096),
        ),
        Said(name="kv_pool_full", status=500, body=failed(500, "server_error", "Context size has been exceeded.")),
        Said(name="kv_pool_full", status=None, body=failed(500, "server_error", "Context size has been exceeded.")),
        Said(name="server_error", status=503, body=failed(503, "unavailable_error", "Loading model")),
    ),
    stream=b": ping\n\n"
    + events(
        chunk({"role": "assistant", "content": None}),
        chunk({"reasoning_content": "Hm."}),
        chunk({"content": "Good day"}),
        chunk({}, "stop"),
        {
            **chunk({}),
            "choices": [],
            "usage": {
                "completion_tokens": 6,
                "prompt_tokens": 20,
                "total_tokens": 26,
                "prompt_tokens_details": {"cached_tokens": 19},
            },
            "timings": {"cache_n": 19, "prompt_n": 1},
        },
        "[DONE]",
    ),
    text="Good day",
    reasoning="Hm.",
    prompt_tokens=20,
    output_tokens=6,
    cached_tokens=19,
)

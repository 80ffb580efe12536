"""transformers 5.19 `serve`, as it answered here, and `transformers/cli/serving/*.py`.

It lists what lies in the cache; it sends usage though it ignores `stream_options`, and no `[DONE]`.
"""

from dialects import Dialect, Said, events
from pages_server import listing

from stress.engines.adapter import Identity

MODEL = "Qwen/Qwen3-0.6B"


def chunk(delta: dict, **more: object) -> dict:
    """One chunk of a stream; it says the revision after the model's name."""
    finish = {"finish_reason": more.pop("finish")} if "finish" in more else {}
    return {
        "id": "65125984",
        "choices": [{"delta": delta, "index": 0, **finish}],
        "created": 1795424757,
        "model": f"{MODEL}@main",
        "object": "chat.completion.chunk",
        "system_fingerprint": "",
        **more,
    }


PATHS = ("/v1/chat/completions", "/v1/completions", "/v1/responses", "/load_model", "/reset", "/v1/models", "/health")
OUT_OF_MEMORY = "CUDA out of memory. Tried to allocate 2.00 GiB."

DIALECT = Dialect(
    engine="transformers",
    pages={
        "/v1/models": listing(MODEL, created=1790000000.0, owned_by="Qwen"),
        "/openapi.json": {"openapi": "3.1.0", "paths": {path: {} for path in PATHS}},
        "/health": {"status": "ok"},
    },
    identity=Identity(engine="transformers", model=MODEL),
    errors=(
        Said(
            name="model_not_found",
            status=400,
            body={"detail": "Server is pinned to '/models/a'; requested 'other'."},
        ),
        Said(
            name="engine_dead",
            status=503,
            body={"error": f"CB worker is dead and cannot accept request 65125984: {OUT_OF_MEMORY}"},
        ),
        Said(name="out_of_gpu_memory", status=None, body={"error": OUT_OF_MEMORY}),
        Said(name="bad_request", status=422, body={"detail": "Unexpected fields in the request: {'x'}"}),
    ),
    stream=events(
        chunk({"role": "assistant"}),
        chunk({"reasoning_content": "Hm."}),
        chunk({"content": "Good day"}),
        chunk({}, finish="length", usage={"completion_tokens": 10, "prompt_tokens": 20, "total_tokens": 30}),
    ),
    text="Good day",
    reasoning="Hm.",
    prompt_tokens=20,
    output_tokens=10,
)

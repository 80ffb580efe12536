"""Ollama as it speaks OpenAI: `openai/openai.go`, `server/routes.go`, `server/sched.go`, and docs.ollama.com/api."""

from dialects import Dialect, Said, events
from pages_server import listing

from stress.engines.adapter import Identity

MODEL = "llama3.2:1b"
DETAILS = {
    "parent_model": "",
    "format": "gguf",
    "family": "llama",
    "families": ["llama"],
    "parameter_size": "1.2B",
    "quantization_level": "Q8_0",
}


def failed(status: int, message: str) -> dict:
    """The body of an error: its kind follows from the status."""
    kind = {400: "invalid_request_error", 404: "not_found_error"}.get(status, "api_error")
    return {"error": {"message": message, "type": kind, "param": None, "code": None}}


def chunk(content: str, finish: str | None = None, **more: str) -> dict:
    """One chunk of a stream; each says the role."""
    return {
        "id": "chatcmpl-712",
        "object": "chat.completion.chunk",
        "created": 1790000000,
        "model": MODEL,
        "system_fingerprint": "fp_ollama",
        "choices": [{"index": 0, "delta": {"role": "assistant", "content": content, **more}, "finish_reason": finish}],
    }


BUSY = "server busy, please try again.  maximum pending requests exceeded"
NO_MEMORY = "llama runner process has terminated: cudaMalloc failed: out of memory"

DIALECT = Dialect(
    engine="ollama",
    pages={
        "/v1/models": listing(MODEL, "qwen3:4b", created=1790000000, owned_by="library"),
        "/api/version": {"version": "0.20.3"},
        "/api/tags": {
            "models": [
                {"name": "qwen3:4b", "model": "qwen3:4b", "size": 2500000000, "digest": "1", "details": {}},
                {"name": MODEL, "model": MODEL, "size": 1321098329, "digest": "2", "details": DETAILS},
            ]
        },
        "/api/ps": {
            "models": [
                {
                    "name": MODEL,
                    "model": MODEL,
                    "size": 2000000000,
                    "digest": "2",
                    "details": DETAILS,
                    "expires_at": "2318-01-01T00:00:00Z",
                    "size_vram": 1500000000,
                    "context_length": 4096,
                }
            ]
        },
        "/api/show": {
            "details": DETAILS,
            "model_info": {
                "general.architecture": "llama",
                "general.parameter_count": 1235814432,
                "llama.context_length": 131072,
            },
            "capabilities": ["completion"],
        },
    },
    identity=Identity(
        engine="ollama",
        version="0.20.3",
        model=MODEL,
        n_params=1235814432,
        weight_bytes=1321098329,
        context=4096,
        quantization="Q8_0",
        facts={
            "parameter_size": "1.2B",
            "n_ctx_train": 131072,
            "memory_bytes": 2000000000,
            "gpu_bytes": 1500000000,
        },
    ),
    errors=(
        Said(name="queue_full", status=503, body=failed(503, BUSY)),
        Said(name="queue_full", status=503, body={"error": BUSY}),
        Said(name="model_not_found", status=404, body=failed(404, 'model "x" not found, try pulling it first')),
        Said(name="model_not_found", status=404, body=failed(404, "model 'x' not found")),
        Said(name="out_of_gpu_memory", status=500, body=failed(500, NO_MEMORY)),
        Said(name="engine_dead", status=500, body=failed(500, "llama runner process has terminated: signal: killed")),
    ),
    stream=events(
        chunk("", reasoning="Hm."),
        chunk("Good"),
        chunk(" day"),
        chunk("", "stop"),
        {
            **chunk(""),
            "choices": [],
            "usage": {"prompt_tokens": 20, "completion_tokens": 5, "total_tokens": 25},
        },
        "[DONE]",
    ),
    text="Good day",
    reasoning="Hm.",
    prompt_tokens=20,
    output_tokens=5,
)

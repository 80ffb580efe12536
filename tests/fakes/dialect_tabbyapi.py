"""tabbyAPI: `endpoints/core/types/model.py`, `endpoints/OAI/utils/chat_completion.py`, `common/networking.py`."""

from dialects import Dialect, Said, events
from pages_server import listing

from stress.engines.adapter import Identity

MODEL = "Llama-3.1-8B-exl3-4bpw"


def failed(message: str) -> dict:
    """What an error inside a stream holds: `get_generator_error`."""
    return {"error": {"message": message, "trace": None}}


def chunk(content: str | None, finish: str | None = None) -> dict:
    """One chunk of a stream."""
    choice: dict = {"index": 0, "finish_reason": finish, "delta": {}, "logprobs": None}
    if content is not None:
        choice["delta"] = {"role": "assistant", "content": content, "tool_calls": None}
    return {
        "id": "chatcmpl-5d3a",
        "choices": [choice],
        "created": 1790000000,
        "model": MODEL,
        "object": "chat.completion.chunk",
        "usage": None,
    }


TOO_LONG = "Prompt length 5000 is greater than max_seq_len 4096"
ABORTED = "Chat completion aborted. Please check the server console."
NO_MODEL = "No models are currently loaded."

DIALECT = Dialect(
    engine="tabbyapi",
    pages={
        "/v1/models": listing(MODEL, "another", created=1790000000, owned_by="tabbyAPI"),
        "/v1/model": {
            "id": MODEL,
            "object": "model",
            "created": 1790000000,
            "owned_by": "tabbyAPI",
            "logging": None,
            "parameters": {
                "max_seq_len": 4096,
                "rope_scale": 1.0,
                "rope_alpha": 1.0,
                "max_batch_size": 32,
                "cache_size": 131072,
                "cache_mode": "FP16",
                "chunk_size": 2048,
                "prompt_template": "from_tokenizer_config",
                "use_vision": False,
                "draft": None,
            },
        },
        "/health": {"status": "healthy", "issues": []},
    },
    identity=Identity(
        engine="tabbyapi",
        model=MODEL,
        context=4096,
        slots=32,
        facts={"cache_size": 131072, "cache_mode": "FP16", "chunk_size": 2048},
    ),
    errors=(
        Said(name="context_exceeded", status=400, body={"detail": TOO_LONG}),
        Said(name="context_exceeded", status=None, body=failed(TOO_LONG)),
        Said(name="stream_error", status=None, body=failed(ABORTED)),
        Said(name="model_not_found", status=503, body={"detail": NO_MODEL}),
        Said(name="unauthorized", status=401, body={"detail": "Please provide an API key"}),
    ),
    stream=b": ping - 2026-11-01 00:00:00\n\n"
    + events(
        chunk("Good"),
        chunk(" day"),
        chunk(None, "stop"),
        {
            **chunk(None),
            "choices": [],
            "usage": {"prompt_tokens": 20, "completion_tokens": 4, "total_tokens": 24, "prompt_time": 0.02},
        },
        "[DONE]",
    ),
    text="Good day",
    prompt_tokens=20,
    output_tokens=4,
)

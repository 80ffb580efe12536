"""DeepSpeed-MII 0.3.3: `mii/entrypoints/openai_api_server.py` and `data_models.py`. It streams no usage."""

from dialects import Dialect, Said, events
from pages_server import listing

from stress.engines.adapter import Identity

MODEL = "mistralai/Mistral-7B-Instruct-v0.1"


def failed(code: int, message: str) -> dict:
    """The body of an error, which is always a 400; `code` is FastChat's."""
    return {"object": "error", "message": message, "code": code}


def chunk(delta: dict, finish: str | None = None) -> dict:
    """One chunk of a stream: only what was set."""
    return {
        "id": "chatcmpl-3kTQ",
        "choices": [{"index": 0, "delta": delta, "finish_reason": finish}],
        "model": MODEL,
    }


DIALECT = Dialect(
    engine="deepspeed-mii",
    pages={
        "/v1/models": listing(MODEL, created=1790000000, owned_by="deepspeed-mii", root=MODEL, parent=None),
        "/health": {"status": "ok"},
    },
    identity=Identity(engine="deepspeed-mii", model=MODEL),
    errors=(
        Said(name="model_not_found", status=400, body=failed(40301, f'Model "x" not found. Please use "{MODEL}".')),
        Said(name="bad_request", status=400, body=failed(40001, "messages is required.")),
        Said(name="server_error", status=500, body="Internal Server Error"),
    ),
    stream=events(
        chunk({"role": "assistant"}),
        chunk({"content": "Good"}),
        chunk({"content": " day"}),
        chunk({"content": ""}, "length"),
        "[DONE]",
    ),
    text="Good day",
    output_tokens=2,
    usage=False,
)

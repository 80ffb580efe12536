"""TensorRT-LLM as its repository has it, for no wheel could be had.

`tensorrt_llm/serve/openai_server.py` (commit 0005772), `metrics/collector.py` (commit 050f80d); the text of the
context error is that of reports from the field. The names of the labels of `…_config_info` are those of the
collector's docstring.
"""

from dialects import Dialect, Said, events
from pages_server import Page, listing

from stress.engines.adapter import Identity

LABELS = '{engine_type="undefined",model_name="undefined",pid="17"}'


def failed(status: int, kind: str, message: str) -> dict:
    """The body of an error."""
    return {"object": "error", "message": message, "type": kind, "param": None, "code": status}


def chunk(delta: dict, finish: str | None = None) -> dict:
    """One chunk of a stream."""
    choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish, "stop_reason": None}
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion.chunk",
        "created": 1790000000,
        "model": "m",
        "choices": [choice],
        "usage": None,
    }


METRICS = f"""\
# TYPE trtllm_num_requests_running gauge
trtllm_num_requests_running{LABELS} 12.0
# TYPE trtllm_num_requests_waiting gauge
trtllm_num_requests_waiting{LABELS} 3.0
# HELP trtllm_kv_cache_utilization KV cache utilization
# TYPE trtllm_kv_cache_utilization gauge
trtllm_kv_cache_utilization{LABELS} 0.3
# TYPE trtllm_kv_cache_hit_rate gauge
trtllm_kv_cache_hit_rate{LABELS} 0.6
# TYPE trtllm_prompt_tokens_total counter
trtllm_prompt_tokens_total{{engine_type="undefined",model_name="undefined"}} 4000.0
# TYPE trtllm_generation_tokens_total counter
trtllm_generation_tokens_total{{engine_type="undefined",model_name="undefined"}} 7000.0
# TYPE trtllm_model_config_info gauge
trtllm_model_config_info{{model="org/m",dtype="bfloat16",quantization="FP8",gpu_type="NVIDIA H200"}} 1.0
# TYPE trtllm_parallel_config_info gauge
trtllm_parallel_config_info{{tensor_parallel_size="2",pipeline_parallel_size="1"}} 1.0
"""

LONG = "The sum of prompt length (5000.0), query length (0) should not exceed max_num_tokens (4096)"

DIALECT = Dialect(
    engine="tensorrt-llm",
    pages={
        "/v1/models": listing("m", owned_by="tensorrt_llm"),
        "/version": {"version": "1.2.0"},
        "/prometheus/metrics": Page(METRICS, headers={"Content-Type": "text/plain; version=0.0.4"}),
        "/metrics": [{"iter": 1, "numActiveRequests": 12}],
    },
    identity=Identity(engine="tensorrt-llm", version="1.2.0", model="org/m", tp=2, quantization="FP8"),
    metrics=METRICS,
    reading={
        "running": 12,
        "waiting": 3,
        "kv_usage": 0.3,
        "prefix_hit_rate": 0.6,
        "gen_tokens": 7000,
        "prompt_tokens": 4000,
    },
    errors=(
        Said(name="context_exceeded", status=400, body=failed(400, "BadRequestError", LONG)),
        Said(
            name="engine_dead",
            status=503,
            body="LLM is unavailable. Please check the server logs for more details.",
            headers={"Content-Type": "text/plain"},
        ),
    ),
    stream=events(
        chunk({"role": "assistant"}),
        chunk({"content": "Good"}),
        chunk({"content": " day"}, "stop"),
        {**chunk({}), "choices": [], "usage": {"prompt_tokens": 20, "total_tokens": 25, "completion_tokens": 5}},
        "[DONE]",
    ),
    text="Good day",
    prompt_tokens=20,
    output_tokens=5,
)

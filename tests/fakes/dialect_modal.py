"""Modal's gateway before a server that nobody knows: its header, and its `modal-http:` errors as people report them."""

from dialects import Dialect, Said, events
from pages_server import Page, listing

from stress.engines.adapter import Identity

TEXT = {"Content-Type": "text/plain"}


def chunk(delta: dict, finish: str | None = None) -> dict:
    """One chunk of a stream."""
    return {
        "id": "x",
        "object": "chat.completion.chunk",
        "choices": [{"index": 0, "delta": delta, "finish_reason": finish}],
    }


DIALECT = Dialect(
    engine="modal",
    pages={
        "/v1/models": Page(
            listing("mine", owned_by="somebody", root="org/model", max_model_len=8192),
            headers={"modal-function-call-id": "fc-01K0"},
        )
    },
    identity=Identity(engine="modal", model="org/model", context=8192, facts={"owned_by": "somebody"}),
    errors=(
        Said(name="timeout", status=500, body="modal-http: internal error: function execution timed out", headers=TEXT),
        Said(
            name="engine_dead",
            status=500,
            body="modal-http: internal error: function was terminated by signal",
            headers=TEXT,
        ),
        Said(name="unauthorized", status=404, body="modal-http: workspace ac-x is disabled", headers=TEXT),
        Said(name="engine_dead", status=404, body="modal-http: app for invoked web endpoint is stopped", headers=TEXT),
        Said(name="not_a_chat_server", status=404, body="modal-http: invalid function call", headers=TEXT),
        Said(name="rate_limited", status=429, body="", headers=TEXT),
    ),
    stream=events(
        chunk({"role": "assistant", "content": "Good day"}),
        chunk({}, "stop"),
        {"choices": [], "usage": {"prompt_tokens": 20, "completion_tokens": 3, "total_tokens": 23}},
        "[DONE]",
    ),
    text="Good day",
    prompt_tokens=20,
    output_tokens=3,
)

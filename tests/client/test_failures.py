import json
import time
import unicodedata
from email.utils import formatdate
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stress.client import failures
from stress.client.failures import Failure, FailureName, one_line, parse_retry_after
from stress.engines.registry import FAILURES, adapter_named


def name_failure(status: int | None, body: str | bytes, retry_after: str | None = None) -> Failure:
    """By every engine's words."""
    return failures.name_failure(status, body, retry_after, FAILURES)


def openai(message: str, kind: str = "Error", **more: object) -> str:
    return json.dumps({"error": {"message": message, "type": kind, **more}})


VLLM_BUSY = "The engine is currently busy and cannot accept new requests. Please try again later."
VLLM_DEAD = "The server had an error while processing your request. Sorry about that!"
LLAMA_CONTEXT = openai(
    "the request exceeds the available context size", "exceed_context_size_error", n_prompt_tokens=900, n_ctx=512
)


def of(engine: str, *row: object) -> Any:
    """A row in the words of an engine whose adapter may not be there yet."""
    missing = adapter_named(engine) is None
    return pytest.param(*row, marks=pytest.mark.skipif(missing, reason=f"there is no adapter for {engine} yet"))


ANSWERS = [
    (503, openai(VLLM_BUSY), "queue_full", True),
    of("sglang", 503, '{"object":"error","message":"The request queue is full.","code":503}', "queue_full", True),
    of(
        "ollama",
        503,
        '{"error":"server busy, please try again.  maximum pending requests exceeded"}',
        "queue_full",
        True,
    ),
    (400, LLAMA_CONTEXT, "context_exceeded", False),
    (400, openai("This model's maximum context length is 512 tokens. However, …"), "context_exceeded", False),
    (500, openai("Context size has been exceeded."), "kv_pool_full", False),
    (500, openai(VLLM_DEAD), "engine_dead", False),
    (429, "", "rate_limited", True),
    (429, "<html>slow down</html>", "rate_limited", True),
    (503, openai("Loading model", "unavailable_error"), "server_error", True),
    (500, "", "server_error", False),
    (502, "<html><h1>502 Bad Gateway</h1></html>", "server_error", False),
    (504, "<html><h1>504 Gateway Time-out</h1></html>", "timeout", False),
    (408, "", "timeout", False),
    (401, openai("Unauthorized"), "unauthorized", False),
    (403, "<html>Forbidden</html>", "unauthorized", False),
    (404, openai("The model `x` does not exist.", "NotFoundError"), "model_not_found", False),
    of(
        "ollama", 404, '{"error":{"message":"model \\"x\\" not found, try pulling it first"}}', "model_not_found", False
    ),
    (404, '{"detail":"Not Found"}', "not_a_chat_server", False),
    (404, "<!DOCTYPE html><html></html>", "not_a_chat_server", False),
    (405, "", "not_a_chat_server", False),
    (200, "<!DOCTYPE html><html></html>", "not_a_chat_server", False),
    (302, "", "not_a_chat_server", False),
    (400, "\n <html></html>", "not_a_chat_server", False),
    (400, openai("temperature must be positive"), "bad_request", False),
    (422, '{"detail":[{"loc":["body"],"msg":"field required"}]}', "bad_request", False),
    (413, "", "bad_request", False),
    (None, openai(VLLM_DEAD, code=500), "engine_dead", False),
    (None, openai("Context size has been exceeded."), "kv_pool_full", False),
    (None, openai("what?"), "stream_error", False),
]
"""What servers answer in place of a reply: status (None: inside a 200 stream), body, its name, sent again or not."""


@pytest.mark.parametrize(("status", "body", "name", "retryable"), ANSWERS)
def test_names(status: int | None, body: str, name: str, retryable: bool) -> None:
    failure = name_failure(status, body)
    assert (failure.name, failure.retryable) == (name, retryable)
    assert name_failure(status, body.encode()) == failure


def test_words_of_another_status_do_not_name_it() -> None:
    assert name_failure(400, openai("Context size has been exceeded.")).name == "bad_request"


@pytest.mark.parametrize(
    ("status", "body", "detail"),
    [
        (400, LLAMA_CONTEXT, "HTTP 400: the request exceeds the available context size n_prompt_tokens=900 n_ctx=512"),
        (404, '{"detail":"Not Found"}', "HTTP 404: Not Found"),
        (503, '{"error":"busy"}', "HTTP 503: busy"),
        (500, "", "HTTP 500"),
        (502, "<html><style>p{x:y}</style><h1>502 Bad\n Gateway</h1></html>", "HTTP 502: 502 Bad Gateway"),
        (422, '{"detail":[1]}', 'HTTP 422: {"detail":[1]}'),
        (400, "[1, 2]", "HTTP 400: [1, 2]"),
        (400, '{"error":null}', 'HTTP 400: {"error":null}'),
        (None, openai("gone"), "gone"),
    ],
)
def test_the_detail_is_what_the_server_says_to_a_person(status: int | None, body: str, detail: str) -> None:
    assert name_failure(status, body).detail == detail


def test_every_pattern_has_a_known_name_and_status() -> None:
    assert {pattern.name for pattern in FAILURES} <= set(get_args(FailureName))
    assert all(pattern.status is None or 400 <= pattern.status < 600 for pattern in FAILURES)


@given(body=st.text() | st.binary(), status=st.none() | st.integers(100, 599))
def test_a_detail_is_one_short_line_whatever_the_body(body: str | bytes, status: int | None) -> None:
    detail = name_failure(status, body).detail
    assert len(detail) <= 300
    assert not [char for char in detail if unicodedata.category(char)[0] == "C" or char in "\u2028\u2029"]


def test_escape_sequences_and_direction_marks_are_removed() -> None:
    assert one_line("a\x1b[31mb\x9bc\u202ed\te\r\nf\u2028g") == "abd e f g"


def test_a_long_detail_ends_in_an_ellipsis() -> None:
    assert one_line("x" * 301) == "x" * 299 + "…"
    assert one_line("x" * 300) == "x" * 300


def test_a_huge_hostile_page_is_named() -> None:
    assert name_failure(200, "<style" * 10_000).name == "not_a_chat_server"
    assert name_failure(500, "[" * 60_000).name == "server_error"


@pytest.mark.parametrize(
    ("value", "seconds"),
    [("0", 0.0), ("7", 7.0), (" 1.5 ", 1.5), ("-1", None), ("soon", None), ("", None), (None, None), ("nan", None)],
)
def test_retry_after_in_seconds(value: str | None, seconds: float | None) -> None:
    assert parse_retry_after(value) == seconds


def test_retry_after_as_a_date(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "time", lambda: 1_760_000_000.0)
    assert parse_retry_after(formatdate(1_760_000_012, usegmt=True)) == 12.0
    assert parse_retry_after(formatdate(1_750_000_000, usegmt=True)) == 0.0


def test_retry_after_is_on_the_failure_and_only_of_a_response() -> None:
    assert name_failure(429, "", "3").retry_after == 3.0
    assert name_failure(None, "", "3").retry_after is None

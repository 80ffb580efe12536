import io
import json

import pytest
from rich.console import Console
from rich.pretty import Pretty

from stress.client.wire import NO_CHUNK, Endpoint, decode_chunk, decode_damaged, request_body, request_headers

MESSAGES = [{"role": "system", "content": "You are Ada."}, {"role": "user", "content": "Grüße 😀"}]


def body(**fields: object) -> dict[str, object]:
    endpoint = Endpoint(base_url="http://h/v1", model="m", **fields)  # type: ignore[arg-type]
    value: dict[str, object] = json.loads(request_body(endpoint, MESSAGES))
    return value


def test_a_body_streams_and_asks_for_usage_and_says_nothing_else_unasked() -> None:
    assert body() == {
        "model": "m",
        "messages": MESSAGES,
        "stream": True,
        "stream_options": {"include_usage": True},
    }


def test_every_setting_of_the_endpoint_is_in_the_body() -> None:
    said = body(max_tokens=9, temperature=0.0, ignore_eos=True, extra_body={"min_p": 0.1, "seed": 0})
    assert {key: said[key] for key in ("max_tokens", "temperature", "ignore_eos", "seed", "min_p")} == {
        "max_tokens": 9,
        "temperature": 0.0,
        "ignore_eos": True,
        "seed": 0,
        "min_p": 0.1,
    }


def test_extra_body_wins_but_cannot_turn_off_streaming_or_usage() -> None:
    said = body(
        max_tokens=9,
        extra_body={
            "max_tokens": 5,
            "stream": False,
            "stream_options": {"include_usage": False, "continuous_usage_stats": True},
        },
    )
    assert said["max_tokens"] == 5
    assert said["stream"] is True
    assert said["stream_options"] == {"include_usage": True, "continuous_usage_stats": True}


def test_the_key_is_in_the_header_and_in_nothing_that_is_printed() -> None:
    endpoint = Endpoint(base_url="http://h/v1", model="m", api_key="sk-secret")
    assert request_headers(endpoint)["Authorization"] == "Bearer sk-secret"
    console = Console(file=io.StringIO())
    console.print(endpoint, Pretty(endpoint))
    shown = console.file.getvalue() + repr(endpoint) + str(endpoint) + f"{endpoint}"  # type: ignore[attr-defined]
    assert "http://h/v1" in shown
    assert "sk-secret" not in shown


def test_without_a_key_there_is_no_authorization_header() -> None:
    assert "Authorization" not in request_headers(Endpoint(base_url="http://h/v1", model="m"))


def test_a_chunk_with_nulls_and_unknown_fields_is_read() -> None:
    chunk = decode_chunk(
        b'{"id":"x","choices":[{"index":0,"delta":{"role":"assistant","content":null,"tool_calls":null},'
        b'"finish_reason":null}],"usage":null,"error":null,"timings":{"predicted_n":3}}'
    )
    assert chunk.choices is not None
    assert chunk.choices[0].delta is not None
    assert chunk.choices[0].delta.content is None
    assert chunk.usage is None


def test_broken_utf8_and_half_a_surrogate_pair_become_replacement_characters() -> None:
    for data in (
        b'{"choices":[{"delta":{"content":"a\xf0\x9fb"}}]}',
        b'{"choices":[{"delta":{"content":"a\\ud83db"}}]}',
    ):
        with pytest.raises(NO_CHUNK):
            decode_chunk(data)
        chunk = decode_damaged(data)
        assert chunk.choices is not None
        assert chunk.choices[0].delta is not None
        assert chunk.choices[0].delta.content == "a\ufffdb"

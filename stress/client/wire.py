"""The chat completions protocol: what we send, and the parts of a streamed chunk that we use."""

import json
import re
from typing import Any

import msgspec

_SURROGATE = re.compile("[\ud800-\udfff]")

Messages = list[dict[str, str]]
"""The conversation: `role` and `content` of each message, oldest first."""


class Endpoint(msgspec.Struct, frozen=True, kw_only=True):
    """Where requests go and what every one of them asks for."""

    base_url: str
    """What `/chat/completions` is added to; usually ends in `/v1`, never in a slash."""
    model: str
    api_key: str | None = None
    max_tokens: int | None = None
    temperature: float | None = None
    ignore_eos: bool = False
    extra_body: dict[str, Any] = {}
    """Added to the request's body; wins over the fields above."""

    @property
    def chat_url(self) -> str:
        """The address that requests are posted to."""
        return f"{self.base_url}/chat/completions"

    def __repr__(self) -> str:
        return f"Endpoint({self.chat_url!r}, model={self.model!r})"

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        # msgspec's own would show the key to whatever prints with rich.
        return [("url", self.chat_url), ("model", self.model)]


def request_headers(endpoint: Endpoint) -> dict[str, str]:
    """The HTTP headers of a request to this endpoint, with its key if it has one."""
    headers = {
        "Content-Type": "application/json",
        "Accept": "text/event-stream",
        # A compressed stream reaches us in the compressor's blocks, not token by token.
        "Accept-Encoding": "identity",
    }
    if endpoint.api_key:
        headers["Authorization"] = f"Bearer {endpoint.api_key}"
    return headers


def request_fields(endpoint: Endpoint, messages: Messages) -> dict[str, Any]:
    """The body of a streamed request that reports its usage."""
    extra = endpoint.extra_body
    body: dict[str, Any] = {"model": endpoint.model, "messages": messages}
    if endpoint.max_tokens is not None:
        body["max_tokens"] = endpoint.max_tokens
    if endpoint.temperature is not None:
        body["temperature"] = endpoint.temperature
    if endpoint.ignore_eos:
        body["ignore_eos"] = True
    stream_options = extra.get("stream_options")
    body |= extra
    body["stream"] = True
    body["stream_options"] = (stream_options if isinstance(stream_options, dict) else {}) | {"include_usage": True}
    return body


def request_body(endpoint: Endpoint, messages: Messages) -> bytes:
    """The same as JSON."""
    return msgspec.json.encode(request_fields(endpoint, messages))


class Delta(msgspec.Struct, gc=False):
    """What one chunk adds to a reply. Engines name the reasoning text in two ways."""

    content: str | None = None
    reasoning: str | None = None
    reasoning_content: str | None = None


class Choice(msgspec.Struct, gc=False):
    """One alternative of a reply; we ask for one."""

    delta: Delta | None = None
    finish_reason: str | None = None


class PromptDetails(msgspec.Struct, gc=False):
    """How many prompt tokens came out of the prefix cache."""

    cached_tokens: int | None = None


class Usage(msgspec.Struct, gc=False):
    """The server's own count of tokens."""

    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    prompt_tokens_details: PromptDetails | None = None


class Chunk(msgspec.Struct, gc=False):
    """One event of a streamed reply."""

    choices: list[Choice] | None = None
    usage: Usage | None = None
    error: Any = None


decode_chunk = msgspec.json.Decoder(Chunk).decode
"""A chunk from the data of one event; raises one of `NO_CHUNK`."""

NO_CHUNK = (msgspec.DecodeError, ValueError, RecursionError)
"""What decoding raises: no JSON or fields of the wrong type; broken UTF-8; nested beyond sense."""


def decode_damaged(data: bytes) -> Chunk:
    """A chunk whose text holds broken UTF-8 or half a surrogate pair: what is broken becomes U+FFFD.

    Raises:
        NO_CHUNK: not even so is it a chunk.
    """
    value = json.loads(data.decode("utf-8", "replace"))
    return decode_chunk(_SURROGATE.sub("\ufffd", json.dumps(value, ensure_ascii=False)))

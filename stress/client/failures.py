"""What can go wrong with a request, and its name.

A failure is named by what the server says, not only by its status: the same 500 can be a full KV cache or a dead
engine, and the two call for different deeds. Engines word it differently: each one's module knows its own words.
"""

import json
import re
import time
from email.utils import parsedate_to_datetime
from typing import Any, NamedTuple

from stress.client.failure_names import FailureName, FailurePattern
from stress.engines.registry import ADAPTERS
from stress.text import visible


class Failure(NamedTuple):
    """One failed request: its name, and what the server said in one line."""

    name: FailureName
    detail: str
    retryable: bool = False
    retry_after: float | None = None
    """Seconds that the server asks us to wait."""


PATTERNS: tuple[FailurePattern, ...] = tuple(pattern for adapter in ADAPTERS for pattern in adapter.failures)
"""Every engine's own words, tried in the registry's order: what answers is not always what it seems. Inside a
200 stream only the words are compared: there is no status to go by."""

_BY_STATUS: dict[int, FailureName] = {
    401: "unauthorized",
    403: "unauthorized",
    404: "not_a_chat_server",
    405: "not_a_chat_server",
    408: "timeout",
    429: "rate_limited",
    504: "timeout",
}

MAX_DETAIL = 300
"""Characters of a failure's detail."""

_SHOWN = 10 * MAX_DETAIL
_TAG = re.compile(r"<(style|script)\b.*?</\1>|<[^>]*>", re.DOTALL | re.IGNORECASE)


def name_failure(status: int | None, body: bytes | str, retry_after: str | None = None) -> Failure:
    """Name what a server answered in place of a reply.

    Args:
        status: the HTTP status; None for an error inside a 200 stream.
        body: the response's body, or the data of the event that holds the error.
        retry_after: the `Retry-After` header, in seconds or as an HTTP date.
    """
    text = body.decode("utf-8", "replace") if isinstance(body, bytes) else body
    said = one_line(_message(text))
    detail = said if status is None else one_line(f"HTTP {status}: {said}" if said else f"HTTP {status}")
    name = _name(status, text)
    if status is None:  # some engines tell a full queue inside the stream
        return Failure(name, detail, name == "queue_full")
    return Failure(name, detail, status in (429, 503), parse_retry_after(retry_after))


def _name(status: int | None, text: str) -> FailureName:
    for pattern in PATTERNS:
        if (status is None or pattern.status in (None, status)) and pattern.regex.search(text):
            return pattern.name
    if status is None:
        return "stream_error"
    # A gateway's error page is HTML as well: only where a chat server would have answered does HTML tell more.
    if status in _BY_STATUS:
        return _BY_STATUS[status]
    if status >= 500:
        return "server_error"
    return "not_a_chat_server" if status < 400 or text.lstrip()[:1] == "<" else "bad_request"


def one_line(text: str) -> str:
    """The visible text as one line of at most 300 characters."""
    # Looking at some of it is enough, and keeps a hostile megabyte cheap.
    line = " ".join(visible(text[:_SHOWN]).split())
    return line if len(line) <= MAX_DETAIL else line[: MAX_DETAIL - 1] + "…"


def parse_retry_after(value: str | None) -> float | None:
    """Seconds to wait by a `Retry-After` header (RFC 9110, 10.2.3); None without one or if it makes no sense."""
    if value is None:
        return None
    if re.fullmatch(r"\s*\d{1,9}(\.\d*)?\s*", value, re.ASCII):
        return float(value)
    try:
        return max(0.0, parsedate_to_datetime(value).timestamp() - time.time())
    except (ValueError, OverflowError, TypeError):
        return None


def _message(text: str) -> str:
    """What an error's body says to a person, out of the shapes that engines and gateways give it."""
    try:
        value: Any = json.loads(text)
    except (ValueError, RecursionError):
        return _TAG.sub(" ", text[:_SHOWN])
    if isinstance(value, dict):
        value = value.get("error") or value
    if isinstance(value, dict):
        said = value.get("message") or value.get("detail") or value.get("msg")
        numbers = [f"{key}={value[key]}" for key in ("n_prompt_tokens", "n_ctx") if key in value]
        return " ".join([said, *numbers]) if isinstance(said, str) else text
    return value if isinstance(value, str) else text

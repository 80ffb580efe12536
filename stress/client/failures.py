"""What can go wrong with a request, and its name.

A failure is named by what the server says, not only by its status: the same 500 can be a full KV cache or a dead
engine, and the two call for different deeds. Engines word it differently: each one's module knows its own words, and
the caller hands them in.
"""

import json
import re
import time
from collections.abc import Sequence
from email.utils import parsedate_to_datetime
from typing import Any, Literal, NamedTuple

from stress.text import visible

FailureName = Literal[
    "queue_full",
    "context_exceeded",
    "kv_pool_full",
    "out_of_gpu_memory",
    "engine_dead",
    "rate_limited",
    "stalled",
    "connection_refused",
    "connection_lost",
    "timeout",
    "not_a_chat_server",
    "unauthorized",
    "model_not_found",
    "bad_request",
    "server_error",
    "stream_error",
    "event_too_large",
    "abandoned",
]
"""Every name that a request's `error` can have.

`stalled`: no token for the stall time. `connection_refused`: no connection could be made (also: unknown host, TLS).
`connection_lost`: the connection ended before the reply. `timeout`: no connection in time, or a gateway's 408 or
504. `stream_error`: an error or garbage inside a 200 stream that no pattern knows. `event_too_large`: an
event without an end. `abandoned`: we cancelled it.
"""


class Words(NamedTuple):
    """How one engine words one failure: an HTTP status (None: any) and a regular expression, upper or lower case."""

    name: FailureName
    status: int | None
    regex: str

    def are_in(self, text: str) -> bool:
        """Whether a response's body says so."""
        return re.search(self.regex, text, re.IGNORECASE) is not None


class Failure(NamedTuple):
    """One failed request: its name, and what the server said in one line."""

    name: FailureName
    detail: str
    retryable: bool = False
    retry_after: float | None = None
    """Seconds that the server asks us to wait."""


Kinds = Sequence[tuple[type[Exception], FailureName]]
"""What a library raises, and the failure it means; the first that fits counts."""

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


def name_failure(
    status: int | None, body: bytes | str, retry_after: str | None = None, words: Sequence[Words] = ()
) -> Failure:
    """Name what a server answered in place of a reply.

    Args:
        status: the HTTP status; None for an error inside a 200 stream.
        body: the response's body, or the data of the event that holds the error.
        retry_after: the `Retry-After` header, in seconds or as an HTTP date.
        words: of the engines that it may be; the first that fit name the failure. Inside a 200 stream there is no
            status to go by, and only the words are compared.
    """
    text = body.decode("utf-8", "replace") if isinstance(body, bytes) else body
    said = one_line(_message(text))
    detail = said if status is None else one_line(f"HTTP {status}: {said}" if said else f"HTTP {status}")
    name = _name(status, text, words)
    if status is None:  # some engines report a full queue inside the stream
        return Failure(name, detail, name == "queue_full")
    return Failure(name, detail, status in (429, 503), parse_retry_after(retry_after))


def name_exception(error: BaseException | None, kinds: Kinds) -> Failure:
    """Name what a library raised in place of a response."""
    name: FailureName = next((name for kind, name in kinds if isinstance(error, kind)), "connection_lost")
    return Failure(name, one_line(str(error) or type(error).__name__))


def _name(status: int | None, text: str, words: Sequence[Words]) -> FailureName:
    for known in words:
        if (status is None or known.status in (None, status)) and known.are_in(text):
            return known.name
    if status is None:
        return "stream_error"
    # A gateway's error page is HTML as well: HTML means something only where a chat server would have answered.
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

"""The names that a failed request can have, and how a server's words lead to one."""

import re
from typing import Literal, NamedTuple

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
    "abandoned",
]
"""Every name that a request's `error` can have.

`stalled`: no token for the stall time. `connection_refused`: no connection could be made (also: unknown host, TLS).
`connection_lost`: the connection ended before the reply. `timeout`: no connection in time, or a gateway's 408 or
504. `stream_error`: an error or garbage inside a 200 stream that no pattern knows. `abandoned`: we cancelled it.
"""


class FailurePattern(NamedTuple):
    """How one engine words one failure: an HTTP status (None: any) and a regular expression on the body."""

    name: FailureName
    status: int | None
    regex: re.Pattern[str]


def words(name: FailureName, status: int | None, regex: str) -> FailurePattern:
    """A failure by the words that an engine has for it, upper or lower case."""
    return FailurePattern(name, status, re.compile(regex, re.IGNORECASE))

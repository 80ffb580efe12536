"""One small request to a server that is not a chat: what it says of itself, its metrics."""

import json
from collections.abc import Iterable, Mapping
from http.client import HTTPException
from typing import Any, NamedTuple
from urllib.error import HTTPError
from urllib.request import HTTPRedirectHandler, ProxyHandler, Request, build_opener

from stress.client.proxy import proxy_for


class ProbeRequest(NamedTuple):
    """What to ask a server: a path below its root (not below /v1), and a JSON body if it is to be a POST.

    `{model}` in the body stands for the model that requests will name.
    """

    path: str
    body: str | None = None


class ProbeResponse(NamedTuple):
    """What a server answered to a question."""

    status: int
    headers: Mapping[str, str]
    """By their names in lower case."""
    body: bytes

    @property
    def json(self) -> Any:
        """The body's JSON if the answer is a 200 with such, else null."""
        if self.status != 200:
            return None
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            return None

    @property
    def fields(self) -> dict[str, Any]:
        """The body's JSON object, empty if it is none."""
        return value if isinstance(value := self.json, dict) else {}

    @property
    def text(self) -> str:
        """The body of a 200, empty otherwise."""
        return self.body.decode(errors="replace") if self.status == 200 else ""


NO_RESPONSE = ProbeResponse(0, {}, b"")


LARGEST_ANSWER = 4 << 20


TIMEOUT_S = 2.0
"""For all questions together: they are asked at the same time."""


class _NoRedirects(HTTPRedirectHandler):
    """The probe has been where the server sends us to; urllib would give the key to any host."""

    def redirect_request(self, *_: Any) -> None:
        """Take the redirect for the answer."""


def ask_one(root: str, api_key: str | None, model: str | None, question: ProbeRequest) -> ProbeResponse:
    """The server's answer to one question, asked below its root; `NO_RESPONSE` if it gives none in time."""
    url = root + question.path
    headers = {"Authorization": f"Bearer {api_key}"} if api_key else {}
    data = None
    if question.body is not None:
        data = question.body.replace("{model}", json.dumps(model or "")[1:-1]).encode()
        headers["Content-Type"] = "application/json"
    proxy = proxy_for(url)
    opener = build_opener(ProxyHandler({url.partition(":")[0]: proxy} if proxy else {}), _NoRedirects())
    try:
        with opener.open(Request(url, data, headers), timeout=TIMEOUT_S) as answer:  # noqa: S310 (http or https)
            return ProbeResponse(answer.status, _lower(answer.headers.items()), answer.read(LARGEST_ANSWER))
    except HTTPError as error:
        with error:
            return ProbeResponse(error.code, _lower(error.headers.items()), b"")
    except (OSError, ValueError, HTTPException):
        return NO_RESPONSE


def _lower(headers: Iterable[tuple[str, str]]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers}

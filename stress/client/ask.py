"""One small request to a server that is not a chat: what it says about itself, its metrics."""

import json
from collections.abc import Mapping
from email.message import Message
from http.client import HTTPException
from typing import Any, NamedTuple
from urllib.error import HTTPError
from urllib.request import HTTPRedirectHandler, OpenerDirector, ProxyHandler, Request, build_opener

from stress.client.proxy import proxy_for


class ProbeRequest(NamedTuple):
    """What to ask a server: a path below its root (not below /v1), and a JSON body if it should be a POST.

    `{model}` in the body stands for the model that requests will name.
    """

    path: str
    body: str | None = None


class ProbeResponse(NamedTuple):
    """What a server answered."""

    status: int
    headers: Mapping[str, str]
    """By their names in lower case."""
    body: bytes

    @property
    def json(self) -> Any:
        """The body's JSON if the status is 200 and it is JSON, else None."""
        if self.status != 200:
            return None
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            return None

    @property
    def fields(self) -> dict[str, Any]:
        """The body's JSON object, empty if it is not one."""
        return value if isinstance(value := self.json, dict) else {}

    @property
    def text(self) -> str:
        """The body of a 200, empty otherwise."""
        return self.body.decode(errors="replace") if self.status == 200 else ""


NO_RESPONSE = ProbeResponse(0, {}, b"")

LARGEST_ANSWER = 4 << 20
"""Bytes."""
TIMEOUT_S = 2.0
"""For all requests together: they are sent at the same time."""


class _NoRedirects(HTTPRedirectHandler):
    """The probe has been where the server sends us; urllib would give the key to any host."""

    def redirect_request(self, *_: Any) -> None:
        """A redirect is the answer itself."""


def opener(url: str, redirects: HTTPRedirectHandler) -> OpenerDirector:
    """What opens this URL, through the environment's proxy if there is one."""
    proxy = proxy_for(url)
    return build_opener(ProxyHandler({url.partition(":")[0]: proxy} if proxy else {}), redirects)


def lowered(headers: Message) -> dict[str, str]:
    """Headers by their names in lower case."""
    return {name.lower(): value for name, value in headers.items()}


def ask_one(root: str, api_key: str | None, model: str | None, wanted: ProbeRequest) -> ProbeResponse:
    """What the server answers to one request, sent below its root; `NO_RESPONSE` if nothing comes in time."""
    url = root + wanted.path
    headers = {"Authorization": f"Bearer {api_key}"} if api_key else {}
    data = None
    if wanted.body is not None:
        data = wanted.body.replace("{model}", json.dumps(model or "")[1:-1]).encode()
        headers["Content-Type"] = "application/json"
    request = Request(url, data, headers)  # noqa: S310 (http or https)
    try:
        with opener(url, _NoRedirects()).open(request, timeout=TIMEOUT_S) as answer:
            return ProbeResponse(answer.status, lowered(answer.headers), answer.read(LARGEST_ANSWER))
    except HTTPError as error:
        with error:
            return ProbeResponse(error.code, lowered(error.headers), b"")
    except (OSError, ValueError, HTTPException):
        return NO_RESPONSE

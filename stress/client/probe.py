"""Is there a chat server at this address, and what does it serve? Runs before anything heavy is imported."""

import json
import socket
import ssl
from collections.abc import Mapping
from contextlib import closing
from http.client import HTTPConnection, HTTPException
from types import MappingProxyType
from typing import Any, NamedTuple
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, Request

from stress.client.ask import lowered, opener
from stress.client.failures import name_failure, one_line
from stress.client.proxy import proxy_for
from stress.errors import NoServerError, UsageError

_MAX_LIST = 8 * 1024 * 1024
_SECOND_LOOK_S = 1.0


class Served(NamedTuple):
    """A chat server: the base URL that answers, its models (first the one it names first), its list as it came."""

    base_url: str
    models: tuple[str, ...]
    raw: dict[str, Any]
    headers: Mapping[str, str] = MappingProxyType({})
    """Of the response that held the list, by their names in lower case."""


def probe(url: str, api_key: str | None, model: str | None = None, timeout: float = 2.5) -> Served:
    """Find the chat server at `url`, given with or without `/v1`, and ask it for its models.

    Args:
        url: the base URL.
        api_key: sent as a bearer token, to this host only.
        model: the model that the user named. A server without a list of models is then good enough.
        timeout: seconds for each connection and each read.

    Raises:
        UsageError: `url` is no http or https URL, or the key cannot stand in a header.
        NoServerError: nothing answers there, or what answers is no chat server that we may use.
    """
    given = _base_url(url)
    if api_key and not (api_key.isascii() and api_key.isprintable()):
        # Checked before anything tries to send it: those errors would show the key.
        raise UsageError("The API key contains a line break or a character outside ASCII; set the variable again.")
    bases = (given,) if given.endswith("/v1") else (f"{given}/v1", given)
    missing: _NoListError | None = None
    for base in bases:
        try:
            return _ask(base, api_key, model, timeout)
        except _NoListError as error:
            missing = missing or error
    assert missing is not None
    if model is None or not isinstance(missing, _AbsentError):
        raise missing
    # A path of its own is taken as the whole base URL; a bare host gets the usual one.
    return Served(given if urlsplit(given).path else bases[0], (), {})


class _NoListError(NoServerError):
    """There is no list of models at this address, but there may be one at the next."""


class _AbsentError(_NoListError):
    """The server itself says that it has no list here."""


class _SameHostRedirects(HTTPRedirectHandler):
    """Follows redirects, with the key, on the same host and never from https to http: urllib would go to any host."""

    def redirect_request(self, req: Request, fp: Any, code: int, msg: str, headers: Any, newurl: str) -> Request | None:
        old, new = urlsplit(req.full_url), urlsplit(newurl)
        if new.hostname != old.hostname or (old.scheme == "https" and new.scheme != "https"):
            fp.close()
            place = one_line(f"{new.scheme}://{new.netloc}")
            raise NoServerError(
                f"{req.full_url} redirects to another host, {place}; give that address if you trust it."
            )
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _base_url(url: str) -> str:
    """The URL without what users paste behind the base.

    Raises:
        UsageError: it is no http or https URL that we can use.
    """
    try:
        parts = urlsplit(url.strip())
        valid = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        valid = False
    if not valid or any(char.isspace() for char in url.strip()):
        raise UsageError(
            f"{one_line(url)!r} is not an http:// or https:// URL; give one such as http://127.0.0.1:8000/v1."
        )
    if parts.username is not None:
        raise UsageError(
            "The URL contains a user name or a password; put the key into OPENAI_API_KEY, or use --api-key-env."
        )
    base = f"{parts.scheme}://{parts.netloc}{parts.path}".rstrip("/")
    for end in ("/chat/completions", "/models"):
        base = base.removesuffix(end)
    return base.rstrip("/")


def _ask(base: str, api_key: str | None, model: str | None, timeout: float) -> Served:
    url = f"{base}/models"
    request = Request(url, headers={"Accept": "application/json"})  # noqa: S310 - only http and https come here
    if api_key:
        request.add_header("Authorization", f"Bearer {api_key}")
    try:
        with opener(url, _SameHostRedirects()).open(request, timeout=timeout) as response:
            raw = _model_list(url, response.read(_MAX_LIST))
            final = str(response.url).partition("?")[0]
            headers = lowered(response.headers)
    except HTTPError as error:
        with error:  # some servers answer plain HTTP on their TLS port with a 400
            raise (_other_scheme(url) if error.code == 400 else None) or _refused(url, error, api_key) from None
    except OSError as error:
        raise _unreachable(url, error, timeout) from None
    except HTTPException as error:
        raise _other_scheme(url) or NoServerError(
            f"What answers at {url} does not speak HTTP ({_reason(error)}); is it the right port?"
        ) from None
    models = tuple(entry["id"] for entry in raw["data"])
    if not models and model is None:
        raise NoServerError(f"{url} lists no models; load one there, or name one with --model.")
    return Served(final.removesuffix("/models"), models, raw, headers)


def _model_list(url: str, body: bytes) -> dict[str, Any]:
    try:
        raw = json.loads(body)
    except (ValueError, RecursionError):
        what = "an HTML page" if body.lstrip()[:1] == b"<" else "something that is not JSON"
        raise _NoListError(
            f"{url} answers with {what}, so this is not an OpenAI-compatible server; check the address and the port."
        ) from None
    data = raw.get("data") if isinstance(raw, dict) else None
    if not isinstance(data, list) or not all(
        isinstance(entry, dict) and isinstance(entry.get("id"), str) for entry in data
    ):
        raise _NoListError(
            f"{url} answers with JSON that is not a list of models, so this is not an OpenAI-compatible server; "
            "check the address and the port."
        )
    return dict(raw)


def _refused(url: str, error: HTTPError, api_key: str | None) -> NoServerError:
    """What a status other than 200 means."""
    detail = name_failure(error.code, error.read(4096)).detail
    if api_key:
        detail = detail.replace(api_key, "[key]")
    if error.code in (401, 403):
        why = "refuses the key" if api_key else "wants a key"
        return NoServerError(
            f"{url} {why} ({detail}); set OPENAI_API_KEY, or name another variable with --api-key-env."
        )
    if error.code in (404, 405, 500, 501):  # 500: transformers serve, on a machine without a model cache
        return _AbsentError(
            f"{url} has no list of models ({detail}); check the address, or name the model with --model."
        )
    return NoServerError(f"{url} is not ready to serve ({detail}); look at the server's log, or try again.")


def _speaks_other_scheme(url: str) -> bool:
    """Whether the port of an http URL shakes hands over TLS, or that of an https URL answers plain HTTP.

    Neither the key nor anything else of ours is sent, so nobody's certificate has to be trusted.
    """
    parts = urlsplit(url)
    host, secure = parts.hostname or "", parts.scheme == "https"
    if proxy_for(url):
        return False
    try:
        if secure:
            with closing(HTTPConnection(host, parts.port or 443, timeout=_SECOND_LOOK_S)) as plain:
                plain.request("GET", "/")
                plain.getresponse()
            return True
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        with socket.create_connection((host, parts.port or 80), _SECOND_LOOK_S) as bare:
            context.wrap_socket(bare, server_hostname=host).close()
    except (OSError, HTTPException):
        return False
    return True


def _other_scheme(url: str) -> NoServerError | None:
    """The server speaks the other of http and https; None: it does not."""
    if not _speaks_other_scheme(url):
        return None
    scheme, rest = url.removesuffix("/models").split("://", 1)
    spoken, right = ("plain HTTP", "http") if scheme == "https" else ("TLS", "https")
    return NoServerError(f"{scheme}://{rest} answers in {spoken}; use {right}://{rest} instead.")


def _unreachable(url: str, error: OSError, timeout: float) -> NoServerError:
    reason = error.reason if isinstance(error, URLError) else error
    if not isinstance(reason, ssl.SSLCertVerificationError | ConnectionRefusedError | socket.gaierror) and (
        other := _other_scheme(url)
    ):
        return other
    where = f"{urlsplit(url).scheme}://{urlsplit(url).netloc}"
    through = f" (through the proxy of {urlsplit(url).scheme}_proxy)" if proxy_for(url) else ""
    if isinstance(reason, ssl.SSLError):
        why = f"cannot be trusted over TLS ({_reason(reason)}); check the certificate, or use http:// if it has none."
    elif isinstance(reason, TimeoutError):
        why = f"does not answer within {timeout:g} s{through}; is the server up and reachable?"
    elif isinstance(reason, ConnectionRefusedError):
        why = f"refuses the connection{through}: nothing listens there; start the server, or check the port."
    else:
        why = f"cannot be reached{through} ({_reason(reason)}); check the address."
    return NoServerError(f"{where} {why}")


def _reason(error: object) -> str:
    text = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return one_line(str(text)).rstrip(".")

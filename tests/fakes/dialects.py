"""How each engine speaks: what it serves and says, as its own sources have it, for a server that plays it.

A module `dialect_<engine>.py` beside this one holds one engine's words in `DIALECT`, and says in its docstring where
they were read; `dialects()` finds them all, and `tests/engines/test_dialects.py` drives each. In a test:

    async with speaking(DIALECT) as server:
        identify(await asyncio.to_thread(probe, server.url, None), None, None)
"""

import importlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from chat_server import FakeChatServer, Reply
from pages_server import Page

from stress.client.failures import FailureName
from stress.engines.adapter import Identity


@dataclass(frozen=True, kw_only=True)
class Said:
    """A request's failure as the engine words it, and what we are to call it."""

    name: FailureName
    body: Any
    """JSON, or a string as it stands."""
    status: int | None = 400
    """Null: it stands in the data of an event inside a 200 stream."""
    headers: Mapping[str, str] = field(default_factory=lambda: {"Content-Type": "application/json"})

    @property
    def text(self) -> str:
        """The body as it is sent."""
        return self.body if isinstance(self.body, str) else json.dumps(self.body)

    @property
    def reply(self) -> Reply:
        """What the server sends."""
        if self.status is None:
            return Reply([f"data: {self.text}\n\n".encode(), b"data: [DONE]\n\n"])
        return Reply([self.text.encode()], self.status, dict(self.headers), "length")


@dataclass(frozen=True, kw_only=True)
class Dialect:
    """One engine's words."""

    engine: str
    """The adapter's name."""
    pages: Mapping[str, Page | Any]
    """By path: `/v1/models` and what its adapter asks; JSON, or a `Page`. Other paths are 404."""
    identity: Identity
    """What its adapter is to make of them."""
    metrics: str | None = None
    """Its Prometheus page; null where it has none."""
    reading: Mapping[str, float] = field(default_factory=dict)
    """Fields of `EngineReading` that the page gives."""
    errors: tuple[Said, ...] = ()
    stream: bytes = b""
    """A whole streamed reply, as it goes over the wire inside the body."""
    text: str = ""
    reasoning: str = ""
    prompt_tokens: int | None = None
    output_tokens: int = 0
    """By its usage; where it sends none, the chunks that carry output."""
    cached_tokens: int | None = None
    usage: bool = True
    """It sends usage."""


def speaking(dialect: Dialect, *replies: Reply, metrics_path: str = "/metrics") -> FakeChatServer:
    """A server of this dialect; chat requests are answered by the replies, without any by the stream's sample."""
    server = FakeChatServer(*(replies or [Reply([dialect.stream])]))
    server.pages |= {path: _reply(page) for path, page in dialect.pages.items()}
    if dialect.metrics is not None:
        page = Page(dialect.metrics, headers={"Content-Type": "text/plain; version=0.0.4"})
        server.pages[metrics_path] = _reply(page)
    return server


def dialects() -> list[Dialect]:
    """Every dialect that has a module here."""
    stems = sorted(path.stem for path in Path(__file__).parent.glob("dialect_*.py"))
    return [importlib.import_module(stem).DIALECT for stem in stems]


def events(*data: Any) -> bytes:
    """Server-sent events: a string as it is, anything else as JSON."""
    texts = (value if isinstance(value, str) else json.dumps(value, ensure_ascii=False) for value in data)
    return "".join(f"data: {text}\n\n" for text in texts).encode()


def _reply(page: Page | Any) -> Reply:
    page = page if isinstance(page, Page) else Page(page)
    text = page.body if isinstance(page.body, str) else json.dumps(page.body)
    return Reply([text.encode()], page.status, {"Content-Type": "application/json"} | page.headers, "length")

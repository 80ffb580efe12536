"""A server of fixed pages in a thread, in the dialects of engines; it remembers what it was asked."""

import json
import threading
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import MappingProxyType
from typing import Any, NamedTuple, Self


class Asked(NamedTuple):
    """One request as it came, its headers' names in lower case."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


class Page(NamedTuple):
    """An answer that is not simply a 200 with JSON."""

    body: Any = ""
    status: int = 200
    headers: Mapping[str, str] = MappingProxyType({})


class PagesServer:
    """`with PagesServer({"/version": {"version": "1"}}) as server:`; other paths are 404.

    A page is JSON, a `Page`, or a function that is called with the handler and does it all.
    """

    def __init__(self, pages: dict[str, Any]) -> None:
        self.pages = pages
        self.asked: list[Asked] = []
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                headers = {name.lower(): value for name, value in self.headers.items()}
                server.asked.append(Asked(self.command, self.path, headers, body))
                page = server.pages.get(self.path, Page({"detail": "Not Found"}, 404))
                if isinstance(page, Callable):
                    page(self)
                    return
                page = page if isinstance(page, Page) else Page(page)
                body = page.body.encode() if isinstance(page.body, str) else json.dumps(page.body).encode()
                self.send_response(page.status)
                for name, value in page.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_POST = do_GET  # noqa: N815

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.root = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def paths(self) -> list[str]:
        """What was asked, in order."""
        return [asked.path for asked in self.asked]


def listing(*names: str, **fields: Any) -> dict[str, Any]:
    """A list of models."""
    return {"object": "list", "data": [{"id": name, "object": "model", **fields} for name in names]}


VLLM = {
    "/v1/models": listing("llama", owned_by="vllm", root="meta-llama/Llama-3.1-8B-Instruct", max_model_len=131072),
    "/version": {"version": "0.33.0"},
}
LLAMA_CPP = {
    "/v1/models": listing(
        "model.gguf",
        owned_by="llamacpp",
        meta={"n_params": 8030261248, "size": 4912898304, "n_ctx_train": 131072, "n_vocab": 128256, "ftype": "Q4_K_M"},
    ),
    "/props": {
        "default_generation_settings": {"n_ctx": 4096},
        "total_slots": 4,
        "model_path": "/models/model.gguf",
        "build_info": "b6700-abcdef",
    },
}
UNKNOWN = {"/v1/models": listing("mystery", owned_by="somebody", max_model_len=2048)}

import asyncio
import json
import socket
import ssl
from pathlib import Path

import pytest
from fakes.chat_server import FakeChatServer, Reply, error

from stress.client.probe import Served, probe
from stress.client.proxy import is_this_machine, proxy_for
from stress.errors import NoServerError, StressError, UsageError

CERTIFICATE = Path(__file__).parents[1] / "data/self-signed.pem"
"""Signed by itself, for test.invalid."""
MODELS = {"object": "list", "data": [{"id": "one", "meta": {"n_params": 5}}, {"id": "two"}]}


async def served(server: FakeChatServer, url: str, key: str | None = None, **settings: object) -> Served:
    return await asyncio.to_thread(probe, url.replace("PORT", str(server.port)), key, **settings)  # type: ignore[arg-type]


async def sentence(kind: type[StressError], server: FakeChatServer, url: str, **settings: object) -> str:
    with pytest.raises(kind) as raised:
        await served(server, url, **settings)  # type: ignore[arg-type]
    said = str(raised.value)
    assert said.endswith((".", "?"))
    assert "\n" not in said
    return said


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:PORT/v1",
        "http://127.0.0.1:PORT/v1/",
        "http://127.0.0.1:PORT",
        "http://127.0.0.1:PORT/",
        " http://127.0.0.1:PORT/v1 ",
        "http://127.0.0.1:PORT/v1/models",
        "http://127.0.0.1:PORT/v1/chat/completions",
    ],
)
async def test_a_base_url_is_taken_with_and_without_v1(url: str) -> None:
    async with FakeChatServer() as server:
        listed = error(200, MODELS)
        server.pages["/v1/models"] = listed.but(headers=listed.headers | {"X-Powered-By": "Somebody"})
        found = await served(server, url)
        assert found[:3] == (server.url, ("one", "two"), MODELS)
        assert found.headers["x-powered-by"] == "Somebody"


async def test_a_server_whose_base_has_another_path_is_found() -> None:
    async with FakeChatServer() as server:
        server.pages["/api/openai/models"] = error(200, MODELS)
        found = await served(server, "http://127.0.0.1:PORT/api/openai")
        assert found.base_url == f"http://127.0.0.1:{server.port}/api/openai"


async def test_the_key_is_sent() -> None:
    seen: list[str | None] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        seen.extend(line for line in head.split("\r\n") if line.startswith("Authorization"))
        body = json.dumps(MODELS).encode()
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body))
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        await asyncio.to_thread(probe, f"http://127.0.0.1:{port}/v1", "sk-1")
    assert seen == ["Authorization: Bearer sk-1"]


@pytest.mark.parametrize(
    "url",
    ["", "notaurl", "localhost:8000", "ftp://h/v1", "http://", "http://h:99999", "http://a b/", "https://exa[mple"],
)
def test_what_is_no_url_is_a_usage_error(url: str) -> None:
    with pytest.raises(UsageError, match="is not an http:// or https:// URL"):
        probe(url, None)


def test_a_password_in_the_url_is_a_usage_error_that_does_not_show_it() -> None:
    with pytest.raises(UsageError, match="OPENAI_API_KEY") as raised:
        probe("http://ada:hunter2@h/v1", None)
    assert "hunter2" not in str(raised.value)


@pytest.mark.parametrize("key", ["sk-1\n", "sk-ü"])
def test_a_key_that_no_header_can_hold_is_a_usage_error_that_does_not_show_it(key: str) -> None:
    with pytest.raises(UsageError, match="API key") as raised:
        probe("http://127.0.0.1:1/v1", key)
    assert "sk-" not in str(raised.value)


def test_nothing_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(NoServerError, match=f"http://127.0.0.1:{port} refuses the connection"):
        probe(f"http://127.0.0.1:{port}", None)


def test_an_unknown_host() -> None:
    with pytest.raises(NoServerError, match="cannot be reached"):
        probe("http://nosuchhost.invalid/v1", None)


def test_a_server_that_does_not_answer_in_time() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        with pytest.raises(NoServerError, match=r"does not answer within 0\.05 s"):
            probe(f"http://127.0.0.1:{port}", None, timeout=0.05)


HTML = Reply([b"<!DOCTYPE html><p>hello"], headers={"Content-Type": "text/html"}, framing="length")


@pytest.mark.parametrize(
    ("page", "said"),
    [
        (HTML, "an HTML page"),
        (error(404, "<html>nothing here"), "has no list of models"),
        (error(200, [1, 2]), "JSON that is not a list of models"),
        (error(200, {"data": [{"name": "x"}]}), "JSON that is not a list of models"),
        (HTML.but(parts=[b"hello"]), "something that is not JSON"),
        (HTML.but(parts=[b"[" * 100_000]), "something that is not JSON"),
        (error(200, {"data": []}), "lists no models"),
        (error(401, "no key"), "wants a key (HTTP 401: no key); set OPENAI_API_KEY"),
        (error(403, "no"), "--api-key-env"),
        (error(503, "Loading model"), "is not ready to serve (HTTP 503: Loading model)"),
        (Reply(end="drop"), "cannot be reached"),
    ],
)
async def test_what_is_no_chat_server_gets_a_sentence(page: Reply, said: str) -> None:
    async with FakeChatServer() as server:
        server.pages |= {"/v1/models": page, "/models": page}
        for url in ("http://127.0.0.1:PORT", "http://127.0.0.1:PORT/v1"):
            assert said in await sentence(NoServerError, server, url)


async def test_a_refused_key_is_not_shown() -> None:
    async with FakeChatServer() as server:
        server.pages["/v1/models"] = error(401, "bad key sk-secret")
        said = await sentence(NoServerError, server, "http://127.0.0.1:PORT/v1", key="sk-secret")
        assert "refuses the key (HTTP 401: bad key [key])" in said


async def test_a_server_that_speaks_no_http() -> None:
    async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"SSH-2.0-OpenSSH_9.6\r\n")
        writer.close()

    async with await asyncio.start_server(greet, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(NoServerError, match="does not speak HTTP"):
            await asyncio.to_thread(probe, f"http://127.0.0.1:{port}", None)


async def test_an_https_url_of_a_plain_http_port_says_so_and_how_it_is_right() -> None:
    async with FakeChatServer() as server:
        said = await sentence(NoServerError, server, "https://127.0.0.1:PORT")
    place = f"127.0.0.1:{server.port}/v1"
    assert said == f"https://{place} answers in plain HTTP; use http://{place} instead."


async def _drop(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.close()


async def _refuse_plain(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read(1)
    writer.close()


async def test_an_http_url_of_a_tls_port_says_so_and_how_it_is_right() -> None:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(CERTIFICATE)
    async with await asyncio.start_server(_refuse_plain, "127.0.0.1", 0, ssl=context) as server:
        place = f"127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
        with pytest.raises(NoServerError) as raised:
            await asyncio.to_thread(probe, f"http://{place}", None)
    assert str(raised.value) == f"http://{place} answers in TLS; use https://{place} instead."


async def test_a_port_that_drops_the_line_is_not_taken_for_tls() -> None:
    async with await asyncio.start_server(_drop, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(NoServerError) as raised:
            await asyncio.to_thread(probe, f"http://127.0.0.1:{port}", None)
    assert "https" not in str(raised.value)


@pytest.mark.parametrize(
    ("url", "base"),
    [("http://127.0.0.1:PORT", "/v1"), ("http://127.0.0.1:PORT/v1", "/v1"), ("http://127.0.0.1:PORT/api", "/api")],
)
async def test_with_a_model_a_server_without_a_list_is_good_enough(url: str, base: str) -> None:
    async with FakeChatServer() as server:
        server.pages["/v1/models"] = error(404, {"detail": "Not Found"})
        found = await served(server, url, model="m")
        assert found == (f"http://127.0.0.1:{server.port}{base}", (), {}, {})


async def test_with_a_model_a_web_page_is_still_no_server() -> None:
    async with FakeChatServer() as server:
        server.pages |= {"/v1/models": HTML, "/models": HTML}
        assert "HTML" in await sentence(NoServerError, server, "http://127.0.0.1:PORT", model="m")


async def test_with_a_model_an_empty_list_is_good_enough() -> None:
    async with FakeChatServer(models=()) as server:
        assert (await served(server, "http://127.0.0.1:PORT", model="m")).models == ()


async def test_a_redirect_on_the_same_host_is_followed_and_its_base_taken() -> None:
    async with FakeChatServer() as server:
        server.pages["/old/v1/models"] = Reply(status=308, headers={"Location": "/v1/models"}, framing="length")
        assert (await served(server, "http://127.0.0.1:PORT/old/v1")).base_url == server.url


async def test_a_redirect_to_another_host_is_not_followed() -> None:
    async with FakeChatServer() as server:
        elsewhere = {"Location": f"http://localhost:{server.port}/v1/models"}
        server.pages["/old/v1/models"] = Reply(status=302, headers=elsewhere, framing="length")
        said = await sentence(NoServerError, server, "http://127.0.0.1:PORT/old/v1", key="sk-1")
        assert f"http://localhost:{server.port}" in said


async def test_a_remote_server_is_asked_through_the_proxy_and_this_machine_is_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("no_proxy", raising=False)
    async with FakeChatServer() as server:
        server.pages["http://chat.example/v1/models"] = error(200, MODELS)
        monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{server.port}")
        assert (await served(server, "http://chat.example/v1")).models == ("one", "two")
        monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
        assert (await served(server, "http://127.0.0.1:PORT/v1")).models == ("fake-model",)
        said = await sentence(NoServerError, server, "http://chat.example/v1")
        assert "through the proxy of http_proxy" in said


@pytest.mark.parametrize(
    ("url", "proxy"),
    [
        ("http://chat.example/v1", "http://proxy:3128"),
        ("https://chat.example/v1", "http://secure:3128"),
        ("https://inside.example/v1", None),
        ("http://127.0.0.1:8000", None),
        ("http://127.5.5.5", None),
        ("http://localhost:8000", None),
        ("http://box.localhost", None),
        ("http://[::1]:8000", None),
        ("http://0.0.0.0:8000", None),
    ],
)
def test_the_environment_names_the_proxy(url: str, proxy: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "proxy:3128")
    monkeypatch.setenv("https_proxy", "http://secure:3128")
    monkeypatch.setenv("no_proxy", "inside.example")
    assert proxy_for(url) == proxy


def test_this_machine_is_known_by_its_own_addresses_and_no_others():
    import psutil

    own = [found[0].address for found in psutil.net_if_addrs().values() if "." in found[0].address]
    assert all(map(is_this_machine, ["localhost", "127.0.0.1", "::1", *own]))
    assert not is_this_machine("203.0.113.9")
    assert not is_this_machine("no.such.host.invalid")

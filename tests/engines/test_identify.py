import time

import pytest
from pages_server import LLAMA_CPP, UNKNOWN, VLLM, Page, PagesServer, listing

from stress.client.ask import NO_RESPONSE, ProbeRequest
from stress.client.probe import probe
from stress.engines.adapter import Adapter, Identity, ProbeResponses
from stress.engines.identify import ask, identify
from stress.telemetry import timeout

KEY = "sk-hunter2"


def identified(pages, model=None, **more):
    with PagesServer(pages) as server:
        return *identify(probe(server.root, KEY), KEY, model, **more), server


def test_a_vllm_is_known_by_what_it_says():
    adapter, identity, server = identified(VLLM)
    assert adapter.name == "vllm"
    assert identity == Identity(
        engine="vllm", version="0.33.0", model="meta-llama/Llama-3.1-8B-Instruct", context=131072
    )
    assert server.paths() == ["/v1/models", "/version"]  # and nothing that other engines would be asked


def test_a_llama_cpp_is_known_by_what_it_says():
    adapter, identity, server = identified(LLAMA_CPP)
    assert adapter.name == "llama.cpp"
    assert identity == Identity(
        engine="llama.cpp",
        version="b6700-abcdef",
        model="/models/model.gguf",
        n_params=8030261248,
        weight_bytes=4912898304,
        context=4096,
        slots=4,
        quantization="Q4_K_M",
        facts={"n_ctx_train": 131072, "n_vocab": 128256},
    )
    assert server.paths() == ["/v1/models", "/props"]


def test_a_llama_cpp_whose_props_are_switched_off_is_still_known():
    adapter, identity, _ = identified({"/v1/models": LLAMA_CPP["/v1/models"], "/props": Page({}, 501)})
    assert adapter.name == "llama.cpp"
    assert (identity.n_params, identity.slots, identity.model) == (8030261248, None, "model.gguf")


def test_a_server_that_nobody_knows_has_what_its_list_says():
    adapter, identity, _ = identified(UNKNOWN)
    assert adapter is None
    assert identity == Identity(model="mystery", context=2048)


def test_the_model_that_requests_will_name_is_the_one_described():
    pages = {"/v1/models": {"object": "list", "data": []}}
    for name, context in (("a", 1), ("b", 2)):
        pages["/v1/models"]["data"] += listing(name, owned_by="vllm", root=f"root-{name}", max_model_len=context)[
            "data"
        ]
    _, identity, _ = identified(pages, "b")
    assert (identity.model, identity.context) == ("root-b", 2)
    _, identity, _ = identified(pages, "another")
    assert identity.model == "root-a"


def test_the_key_goes_along_to_the_server():
    _, _, server = identified(VLLM)
    assert {asked.headers.get("authorization") for asked in server.asked} == {f"Bearer {KEY}"}


def test_the_key_never_follows_to_another_host():
    with PagesServer({"/props": {"default_generation_settings": {}}}) as other:
        pages = UNKNOWN | {
            path: Page("", 302, {"Location": other.root.replace("127.0.0.1", "localhost") + "/props"})
            for path in ("/props", "/version")
        }
        adapter, _, _ = identified(pages)
    assert adapter is None
    assert other.asked == []


def test_without_a_key_none_is_sent():
    with PagesServer(VLLM) as server:
        identify(probe(server.root, None), None, None)
    assert not any("authorization" in asked.headers for asked in server.asked)


def trickle(handler):
    """Never an end, but always a byte more."""
    try:
        handler.send_response(200)
        handler.end_headers()
        for _ in range(600):
            handler.wfile.write(b" ")
            handler.wfile.flush()
            time.sleep(0.05)
    except OSError:
        pass


def silence(handler):
    handler.rfile.read(1)  # until the client hangs up


@pytest.mark.parametrize("hang", [trickle, silence])
def test_a_server_that_hangs_on_a_question_costs_no_more_than_the_timeout(hang, monkeypatch):
    monkeypatch.setattr(timeout, "TIMEOUT_S", 0.3)
    with PagesServer(LLAMA_CPP | {"/props": hang}) as server:
        served = probe(server.root, None)
        began = time.monotonic()
        adapter, identity = identify(served, None, None)
        assert time.monotonic() - began < 2
    assert adapter.name == "llama.cpp"
    assert identity.slots is None


def test_questions_are_asked_at_the_same_time(monkeypatch):
    monkeypatch.setattr(timeout, "TIMEOUT_S", 1.0)
    paths = [f"/{number}" for number in range(20)]
    with PagesServer(dict.fromkeys(paths, silence)) as server:
        began = time.monotonic()
        ask(f"{server.root}/v1", None, None, [ProbeRequest(path) for path in paths])
        assert time.monotonic() - began < 3


@pytest.mark.parametrize(
    "page",
    [
        Page("<html>", 200),
        Page("{", 200),
        Page("[" * 50_000, 200),
        Page("[1]", 200),
        Page("null", 200),
        Page({"version": "1"}, 500),
        Page("", 200, {"Content-Encoding": "gzip"}),
    ],
)
def test_an_answer_that_makes_no_sense_is_nothing(page):
    adapter, identity, _ = identified({"/v1/models": VLLM["/v1/models"], "/version": page})
    assert adapter.name == "vllm"
    assert identity.version is None


def test_a_post_names_the_model_as_json():
    with PagesServer({"/show": {"ok": True}}) as server:
        answers = ask(f"{server.root}/v1", None, 'a"b', [ProbeRequest("/show", '{"model": "{model}"}')])
    (asked,) = server.asked
    assert (asked.method, asked.body) == ("POST", b'{"model": "a\\"b"}')
    assert asked.headers["content-type"] == "application/json"
    assert answers["/show"].fields == {"ok": True}


def test_no_questions_are_no_requests():
    assert ask("http://127.0.0.1:9/v1", None, None, []) == {}


def test_a_server_that_is_gone_answers_nothing():
    assert ask("http://127.0.0.1:9/v1", None, None, [ProbeRequest("/x")]) == {"/x": NO_RESPONSE}


class Nosy(Adapter):
    name = "nosy"
    owners = ("nosy",)
    probes = (ProbeRequest("/nosy"),)

    def recognise(self, answers: ProbeResponses) -> Identity | None:
        return Identity(engine="nosy") if answers["/nosy"].status == 200 else None


def test_an_engine_that_signs_its_list_may_still_be_another():
    pages = {"/v1/models": listing("m", owned_by="nosy"), "/props": LLAMA_CPP["/props"]}
    adapter, _, server = identified(pages, among=(Nosy(),))
    assert adapter is None
    assert server.paths() == ["/v1/models", "/nosy"]

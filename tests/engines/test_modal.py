import pytest

from stress.client.ask import ProbeResponse
from stress.engines.adapter import ProbeResponses
from stress.engines.identify import identify
from stress.engines.modal import Modal
from stress.engines.spec import parse_engine
from stress.errors import UsageError

ADAPTER = Modal()
LISTED = b'{"data": [{"id": "m", "owned_by": "somebody"}]}'


def recognised(url, headers=None, listed=LISTED):
    return ADAPTER.recognise(ProbeResponses(ProbeResponse(200, headers or {}, listed), {}, "m", url))


@pytest.mark.parametrize("text", ["modal", "modal:org/model,tp=2"])
def test_it_is_not_launched_and_says_how_to_attach(text):
    with pytest.raises(UsageError, match=r"attach to it with --url https://WORKSPACE--NAME\.modal\.run\.$"):
        parse_engine(text)


@pytest.mark.parametrize("url", ["https://me--app.modal.run/v1", "https://me--app.us-east.modal.direct/v1"])
def test_it_is_known_by_its_address(url):
    assert recognised(url).engine == "modal"


def test_it_is_known_by_its_gateways_header_under_another_domain():
    assert recognised("https://llm.example.com/v1", {"modal-function-call-id": "fc-1"}).model == "m"


@pytest.mark.parametrize("url", ["https://modal.run.example.com/v1", "http://127.0.0.1:8000/v1", ""])
def test_another_address_is_another(url):
    assert recognised(url) is None


def test_an_engine_that_signs_its_list_is_that_engine_wherever_it_runs(monkeypatch):
    from stress.client.probe import Served

    monkeypatch.setattr("stress.engines.identify.ask", lambda *_: {})
    served = Served(
        "https://me--app.modal.run/v1",
        ("m",),
        {"data": [{"id": "m", "owned_by": "vllm"}]},
        {"modal-function-call-id": "fc-1"},
    )
    adapter, _ = identify(served, None, "m")
    assert adapter.name == "vllm"


def test_it_is_not_on_this_machine():
    assert ADAPTER.find() is None

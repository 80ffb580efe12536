import msgspec
import pytest
from fake_adapter import FakeEngine, running
from pages_server import LLAMA_CPP, UNKNOWN, VLLM, PagesServer
from town import make_scenario

from stress.engines.adapter import Identity
from stress.engines.mismatches import Wanted
from stress.errors import NoServerError, UsageError
from stress.session import target
from stress.session.target import Where, attach, find_target, replace_unknown
from stress.telemetry.machine_gpu import MachineGpu


def silent(_: str) -> None:
    pass


def wanted(model=None, agents=4, tokens=2000):
    return Wanted(model=model, agents=agents, tokens=tokens)


@pytest.fixture(autouse=True)
def clean(monkeypatch):
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)
    monkeypatch.setattr(target, "machine_gpus", list)


def attached(pages, model=None, **needs):
    with PagesServer(pages) as server:
        return attach(server.root, wanted(model, **needs), None), server.root


def test_an_attached_vllm_is_told_with_its_version_and_context():
    found, root = attached(VLLM)
    assert found.adapter.name == "vllm"
    assert found.words == f"{root}/v1 · vLLM 0.33.0, 131,072 tokens of context"
    assert found.name == root.removeprefix("http://")
    assert (found.model, found.engine, found.notices) == ("llama", None, ())
    assert found.facts["identity"]["model"] == "meta-llama/Llama-3.1-8B-Instruct"
    assert msgspec.json.encode(found.facts)


def test_an_attached_llama_cpp_is_told_with_its_slots():
    found, root = attached(LLAMA_CPP)
    assert found.words == f"{root}/v1 · llama.cpp b6700-abcdef, 4 slots, 4,096 tokens of context"


def test_a_server_that_nobody_knows_is_told_by_its_address():
    found, root = attached(UNKNOWN)
    assert (found.words, found.adapter) == (f"{root}/v1", None)


def test_doubts_are_notices():
    found, _ = attached(LLAMA_CPP, "llama-70b", agents=200, tokens=9000)
    assert len(found.notices) == 4
    assert any("lists model.gguf" in notice for notice in found.notices)
    assert any("should have 70.0 B" in notice for notice in found.notices)
    assert any("4,096 tokens" in notice for notice in found.notices)
    assert any("4 requests at a time" in notice for notice in found.notices)


def test_the_memory_of_this_machines_gpus_speaks_of_a_server_on_this_machine(monkeypatch):
    def gpus(*used):
        return [MachineGpu(index, "X", str(index), 80 * 10**9, value) for index, value in enumerate(used)]

    pages = {"/v1/models": {"data": [{"id": "llama-70b"}]}}
    monkeypatch.setattr(target, "machine_gpus", lambda: gpus(2 * 10**9, 3 * 10**9))
    (notice,) = attached(pages, "llama-70b")[0].notices
    assert "together hold only 5.0 GB" in notice
    monkeypatch.setattr(target, "machine_gpus", lambda: gpus(2 * 10**9, None))
    assert attached(pages, "llama-70b")[0].notices == ()


def test_the_url_comes_before_the_environment_and_the_engine_too(monkeypatch):
    scenario = make_scenario()
    with PagesServer(VLLM) as one, PagesServer(LLAMA_CPP) as other:
        monkeypatch.setenv("OPENAI_BASE_URL", one.root)
        assert find_target(Where(), wanted(), scenario, silent, silent).adapter.name == "vllm"
        found = find_target(Where(url=other.root), wanted(), scenario, silent, silent)
        assert found.adapter.name == "llama.cpp"
        with pytest.raises(UsageError, match="no engine 'nonsense'"):
            find_target(Where(engine="nonsense:x"), wanted(), scenario, silent, silent)


def test_url_and_engine_together_are_refused():
    with pytest.raises(UsageError, match="--url and --engine"):
        find_target(Where(url="http://127.0.0.1:9", engine="embedded"), wanted(), make_scenario(), silent, silent)


@pytest.fixture
def fake(monkeypatch):
    """ENGINE is the fake one, whatever is written."""
    engine = FakeEngine()
    engine.needs_model = True
    monkeypatch.setattr(target, "parse_engine", lambda text: (engine, target.EngineSpec(name="fake", np=2, ctx=100)))
    return engine


def test_a_launched_engine_is_what_was_asked_for_where_it_does_not_say_itself(fake):
    found = find_target(Where(engine="fake"), wanted(), make_scenario(), silent, silent)
    try:
        assert found.engine.alive()
        assert (found.model, found.name) == ("fake-model", "fake")
        assert found.identity == Identity(engine="fake", version="1.0", model="fake-model", slots=2, context=100)
        assert found.words.startswith("The fake engine")
        assert found.words.endswith("np=2, ctx=100")
        assert found.facts["engine"] == "fake"
        assert found.facts["asked"] == {"name": "fake", "np": 2, "ctx": 100}
        assert found.facts["launch"] == list(found.engine.launch.argv)
        assert msgspec.json.encode(found.facts)
        assert len(found.notices) == 2  # few slots, small context; and neither a toy nor random weights
    finally:
        found.engine.stop()


def test_an_engine_that_cannot_be_talked_to_is_stopped_again(fake, monkeypatch):
    started = []

    def refuse(url, *_):
        raise NoServerError("no")

    launch = target.launch_engine
    monkeypatch.setattr(target, "launch_engine", lambda *args: started.append(launch(*args)) or started[-1])
    monkeypatch.setattr(target, "probe", refuse)
    with pytest.raises(NoServerError):
        find_target(Where(engine="fake"), wanted(), make_scenario(), silent, silent)
    (engine,) = started
    assert not engine.alive()
    assert not running(engine._popen.pid)


def test_what_the_server_says_itself_is_not_overwritten():
    identity = Identity(engine="x", slots=4)
    assert replace_unknown(identity, slots=8, tp=2, context=None) == Identity(engine="x", slots=4, tp=2)

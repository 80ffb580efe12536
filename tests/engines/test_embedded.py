import os
import re
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path

import psutil
import pytest
from fake_adapter import running, until
from fixtures_engine import CORPUS, get, post, start_embedded
from llama_in_numpy import forward

from stress.client.probe import probe
from stress.engines.adapter import RANDOM_NOTICE
from stress.engines.embedded import CONTEXT, LIMITS, SLOTS, THREADS, Embedded
from stress.engines.identify import identify
from stress.engines.llama_cpp import LlamaCpp
from stress.engines.metrics import read_metrics
from stress.engines.spec import parse_engine
from stress.errors import NoServerError, UsageError
from stress.models import babble, llama
from stress.models.build import Wish, build
from stress.models.shapes import find_shape
from stress.models.vocabulary import ASSISTANT, END, SYSTEM, USER, build_vocabulary

SYSTEM_TEXT = "You live in a small town by the sea."
MAIL = "a17 (Mara): Who left the gate open? \U0001f389 caf\u00e9"
MESSAGES = [{"role": "system", "content": SYSTEM_TEXT}, {"role": "user", "content": MAIL}]


@pytest.fixture(scope="session")
def cache(tmp_path_factory):
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def own_cache(cache, monkeypatch):
    monkeypatch.setattr("platformdirs.user_cache_path", lambda _: cache)


def chat(engine, **more):
    return post(f"{engine.root}/v1/chat/completions", {"messages": MESSAGES, "max_tokens": 60} | more)


def text_of(answer):
    return answer["choices"][0]["message"]["content"]


def its_process(engine) -> psutil.Process:
    """The one that llama.cpp runs in: the reaper's child."""
    (process,) = psutil.Process(engine._popen.pid).children()
    return process


def options(text):
    return parse_engine(text)[1]


def test_it_says_what_it_is(embedded_engine):
    served = probe(embedded_engine.root, None)
    _, identity = identify(served, None, None, (Embedded(),))
    assert served.models == ("agent-stress-toy",)
    assert (identity.engine, identity.slots, identity.context) == ("embedded", 8, 3072)
    assert 5e5 < identity.n_params < 1e7
    assert Path(identity.model).name.startswith("toy-")
    assert embedded_engine.alive()
    assert embedded_engine.death() is None


def test_seen_from_outside_it_is_a_llama_cpp(embedded_engine):
    adapter, identity = identify(probe(embedded_engine.root, None), None, None)
    assert adapter.name == identity.engine == "llama.cpp"


def test_every_option_has_its_limits_and_its_default_is_within():
    for key, default in {"np": SLOTS, "ctx": CONTEXT, "threads": THREADS}.items():
        low, high = LIMITS[key]
        assert low <= default <= high


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("embedded,np=257", "np from 1 to 256"),
        ("embedded,ctx=100", "ctx from 256 to 8192"),
        ("embedded,threads=0", "threads from 1 to 256"),
        ("embedded,threads=many", "threads=many is out of range"),
        ("embedded,speed=9", "no option 'speed'; it has np, ctx, threads, port"),
    ],
)
def test_what_it_does_not_take_is_said_in_a_sentence(text, said):
    with pytest.raises(UsageError) as error:
        options(text)
    assert said in str(error.value)
    assert str(error.value).endswith(".")


def test_it_answers_in_words_of_the_corpus(embedded_engine):
    words = set(re.findall(r"\w+", CORPUS))
    for seed in range(5):
        answer = chat(embedded_engine, seed=seed)
        said = re.findall(r"\w+", re.sub(r"^@a\d+", "", text_of(answer)))
        assert said
        assert set(said) <= words
        assert answer["usage"]["completion_tokens"] >= 2


def test_spaces_and_sentences_are_those_of_prose(embedded_engine):
    for seed in range(5):
        text = text_of(chat(embedded_engine, seed=seed))
        assert text == text.strip()
        assert "  " not in text
        assert not re.search(r"\s[.,?!]", text)


def test_its_logits_are_those_that_numpy_computes(embedded_engine):
    vocabulary = build_vocabulary(CORPUS)
    weights = llama.weights(vocabulary, babble.fit(vocabulary, CORPUS))
    system = SYSTEM_TEXT + CORPUS * 3
    messages = [{"role": "system", "content": system}, MESSAGES[1]]
    tokens = [SYSTEM, *vocabulary.encode(system), END, USER, *vocabulary.encode(MAIL), END, ASSISTANT]
    answer = chat(embedded_engine, messages=messages, max_tokens=1, logprobs=True, top_logprobs=8)
    assert answer["usage"]["prompt_tokens"] == len(tokens)
    want = forward(weights, tokens).logprobs
    for token in answer["choices"][0]["logprobs"]["content"][0]["top_logprobs"]:
        assert token["logprob"] == pytest.approx(want[token["id"]], abs=0.05)


def test_ignore_eos_goes_on_to_the_limit(embedded_engine):
    answer = chat(embedded_engine, ignore_eos=True, max_tokens=300)
    assert answer["usage"]["completion_tokens"] == 300
    assert answer["choices"][0]["finish_reason"] == "length"


def test_replies_end_by_themselves(embedded_engine):
    answers = [chat(embedded_engine, max_tokens=500, seed=seed) for seed in range(5)]
    assert {answer["choices"][0]["finish_reason"] for answer in answers} == {"stop"}


def test_without_temperature_it_says_the_same_again(embedded_engine):
    assert text_of(chat(embedded_engine, temperature=0)) == text_of(chat(embedded_engine, temperature=0))
    assert len({text_of(chat(embedded_engine, temperature=1, seed=seed)) for seed in range(5)}) > 1


def test_a_stop_text_stops_it(embedded_engine):
    assert " " not in text_of(chat(embedded_engine, stop=[" "]))


def test_its_metrics_and_slots_can_be_read(embedded_engine):
    root = embedded_engine.root
    assert len(get(f"{root}/slots")) == 8

    def metrics():
        with urllib.request.urlopen(f"{root}/metrics", timeout=20) as answer:
            return answer.read().decode()

    first, counters = read_metrics(metrics(), None, 0)
    made = chat(embedded_engine)["usage"]["completion_tokens"]
    second, _ = read_metrics(metrics(), counters, 2)
    assert second.gen_tokens - first.gen_tokens == made
    assert second.gen_tok_s == made / 2
    assert second.prefix_hit_rate is not None
    assert (second.running, second.waiting) == (0, 0)


def test_control_c_on_the_terminal_does_not_reach_it(embedded_engine):
    os.kill(embedded_engine._popen.pid, signal.SIGINT)
    assert text_of(chat(embedded_engine))
    for pid in (embedded_engine._popen.pid, its_process(embedded_engine).pid):
        assert os.getpgid(pid) != os.getpgid(0)


def test_stopping_ends_it_and_is_no_death(own_cache):
    engine = start_embedded()
    pid = its_process(engine).pid
    engine.stop()
    assert not running(pid)
    assert not running(engine._popen.pid)
    assert not engine.alive()
    assert engine.death() is None
    engine.stop()


def test_its_death_is_told_in_a_sentence(own_cache):
    engine = start_embedded()
    try:
        its_process(engine).send_signal(signal.SIGSEGV)
        until(lambda: not engine.alive())
        assert engine.death().startswith("llama.cpp on the CPU died (SIGSEGV): ")
    finally:
        engine.stop()


def test_it_does_not_outlive_its_reaper(own_cache):
    engine = start_embedded()
    try:
        process = its_process(engine)
        os.kill(engine._popen.pid, signal.SIGKILL)
        until(lambda: not running(process.pid))
        until(lambda: not engine.alive())
        assert "its supervisor was killed" in engine.death()
    finally:
        engine.stop()


@pytest.mark.parametrize("way", ["alone", "fork"])
@pytest.mark.parametrize("kind", ["embedded", "fake"])
def test_it_does_not_outlive_a_parent_that_is_killed(cache, kind, way):
    program = Path(__file__).with_name("killed_parent.py")
    path = os.pathsep.join(sys.path)
    parent = subprocess.Popen(
        [sys.executable, program, cache, kind, way],
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": path},
    )
    with parent:
        fork, *below = map(int, parent.stdout.readline().split())
        try:
            assert len(below) == {"embedded": 2, "fake": 4}[kind]
            assert all(map(running, below))
            parent.kill()
            parent.wait(10)
            until(lambda: not any(map(running, below)))
        finally:
            if fork:
                os.kill(fork, signal.SIGKILL)


def test_a_port_that_is_taken_is_said(own_cache, embedded_engine):
    taken = embedded_engine.root.rpartition(":")[2]
    with pytest.raises(NoServerError, match=f"Port {taken} is not available .*--url"):
        start_embedded(f"embedded,port={taken}")


def test_a_model_that_cannot_be_loaded_is_said(monkeypatch, tmp_path):
    broken = tmp_path / "broken.gguf"
    broken.write_bytes(b"GGUF but not really")
    monkeypatch.setattr("stress.models.toy.toy_model", lambda corpus, say: broken)
    with pytest.raises(NoServerError, match=r"did not start: .*gguf"):
        start_embedded()


@pytest.fixture(scope="session")
def made(tmp_path_factory) -> Path:
    """A GGUF of `stress model make`."""
    wish = Wish(shape=find_shape("micro"), out=tmp_path_factory.mktemp("made"), hf=False, weights=False, quant="f16")
    build(wish, CORPUS, lambda _: None)
    return wish.gguf


def test_a_gguf_is_served_under_its_own_name(made):
    engine = start_embedded(f"embedded:{made},np=2,ctx=512")
    try:
        assert probe(engine.root, None).models == ("micro-f16",)
        assert len(get(f"{engine.root}/slots")) == 2
        assert chat(engine)["usage"]["completion_tokens"] >= 1
        assert engine.death() is None
    finally:
        engine.stop()


def test_a_gguf_gets_the_slots_that_its_memory_suits_and_every_core_but_the_clients(made, monkeypatch):
    monkeypatch.setattr("os.cpu_count", lambda: 8)
    monkeypatch.setattr("stress.engines.embedded.KV_ROOM", 5 * 3072 * 1024)  # a token of this shape takes 1 KiB
    spec = Embedded().prepare(options(f"embedded:{made}"), CORPUS, pytest.fail)
    assert (spec.np, spec.ctx, spec.flags["threads"]) == (5, 3072, "7")
    asked = Embedded().prepare(options(f"embedded:{made},np=3,ctx=8192,threads=2"), CORPUS, pytest.fail)
    assert (asked.np, asked.ctx, asked.flags["threads"]) == (3, 8192, "2")


def test_a_context_that_a_gguf_was_not_made_for_is_refused(made):
    with pytest.raises(UsageError, match=r"^ctx=8193 is out of range: micro-f16.gguf takes ctx from 256 to 8192\.$"):
        start_embedded(f"embedded:{made},ctx=8193")


def test_a_gguf_that_is_not_there_or_none_is_one_sentence(tmp_path):
    with pytest.raises(UsageError, match=r"There is no file .*none.gguf; give the path of a GGUF file"):
        start_embedded(f"embedded:{tmp_path}/none.gguf")
    (tmp_path / "text.gguf").write_text("Once upon a time")
    with pytest.raises(UsageError, match=r"text.gguf is not a complete GGUF file"):
        start_embedded(f"embedded:{tmp_path}/text.gguf")


def test_whoever_sees_its_figures_knows_what_they_are_of(made):
    toy, own = (Embedded().notices(options(text)) for text in ("embedded", f"embedded:{made}"))
    assert len(toy) == 1
    assert "CPU with a toy model" in toy[0]
    assert "toy" not in "".join(own)
    assert own[1:] == LlamaCpp().notices(options(f"llama.cpp:{made}")) == (RANDOM_NOTICE,)


def test_a_machine_without_the_wheel_is_told_of_url(monkeypatch):
    monkeypatch.setattr(Embedded, "find", lambda self: None)
    with pytest.raises(NoServerError, match=r"xllamacpp.*--url"):
        start_embedded()


def test_where_the_wheel_is_missing_it_is_not_installed(only_installed):
    only_installed({})
    assert Embedded().find() is None


def test_the_parent_loads_neither_numpy_nor_llama_cpp():
    code = (
        "import sys, stress.engines.launching; "
        "print({'numpy', 'gguf', 'xllamacpp', 'pynvml', 'aiohttp'} & set(sys.modules))"
    )
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert loaded.strip() == "set()"

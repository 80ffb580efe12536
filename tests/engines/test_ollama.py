import subprocess
import sys
import textwrap

import pytest

from stress.client.ask import ProbeResponse
from stress.engines import ollama
from stress.engines.adapter import ProbeResponses
from stress.engines.ollama import Ollama, full_name, manifest
from stress.engines.spec import parse_engine
from stress.engines.supervisor import free_port
from stress.errors import UsageError

ADAPTER = Ollama()


def launch(text=""):
    spec = parse_engine(f"ollama:llama3.2{text}")[1]
    return ADAPTER.launch(("python", ollama.STARTER, "/bin/ollama"), spec, 8123)


def test_it_listens_where_it_is_told_and_keeps_its_model_loaded():
    assert launch().argv == ("python", ollama.STARTER, "/bin/ollama", "llama3.2", "http://127.0.0.1:8123")
    assert launch().env == {"OLLAMA_HOST": "127.0.0.1:8123", "OLLAMA_KEEP_ALIVE": "-1"}


def test_slots_and_each_ones_context_are_its_variables():
    env = launch(",np=16,ctx=2048").env
    assert (env["OLLAMA_NUM_PARALLEL"], env["OLLAMA_CONTEXT_LENGTH"]) == ("16", "2048")


def test_several_gpus_are_all_used():
    assert launch(",gpus=0+1").env["OLLAMA_SCHED_SPREAD"] == "1"
    assert "OLLAMA_SCHED_SPREAD" not in launch(",gpus=1").env


def test_any_other_key_is_its_variable_of_that_name_and_comes_before_ours():
    env = launch(",max-queue=64,keep-alive=5m,KV_CACHE_TYPE=q8_0").env
    assert (env["OLLAMA_MAX_QUEUE"], env["OLLAMA_KEEP_ALIVE"], env["OLLAMA_KV_CACHE_TYPE"]) == ("64", "5m", "q8_0")


@pytest.mark.parametrize(
    ("model", "path"),
    [
        ("llama3.2", "manifests/registry.ollama.ai/library/llama3.2/latest"),
        ("llama3.2:1b", "manifests/registry.ollama.ai/library/llama3.2/1b"),
        ("me/mine:7b", "manifests/registry.ollama.ai/me/mine/7b"),
        ("hf.co/bartowski/Llama-GGUF:Q4_K_M", "manifests/hf.co/bartowski/Llama-GGUF/Q4_K_M"),
        ("host:5000/me/mine", "manifests/host:5000/me/mine/latest"),
    ],
)
def test_a_model_lies_where_its_name_says(model, path):
    assert manifest(model) == path


def test_a_model_that_was_not_pulled_is_refused_before_anything_starts(monkeypatch, tmp_path):
    monkeypatch.setenv("OLLAMA_MODELS", str(tmp_path))
    spec = parse_engine("ollama:llama3.2:1b")[1]
    assert ADAPTER.prepare(spec, "", print) is spec  # it may keep them in a way that we do not know
    pulled = tmp_path / manifest("llama3.2:3b")
    pulled.parent.mkdir(parents=True)
    pulled.write_text("{}")
    with pytest.raises(UsageError, match=r"Ollama has no model 'llama3.2:1b' .*`ollama pull llama3.2:1b`\."):
        ADAPTER.prepare(spec, "", print)
    assert ADAPTER.prepare(parse_engine("ollama:llama3.2:3b")[1], "", print)


def test_a_model_of_the_service_is_pointed_out(monkeypatch, tmp_path):
    (tmp_path / "mine" / "manifests").mkdir(parents=True)
    pulled = tmp_path / "service" / manifest("m")
    pulled.parent.mkdir(parents=True)
    pulled.write_text("{}")
    monkeypatch.setenv("OLLAMA_MODELS", str(tmp_path / "mine"))
    monkeypatch.setattr(ollama, "SYSTEM_MODELS", str(tmp_path / "service"))
    with pytest.raises(UsageError, match="set OLLAMA_MODELS="):
        ADAPTER.prepare(parse_engine("ollama:m")[1], "", print)


@pytest.mark.parametrize(
    ("said", "version"),
    [
        ("ollama version is 0.20.3", "0.20.3"),
        ("Warning: could not connect to a running Ollama instance\nWarning: client version is 0.20.3", "0.20.3"),
        ("nothing of use", None),
    ],
)
def test_the_version_is_the_programs_own(monkeypatch, tmp_path, said, version):
    program = tmp_path / "ollama"
    program.write_text(f"#!/bin/sh\ncat <<END\n{said}\nEND\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    found = ADAPTER.find()
    assert (found.version, found.where) == (version, str(program))
    assert found.base == (sys.executable, ollama.STARTER, str(program))


FAKE = """
    #!{python}
    import http.server, json, os, sys
    assert sys.argv[1:] == ["serve"]
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.answer(200, {{"version": "0"}})
        def do_POST(self):
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            print("asked", self.path, sorted(asked.items()), flush=True)
            known = asked["model"] == "good"
            self.answer(200 if known else 404, {{}} if known else {{"error": "model 'bad' not found"}})
            if known:
                os._exit(7)
        def answer(self, status, body):
            body = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
    host, port = os.environ["OLLAMA_HOST"].split(":")
    http.server.HTTPServer((host, int(port)), Handler).serve_forever()
"""


def start(tmp_path, model):
    """Run the starter with a program that plays Ollama: it dies as soon as a model that it knows is loaded."""
    program, port = tmp_path / "ollama", free_port()
    program.write_text(textwrap.dedent(FAKE.format(python=sys.executable)).lstrip())
    program.chmod(0o755)
    spec = parse_engine(f"ollama:{model}")[1]
    launched = ADAPTER.launch((sys.executable, ollama.STARTER, str(program)), spec, port)
    (tmp_path / ollama.STARTER).write_text(launched.files[ollama.STARTER])
    return subprocess.run(
        launched.argv, env=dict(launched.env), cwd=tmp_path, timeout=30, capture_output=True, text=True, check=False
    )


def test_the_starter_loads_the_model_without_generating_and_ends_as_the_server_ends(tmp_path):
    done = start(tmp_path, "good")
    assert "asked /api/generate [('keep_alive', -1), ('model', 'good')]" in done.stdout
    assert "loading model good" in done.stdout
    assert [line for line in done.stdout.splitlines() if ADAPTER.ready_line.search(line)] == ["loaded model good"]
    assert done.returncode == 7


def test_the_starter_gives_up_with_the_servers_words_if_the_model_is_not_there(tmp_path):
    done = start(tmp_path, "bad")
    assert done.returncode == 1
    troubles = [trouble.name for trouble in ADAPTER.troubles if trouble.regex.search(done.stdout)]
    assert troubles == ["missing_model"]


def test_a_server_that_is_not_there_to_start_with_is_its_exit_status(tmp_path):
    (tmp_path / "s.py").write_text(ollama.SCRIPT)
    done = subprocess.run(
        [sys.executable, "s.py", "false", "m", "http://127.0.0.1:9"], cwd=tmp_path, timeout=30, check=False
    )
    assert done.returncode == 1


def answers(model, **pages):
    listed = ProbeResponse(200, {}, b'{"data": [{"id": "llama3.2:latest", "owned_by": "library"}]}')
    others = {f"/api/{name}": ProbeResponse(200, {}, body) for name, body in pages.items()}
    return ProbeResponses(listed, others, model)


def test_a_name_without_a_tag_is_the_latest():
    assert [full_name(name) for name in ("", "m", "m:1b", "host:1/m")] == ["", "m:latest", "m:1b", "host:1/m:latest"]
    loaded = b'{"models": [{"name": "llama3.2:latest", "context_length": 4096}]}'
    assert ADAPTER.recognise(answers("llama3.2", version=b'{"version": "1"}', ps=loaded)).context == 4096


def test_a_model_that_is_not_loaded_has_no_context_yet():
    identity = ADAPTER.recognise(answers("llama3.2", version=b'{"version": "1"}', ps=b'{"models": []}'))
    assert (identity.version, identity.context, identity.n_params) == ("1", None, None)


def test_without_its_own_pages_it_is_another():
    assert ADAPTER.recognise(answers("m", version=b'{"version": "1"}')) is None
    assert ADAPTER.recognise(answers("m", ps=b'{"models": []}')) is None


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (
            'time=2026 level=INFO source=routes.go:2 msg="Listening on 127.0.0.1:1 (version 0.20.3)"',
            "running, no model",
        ),
        ("loading model llama3.2:1b", "loading llama3.2:1b"),
        ('level=INFO source=server.go:1339 msg="llama runner started in 29.96 seconds"', "loaded in 29.96 s"),
    ],
)
def test_the_log_tells_how_far_the_start_is(line, words):
    told = [step.words.format(*found.groups()) for step in ADAPTER.steps if (found := step.regex.search(line))]
    assert told[-1].startswith(words)

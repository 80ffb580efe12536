import http.server
import socket
import threading
import time

import pytest
from stress_process import stress


def one_sentence(result, status: int) -> str:
    """What the user reads: one line, no traceback, and the exit status of its kind."""
    assert result.returncode == status, result.stderr
    assert result.stdout == ""
    lines = result.stderr.splitlines()
    assert len(lines) == 1, result.stderr
    assert lines[0].startswith("stress: ")
    return lines[0]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (["--agents", "0"], "--agents asks for 0 agents"),
        (["--agents", "x..y"], "'x..y'"),
        (["--agents", "6.."], "'6..'"),
        (["--agents", "-5"], "-5 agents"),
        (["--over", "-5s"], "--over"),
        (["--hold", "-1m"], "--hold"),
        (["--shape", "sine"], "'sine'"),
        (["--rate", "fast"], "--rate"),
        (["--max-rate", "0"], "--max-rate"),
        (["--scenario", "tavren"], "'tavern'"),
        (["--scenario", "no/such.yaml"], "no/such.yaml"),
        (["--extra-body", "{"], "--extra-body"),
        (["--metadata", "novalue"], "--metadata"),
        (["--ui", "gui"], "--ui"),
        (["--theme", "pink"], "colour-blind"),
        (["--ui", "tui"], "terminal"),
        (["--url", "localhost:8000/v1"], "http"),
        (["--url", "http://127.0.0.1:9", "--engine", "embedded"], "--url and --engine"),
        (["--engine", "vlm:x"], "vlm"),
        (["--engine", "embedded,np=two"], "np"),
        (["--api-key-env", "NO_SUCH_VARIABLE"], "NO_SUCH_VARIABLE"),
        (["--no-such-option"], "--no-such-option"),
        (["--max-tokens", "many"], "--max-tokens"),
        (["--workers", "0"], "--workers"),
        (["--workers", "many"], "--workers"),
        (["--client", "httpx"], "--client"),
    ],
)
def test_a_wrong_command_line_is_one_sentence_and_exit_status_2(words, found, tmp_path):
    assert found in one_sentence(stress("ramp", *words, cwd=tmp_path), 2)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "words",
    [
        ("ramp", "--scenario", "HOME/private.yaml"),
        ("ramp", "--engine", "llama.cpp:HOME/private.gguf"),
        ("sweep", "embedded", "--resume", "HOME/private"),
        ("burst", "HOME/private"),  # no such argument: the line is not read to its end
    ],
)
def test_what_is_wrong_before_a_run_is_told_in_masked_words_where_that_is_asked_for(words, tmp_path):
    words = [word.replace("HOME", str(tmp_path)) for word in words]
    told = one_sentence(stress(*words, "--streamer-safe", HOME=str(tmp_path)), 2)
    assert "~/private" in told
    assert str(tmp_path) not in told


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("rampp", "There is no command 'rampp'. Did you mean ramp? `stress --help` lists them all."),
        ("xyz", "There is no command 'xyz'; `stress --help` lists them all."),
        ("model mkae x", "There is no command 'mkae'. Did you mean make? `stress model --help` lists them all."),
        ("ramp --agnets 3", "There is no option --agnets. Did you mean --agents? `stress ramp --help` lists them all."),
        ("ramp --tp 2", "There is no option --tp: it is a key of the engine, as in --engine NAME:MODEL,tp=…"),
        ("telemetry serve --port 9400", "There is no option --port; `stress telemetry serve --help` lists them all."),
        ("ramp --url", "--url needs a value after it."),
        ("ramp burst", "`stress ramp` and `stress burst` are two commands; give one at a time."),
        ("duel a", "RIGHT is missing: write `stress duel LEFT RIGHT`; `stress duel --help` has examples."),
        (
            "duel a b c",
            "'c' is one argument too many: `stress duel` takes only LEFT RIGHT; `stress duel --help` lists them",
        ),
        ("model make micro", "--out is missing: write `stress model make SHAPE --out DIR`;"),
        ("burst --requests x", "--requests 'x' is not a whole number: give one such as 50."),
        ("burst --requests=0", "--requests '0' is out of range: give 1 or more."),
        ("duel a b --runs 101", "--runs '101' is out of range: give 100 at most."),
        ("ramp --temperature hot", "--temperature 'hot' is not a number: give one such as 2.5."),
    ],
)
def test_a_command_line_that_does_not_parse_says_what_would_be_right(line, said, tmp_path):
    assert one_sentence(stress(*line.split(), cwd=tmp_path), 2).startswith(f"stress: {said}")


def test_a_scenario_file_that_is_wrong_names_its_file_line_and_field(tmp_path):
    page = tmp_path / "mine.yaml"
    rest = "setting: x\npersonas: [{name: A, is: b}]\nopeners: [hi]\n"
    page.write_text(f"title: Mine\nabout: x\ntopology: circle\n{rest}")
    sentence = one_sentence(stress("ramp", "--scenario", str(page)), 2)
    assert "mine.yaml, line 3, topology" in sentence


def test_a_port_that_nothing_listens_on_is_exit_status_4_within_three_seconds(tmp_path):
    with socket.socket() as taken:  # bound but not listening: nobody else can answer there
        taken.bind(("127.0.0.1", 0))
        began = time.monotonic()
        result = stress("ramp", "--url", f"http://127.0.0.1:{taken.getsockname()[1]}", cwd=tmp_path)
        assert time.monotonic() - began < 3
    assert "127.0.0.1" in one_sentence(result, 4)
    assert list(tmp_path.iterdir()) == []


class Html(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(b"<html>It works!</html>")

    def log_message(self, *_):
        pass


def test_a_server_that_answers_html_is_exit_status_4(tmp_path):
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Html) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        result = stress("ramp", cwd=tmp_path, OPENAI_BASE_URL=f"http://127.0.0.1:{server.server_port}")
        server.shutdown()
    assert "HTML" in one_sentence(result, 4)


def test_what_goes_to_a_file_begins_with_a_line_that_is_not_blank_and_progress_goes_to_stderr():
    done = stress("replay", "demo:h200-vllm-tp2", "--speed", "100", "--ui", "plain")
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[0].strip()
    assert "tok/s |" in done.stderr
    assert "tok/s |" not in done.stdout

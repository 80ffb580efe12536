"""`stress doctor` as its users run it."""

import json

import pytest
from fakes.pages_server import LLAMA_CPP, PagesServer
from fixtures_engine import embedded_engine
from stress_process import stress

from stress.engines.supervisor import EngineProcess, free_port

__all__ = ["embedded_engine"]


def test_this_machine_is_looked_at():
    result = stress("doctor", COLUMNS="80")
    assert result.returncode in (0, 1), result.stderr
    assert result.stdout.startswith("This machine\n")
    assert "open files" in result.stdout
    assert "disk for runs" in result.stdout
    assert "The server" not in result.stdout


def test_a_server_that_serves_is_well(embedded_engine: EngineProcess):
    result = stress("doctor", "--url", embedded_engine.root, "--json")
    lines = {line["name"]: line for line in json.loads(result.stdout)["server"]}
    assert lines["engine"]["found"].startswith("llama.cpp")
    assert lines["room"]["found"] == "3,072 tokens of context per request, 8 requests at a time"
    assert lines["reply"]["state"] == "ok", lines["reply"]
    assert lines["usage"]["state"] == "ok"
    assert lines["metrics"]["state"] == "ok"
    assert result.returncode == int("problem" in result.stdout)


def test_nothing_at_the_address_is_status_4_and_the_machine_is_told_all_the_same():
    result = stress("doctor", "--url", f"http://127.0.0.1:{free_port()}")
    assert result.returncode == 4
    assert "refuses the connection" in " ".join(result.stdout.split())
    assert "This machine" in result.stdout


def test_a_web_server_that_is_no_chat_server_is_status_4():
    with PagesServer({}) as server:
        result = stress("doctor", "--url", server.root)
    assert result.returncode == 4
    assert "no list of models" in " ".join(result.stdout.split())


def test_a_server_that_fails_its_reply_is_status_1():
    with PagesServer(LLAMA_CPP) as server:
        result = stress("doctor", "--url", server.root, "--json")
    lines = {line["name"]: line for line in json.loads(result.stdout)["server"]}
    assert result.returncode == 1
    assert lines["reply"]["state"] == "problem"
    assert lines["engine"]["found"] == "llama.cpp b6700-abcdef"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--url", "ftp://x"), "is not an http:// or https:// URL"),
        (("--url", "http://127.0.0.1:9", "--api-key-env", "NOT_SET_ANYWHERE"), "which is not set"),
    ],
)
def test_a_wrong_command_line_is_status_2_and_a_sentence(words, said):
    result = stress("doctor", *words)
    assert result.returncode == 2
    assert said in result.stderr
    assert result.stdout == ""


def test_the_key_is_never_shown():
    with PagesServer(LLAMA_CPP) as server:
        result = stress("doctor", "--url", server.root, OPENAI_API_KEY="sk-very-secret")
    assert "sk-very-secret" not in result.stdout + result.stderr

import threading

import pytest
from chat_server import FakeChatServer, stream
from stress_process import stress

from stress.cli import guide as guides
from stress.cli.guide import Found, guide, look, suggestions

H200 = "NVIDIA H200"
VLLM = ("vLLM", "vllm:MODEL,tp=2")
SERVER = ("http://127.0.0.1:8000", "Llama-3.1-8B")


def commands(found: Found) -> list[str]:
    return [command for command, _ in suggestions(found)]


def test_stress_alone_is_a_guide_that_fits_a_narrow_terminal():
    done = stress()
    assert (done.returncode, done.stderr) == (0, "")
    assert "stress replay demo:duel" in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 80


def test_a_bare_machine_tries_the_embedded_engine_and_a_recorded_duel():
    assert commands(Found())[:2] == ["stress ramp --agents 2..20 --over 30s", "stress replay demo:duel"]


def test_gpus_and_an_engine_are_named_and_tried_before_the_toy():
    found = Found(gpus=(H200, H200), engines=(VLLM,))
    assert commands(found)[:2] == ["stress ramp --engine vllm:MODEL,tp=2", "stress replay demo:duel"]
    assert f"On this machine: 2 × {H200}, vLLM." in guide(found)


def test_a_server_that_runs_here_comes_first():
    assert commands(Found(servers=(SERVER,), gpus=(H200,), engines=(VLLM,)))[:2] == [
        "stress ramp --url http://127.0.0.1:8000",
        "stress ramp --engine vllm:MODEL,tp=2",
    ]


@pytest.mark.parametrize(
    "found", [Found(), Found(configured=True), Found(servers=(SERVER,)), Found(gpus=(H200,), engines=(VLLM,))]
)
def test_it_is_always_three_commands(found):
    assert len(set(commands(found))) == 3


async def test_a_local_server_is_found_and_gets_no_key(monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    async with FakeChatServer(lambda _: stream(["hi"]), models=["/home/ada/models/tiny"]) as server:
        port = int(server.url.rpartition(":")[2].partition("/")[0])
        monkeypatch.setattr(guides, "PORTS", (port,))
        import asyncio

        found = await asyncio.to_thread(look, 5.0)
    assert found.servers == ((f"http://127.0.0.1:{port}", "tiny"),)
    assert all("authorization" not in received.headers for received in server.received)


def test_what_does_not_answer_holds_up_nobody(monkeypatch):
    never = threading.Event()
    monkeypatch.setattr(guides, "_gpus", never.wait)
    monkeypatch.setattr(guides, "PORTS", ())
    assert look(0.1).gpus == ()
    never.set()


@pytest.mark.parametrize("command", ["model", "telemetry"])
def test_a_group_alone_shows_its_help_laid_out_and_is_no_mistake(command):
    done = stress(command)
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert "Commands:" in lines
    assert not any(line.endswith("...") for line in lines[1:])
    assert done.stdout == stress(command, "--help").stdout

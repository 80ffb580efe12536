"""Every command that prints what others wrote, as its users run it: no byte of it is a command to their terminal."""

import asyncio
import contextlib
import fcntl
import json
import os
import pty
import struct
import subprocess
import sys
import termios
import unicodedata
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
import yaml
from chat_server import error, stream
from dialect_vllm import DIALECT, LABELS
from dialects import speaking
from happenings import ABOUT, failure, message, small_run
from stress_process import environment, stress

from stress.events import Mark, Trouble, to_line
from stress.runs.directory import RunRecord

HOSTILE = (
    "\x1b[31mred\x1b[0m\x1b]0;owned\x07\x1b]8;;http://x\x1b\\link\x9b2J\x1b(B\x1b[3\x001m"
    "\u202elevart\u202c\u200b\ufeff\x00\x07\x7f\r\nFORGED line\u2028FORGED too"
)
NAME = HOSTILE.replace("\x00", "").replace("/", "").replace(":", "")
"""As a file may be called."""
REMAINS = ("[31m", "31m", "[0m", "]0;", "]8;", "2J", "(B")


def check(*texts: str) -> None:
    """No control nor format character but line breaks, no remains of a sequence, and no line that we did not begin."""
    for text in texts:
        bad = {char for char in text if unicodedata.category(char) in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")}
        assert bad <= {"\n"}, text
        assert not [remains for remains in REMAINS if remains in text], text
        assert not [line for line in text.split("\n") if line.startswith("FORGED")], text


def checked(done: "subprocess.CompletedProcess[str]", *statuses: int) -> str:
    """What it printed, which has the hostile words, and nothing of what came with them."""
    both = done.stdout + done.stderr
    assert done.returncode in statuses, both
    assert "Traceback" not in both
    check(done.stdout, done.stderr)
    return both


@pytest.fixture
async def server():
    """vLLM, as somebody plays it who wishes us ill."""
    metrics = (DIALECT.metrics or "").replace(LABELS, '{engine="\x1b[31m",model_name="\x9b2J"}')
    pages = {"/v1/models": {"data": [{"id": HOSTILE, "root": HOSTILE, "owned_by": "vllm", "max_model_len": 4096}]}}
    pages["/version"] = {"version": HOSTILE}
    fake = speaking(
        replace(DIALECT, pages={**DIALECT.pages, **pages}, metrics=metrics),
        *(reply for _ in range(4) for reply in (stream(["a", HOSTILE]), error(400, HOSTILE), error(500, HOSTILE))),
    )
    async with fake:
        yield fake


async def command(*words: str, **more) -> "subprocess.CompletedProcess[str]":
    return await asyncio.to_thread(stress, *words, **more)


@pytest.mark.parametrize("ui", ["plain", "json", "none"])
async def test_a_run_against_a_hostile_server(server, tmp_path, ui):
    words = "ramp --agents 3 --over 1s --hold 1s --workers 1 --ui".split()
    done = await command(*words, ui, "--url", server.url, "--out", str(tmp_path / NAME))
    said = checked(done, 0, 1)
    assert "redlink" in said or ui == "none"
    for line in done.stdout.splitlines() if ui == "json" else ():
        assert json.loads(line)["type"] == "sample"


async def test_a_model_that_the_server_does_not_list(server, tmp_path):
    words = "ramp --agents 1 --over 1s --hold 0s --workers 1 --ui plain --model 70b".split()
    done = await command(*words, "--url", server.url, "--out", str(tmp_path / "run"))
    assert "The server lists redlink" in checked(done, 0, 1)


@pytest.mark.parametrize("more", [(), ("--json",)])
async def test_the_doctor_at_a_hostile_server(server, more):
    assert "redlink" in checked(await command("doctor", "--url", server.url, *more), 0, 1)


async def test_a_server_that_refuses_in_hostile_words(server):
    server.pages["/v1/models"] = error(401, HOSTILE)
    assert "stress: " in checked(await command("ramp", "--url", server.url, "--ui", "plain"), 4)
    checked(await command("doctor", "--url", server.url), 4)


async def test_a_duel_of_hostile_servers(server, tmp_path):
    words = f"duel {server.url} {server.url} --agents 2 --over 1s --hold 1s --workers 1 --ui plain".split()
    assert "redlink" in checked(await command(*words, "--out", str(tmp_path / NAME)), 0, 1)


# --- a stranger's run


@pytest.fixture
def run(tmp_path) -> Path:
    """Its name, its record and its events are hostile, and some of its lines are no events."""
    path = tmp_path / NAME
    path.mkdir()
    about = msgspec.structs.replace(
        ABOUT,
        command=HOSTILE,
        target=HOSTILE,
        model=HOSTILE,
        scenario=HOSTILE,
        notices=(HOSTILE, HOSTILE),
        plan=msgspec.structs.replace(ABOUT.plan, text=HOSTILE),
    )
    record = RunRecord(
        command=HOSTILE,
        argv=[HOSTILE],
        state="failed",
        cause=HOSTILE,
        started=HOSTILE,
        seed=1,
        scenario={},
        ramp={},
        request={},
        target={"engine": HOSTILE, "identity": {"version": HOSTILE}},
        about=about,
    )
    (path / "run.json").write_bytes(msgspec.json.encode(record))
    more = [
        failure(7.0, HOSTILE),
        Trouble(t=5.0, name=HOSTILE, detail=HOSTILE),
        Mark(t=6.0, label=HOSTILE),
        message(6.0, 99, to=(HOSTILE,), text=HOSTILE),
    ]
    lines = [*map(to_line, sorted([*small_run(), *more], key=lambda event: event.t))]
    lines[20:20] = [
        json.dumps({"t": 1, "type": HOSTILE}).encode() + b"\n",
        json.dumps({"t": HOSTILE, "type": "mark"}).encode() + b"\n",
        json.dumps({"t": 1, "type": "phase", "name": HOSTILE}).encode() + b"\n",
        HOSTILE.encode() + b"\n",
    ]
    (path / "events.jsonl").write_bytes(b"".join(lines))
    return path


@pytest.mark.parametrize("ui", ["plain", "json", "none"])
@pytest.mark.parametrize("more", [(), ("--streamer-safe",)])
def test_a_strangers_run_replayed(run, ui, more):
    done = stress("replay", str(run), "--speed", "100", "--ui", ui, *more)
    said = checked(done, 0)
    assert "is no event of ours" in said
    assert "redlink" in said or ui == "none"
    for line in done.stdout.splitlines() if ui == "json" else ():
        assert json.loads(line)["type"] == "sample"


def test_a_strangers_run_on_the_screen(run):
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
    command = [sys.executable, "-m", "stress", "replay", str(run), "--ui", "tui"]
    with subprocess.Popen(
        command, env=environment(TERM="xterm-256color"), stdin=theirs, stdout=theirs, stderr=theirs
    ) as process:
        os.close(theirs)
        written = b""
        with contextlib.suppress(OSError):  # Linux's way to say that the other end is closed
            while more := os.read(ours, 65536):
                written += more
                if b"redlink" in written and b"CONVERSATION" in written:
                    os.write(ours, b"q")
        assert process.wait() == 0
    os.close(ours)
    text = written.decode()
    assert "redlink" in text
    # What is left to find are Textual's own sequences; these are not.
    assert not [
        piece for piece in ("\x1b[31m", "[3\x001m", "\x9b", "]0;", "]8;", "\x1b(B", "\u202e", "\u200b") if piece in text
    ]


@pytest.mark.parametrize("ui", ["plain", "json"])
def test_two_strangers_runs_replayed_as_a_duel(run, ui):
    done = stress("replay", str(run), str(run), "--speed", "100", "--ui", ui)
    assert "against" in checked(done, 0) or ui == "json"


def test_a_strangers_run_that_is_none(run, tmp_path):
    (run / "run.json").write_text(json.dumps({"state": HOSTILE, HOSTILE: 1}))
    checked(stress("replay", str(run), "--speed", "100", "--ui", "plain"), 0)
    (run / "events.jsonl").unlink()
    assert "holds no events.jsonl" in checked(stress("replay", str(run)), 2)
    (run / "events.jsonl.gz").write_bytes(HOSTILE.encode())
    assert "cannot be unpacked" in checked(stress("replay", str(run)), 2)
    checked(stress("replay", "red", cwd=tmp_path), 2)


def test_a_path_that_is_no_text(tmp_path):
    (tmp_path / "caf\udce9").mkdir()
    assert "holds no events.jsonl" in checked(stress("replay", "caf\udce9", cwd=tmp_path), 2)


# --- a stranger's files and programs


def test_a_strangers_scenario(tmp_path):
    text = HOSTILE.replace("\x00", "")
    person = {"name": "x \u202e\u200by", "is": "y \u202ex"}
    good = {"title": "a \u202eb\u200b", "about": "c\u202e d", "topology": "ring", "setting": "e\u202e f"}
    good |= {"personas": [person], "openers": ["g \u202eh"]}
    for changes in ({}, {"title": text}, {"memory": text}, {text: text}, {"topology": text}, {"personas": [{text: 1}]}):
        (tmp_path / "s.yaml").write_text(yaml.safe_dump(good | changes))
        for action in ("check", "show"):
            checked(stress("scenarios", action, str(tmp_path / "s.yaml")), 2 if changes else 0)
    (tmp_path / f"{NAME}.yaml").write_text(yaml.safe_dump(good))
    checked(stress("scenarios", "check", str(tmp_path / f"{NAME}.yaml")), 2)


@pytest.fixture
def program(tmp_path) -> Path:
    """A llama-server that says what it likes and dies; where it lies is hostile too."""
    path = tmp_path / NAME / "llama-server"
    path.parent.mkdir()
    (path.parent / "said").write_text(f"version: 1.2{HOSTILE}\nerror: failed to load model {HOSTILE}\n")
    path.write_text('#!/bin/sh\ncat "$(dirname "$0")/said" >&2\nexit 1\n')
    path.chmod(0o755)
    return path


@pytest.mark.parametrize("more", [(), ("--json",)])
def test_engines_that_are_called_and_call_themselves_so(program, more):
    found = checked(stress("engines", *more, PATH=f"{program.parent}:/usr/bin:/bin"), 0)
    assert "redlink" in found


@pytest.mark.parametrize("words", [("serve",), ("ramp", "--ui", "plain", "--engine"), ("sweep", "--runs", "1")])
def test_an_engine_that_dies_with_hostile_words(program, tmp_path, words):
    model = tmp_path / f"{NAME}.gguf"
    model.write_bytes(b"GGUF")
    done = stress(*words, f"llama.cpp:{model}", cwd=tmp_path, PATH=f"{program.parent}:/usr/bin:/bin")
    assert "redlink" in checked(done, 1, 4)


def test_a_strangers_model(tmp_path):
    path = tmp_path / NAME
    path.mkdir()
    (path / "config.json").write_text(json.dumps({"model_type": HOSTILE, "hidden_size": HOSTILE}))
    for words in (("plan", "--gpu", "h200"), ("model", "make", "--out", str(tmp_path / "out"))):
        checked(stress(*words, str(path)), 2)
        checked(stress(*words, str(path / "config.json")), 2)


def test_a_command_line_that_is_wrong_is_one_line():
    for words in (("ramp", "--no-such-\x1b[31moption\nFORGED line"), ("ramp", "--agents", HOSTILE.replace("\x00", ""))):
        done = stress(*words)
        assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
        assert done.stderr.strip().isprintable()

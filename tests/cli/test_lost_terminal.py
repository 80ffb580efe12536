"""No screen outlives its terminal; SIGTERM and SIGHUP always save and end. Real processes in real terminals."""

import json
import signal
import socket
from collections.abc import Callable
from pathlib import Path

import pytest
from happenings import small_run
from mortal_server import MortalServer
from terminal_process import InTerminal

from stress.events import Mark, to_line

FULL = b"\x1b[?1049h"
"""The screen has opened."""
LEFT = b"\x1b[?1049l"
"""The terminal is as it was before."""

Ending = Callable[[InTerminal], None]


def close(terminal: InTerminal) -> None:
    terminal.close()


def by(number: int) -> Ending:
    return lambda terminal: terminal.process.send_signal(number)


ENDINGS = {"closed": close, "SIGHUP": by(signal.SIGHUP), "SIGTERM": by(signal.SIGTERM), "SIGINT": by(signal.SIGINT)}
every_ending = pytest.mark.parametrize("end", ENDINGS.values(), ids=ENDINGS)


@pytest.fixture(scope="module")
def server():
    with MortalServer() as server:
        yield server


def state(out: Path) -> str:
    return str(json.loads((out / "run.json").read_text())["state"])


@every_ending
def test_a_run_in_progress_is_saved_and_ends(tmp_path, server, end):
    out = tmp_path / "run"
    words = ["ramp", "--url", server.url, "--agents", "2..8", "--over", "60s", "--out", str(out)]
    with InTerminal(*words) as terminal:
        terminal.until(lambda: FULL in terminal.shown and (out / "events.jsonl").exists())
        terminal.until(lambda: b'"type":"request"' in (out / "events.jsonl").read_bytes())
        end(terminal)
        assert terminal.status() == 130
    assert state(out) == "interrupted"
    assert (out / "summary.json").exists()


def test_a_terminal_that_is_not_the_controlling_one_is_missed_as_well(tmp_path, server):
    out = tmp_path / "run"
    words = ["ramp", "--url", server.url, "--agents", "2..8", "--over", "60s", "--out", str(out)]
    with InTerminal(*words, controls=False) as terminal:
        terminal.until(lambda: FULL in terminal.shown and (out / "events.jsonl").exists())
        terminal.close()
        assert terminal.status() == 130
    assert state(out) == "interrupted"


@every_ending
def test_a_finished_duels_screen_ends_with_the_duels_own_status(tmp_path, server, end):
    out = tmp_path / "duel"
    words = ["duel", server.url, server.url, "--agents", "2", "--over", "1s", "--hold", "1s", "--out", str(out)]
    with InTerminal(*words, controls=False) as terminal:
        terminal.until(lambda: (out / "duel.json").exists() and b'"done"' in (out / "duel.json").read_bytes())
        end(terminal)
        assert terminal.status() == 0


@every_ending
def test_a_replay_that_stands_at_its_end_ends_as_done(tmp_path, end):
    events = [*small_run(), Mark(t=12.0, label="the last event")]
    (tmp_path / "events.jsonl").write_bytes(b"".join(map(to_line, events)))
    with InTerminal("replay", str(tmp_path), "--speed", "100", controls=False) as terminal:
        terminal.until(lambda: b"0:12 / 0:12" in terminal.shown)
        end(terminal)
        assert terminal.status() == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_a_replay_that_a_signal_ends_leaves_the_terminal_as_it_was(number):
    with InTerminal("replay", "demo:duel") as terminal:
        terminal.until(lambda: FULL in terminal.shown)
        terminal.process.send_signal(number)
        assert terminal.status() == 130
        terminal.read_rest()
        assert LEFT in terminal.shown


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_terminal_that_takes_nothing_more_does_not_keep_a_signal_from_ending_the_run(tmp_path, server, number):
    out = tmp_path / "run"
    words = ["ramp", "--url", server.url, "--agents", "2..8", "--over", "60s", "--out", str(out)]
    with InTerminal(*words, reads=False) as terminal:
        terminal.until((out / "events.jsonl").exists)
        terminal.until(lambda: (out / "events.jsonl").stat().st_size > 50_000)
        terminal.process.send_signal(number)
        assert terminal.status() == 130
    assert state(out) == "interrupted"


def test_plain_lines_do_not_outlive_their_terminal_either(tmp_path, server):
    out = tmp_path / "run"
    words = ["ramp", "--url", server.url, "--agents", "2..8", "--over", "60s", "--ui", "plain", "--out", str(out)]
    with InTerminal(*words) as terminal:
        terminal.until(lambda: b"tok/s" in terminal.shown)
        terminal.close()
        assert terminal.status() == 130
    assert state(out) == "interrupted"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_before_the_run_has_begun_a_signal_ends_it_as_interrupted_and_leaves_nothing(tmp_path, number):
    with socket.create_server(("127.0.0.1", 0)) as silent:  # takes a connection, and never answers
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with InTerminal("ramp", "--url", url, cwd=tmp_path) as terminal, silent.accept()[0]:
            terminal.process.send_signal(number)
            assert terminal.status() == 130
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("term", "ui"), [("dumb", "plain"), ("xterm-256color", "screen")])
def test_a_terminal_that_cannot_draw_gets_plain_lines(tmp_path, server, term, ui):
    words = ["ramp", "--url", server.url, "--agents", "2", "--hold", "60s", "--out", str(tmp_path / "run")]
    with InTerminal(*words, TERM=term) as terminal:
        terminal.until(lambda: b"tok/s" in terminal.shown)
        assert (FULL in terminal.shown) == (ui == "screen")
        assert (b"\x1b[" in terminal.shown) == (ui == "screen")

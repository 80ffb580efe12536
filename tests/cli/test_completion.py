"""Completion in real shells: installed by `--install-completion`, and asked for with the TAB key."""

import os
import pty
import re
import select
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
from stress_process import environment

SHELLS = {"bash": ["--noprofile", "-i"], "zsh": ["-i"]}
PATIENCE_S = 30.0
PROMPT = "prompt> "

every_shell = pytest.mark.parametrize(
    "shell",
    [pytest.param(name, marks=pytest.mark.skipif(not shutil.which(name), reason=f"no {name}")) for name in SHELLS],
)


@pytest.fixture
def home(tmp_path):
    """A home whose PATH has `stress`, as pipx would install it."""
    program = tmp_path / "bin" / "stress"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m stress "$@"\n')
    program.chmod(0o755)
    for name in (".bashrc", ".zshrc"):
        (tmp_path / name).write_text(f"PS1='{PROMPT}'\n")
    return tmp_path


def variables(home: Path) -> dict[str, str]:
    path = f"{home / 'bin'}:{os.environ['PATH']}"
    places = {"HOME": str(home), "ZDOTDIR": str(home), "PATH": path, "INPUTRC": os.devnull}
    return environment(TERM="xterm", **places)


class Shell:
    """An interactive shell in a terminal."""

    def __init__(self, name: str, home: Path) -> None:
        self._ours, theirs = pty.openpty()
        self._process = subprocess.Popen(
            [name, *SHELLS[name]],
            cwd=home,
            env=variables(home),
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
        )
        os.close(theirs)
        self._shown = ""

    def type(self, keys: str, until: str) -> str:
        """Type this, and wait until this pattern is shown after it."""
        self._shown = ""
        os.write(self._ours, keys.encode())
        limit = time.monotonic() + PATIENCE_S
        while not re.search(until, self._shown, re.DOTALL):
            assert time.monotonic() < limit, self._shown
            if select.select([self._ours], [], [], 0.1)[0]:
                self._shown += os.read(self._ours, 65536).decode(errors="replace")
        return self._shown

    def __enter__(self) -> "Shell":
        # A shell takes a TAB that it finds typed before its prompt for a part of the text.
        self.type("echo rea''dy\n", until=f"ready.*{PROMPT}")
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()
        os.close(self._ours)


def called_by(shell: str, line: str, home: Path) -> subprocess.CompletedProcess[str]:
    """As a user does it: which shell it is shows in who calls."""
    words = [shell, "-c", f"{line}; exit $?"]
    return subprocess.run(words, env=variables(home), capture_output=True, text=True, timeout=60)


def install(shell: str, home: Path) -> None:
    done = called_by(shell, "stress --install-completion", home)
    assert done.returncode == 0, done.stderr
    assert f"{shell} completion installed" in done.stdout


@every_shell
def test_the_first_tab_completes_a_command_and_the_next_one_an_option(home, shell):
    install(shell, home)
    with Shell(shell, home) as terminal:
        terminal.type("stress ra\t", until=r"mp(\x1b\[1m)? ")
        terminal.type("--ag\t", until=r"ents(\x1b\[1m)? ")


@every_shell
@pytest.mark.parametrize(("start", "rest"), [("--sta", "ges"), ("--ext", "ra-body")])
def test_an_option_whose_help_has_quotes_is_completed_too(home, shell, start, rest):
    install(shell, home)
    with Shell(shell, home) as terminal:
        terminal.type(f"stress ramp {start}\t", until=rest)


@every_shell
def test_the_script_can_be_shown(home, shell):
    done = called_by(shell, "stress --show-completion", home)
    assert (done.returncode, done.stderr) == (0, "")
    assert "_stress_completion" in done.stdout

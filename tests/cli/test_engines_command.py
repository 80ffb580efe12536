"""`stress engines` as its users run it, with a PATH that a test makes."""

import json
import os
from pathlib import Path

import msgspec
from fake_adapter import FakeEngine
from stress_process import stress

from stress.engines.adapter import Adapter
from stress.engines.installed import Installed
from stress.engines.listing import Listed, list_engines, table
from stress.engines.registry import ADAPTERS

ON_80_COLUMNS = {"COLUMNS": "80"}


class Elsewhere(Adapter):
    name = "elsewhere"
    title = "Elsewhere"
    how_to_get = "ask for it"
    example = "elsewhere"
    why_not_launched = "It runs in a cloud."


class Hostile(FakeEngine):
    def find(self) -> Installed:
        return Installed("1.0\x1b[31m\nbad", "/opt/\x1b[2Jx", ("x",))


def listed(*adapters: Adapter) -> list[Listed]:
    return list_engines(adapters)


def test_every_engine_that_we_know_is_a_row_with_its_version_or_how_to_get_it():
    result = stress("engines", **ON_80_COLUMNS)
    assert result.returncode == 0, result.stderr
    lines = result.stdout.splitlines()
    # A path is never broken: how long ours is depends on where the tests run.
    assert all(len(line) <= 80 for line in lines if not line.rpartition(" ")[2].startswith("/"))
    for adapter in ADAPTERS:
        assert any(line.startswith(f"  {adapter.name} ") for line in lines)
    assert "pip install sglang" in result.stdout
    assert "stress serve embedded" in result.stdout


def test_programs_get_json():
    result = stress("engines", "--json")
    rows = {row["name"]: row for row in json.loads(result.stdout)}
    assert list(rows) == [adapter.name for adapter in ADAPTERS]
    embedded = rows["embedded"]
    assert embedded["installed"] is True
    assert embedded["version"]
    assert embedded["where"]
    assert rows["modal"]["attach_only"]
    assert rows["vllm"]["keys"] == sorted(rows["vllm"]["keys"])


def test_a_program_on_the_path_is_found_with_its_version(tmp_path: Path):
    program = tmp_path / "llama-server"
    program.write_text("#!/bin/sh\necho 'version: 6700 (abcdef)'\n")
    program.chmod(0o755)
    result = stress("engines", "--json", PATH=f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    row = next(row for row in json.loads(result.stdout) if row["name"] == "llama.cpp")
    assert row["where"] == str(program)
    assert row["version"].startswith("6700")


def test_an_engine_that_we_only_attach_to_says_so():
    text = table(listed(Elsewhere()), 80)
    assert text == "Only with --url: stress can't start it\n  elsewhere  ask for it"


def test_what_a_program_says_of_itself_cannot_steer_the_terminal():
    (row,) = listed(Hostile())
    text = table([row], 80)
    assert "\x1b" not in text
    assert len(text.splitlines()) == 2


def test_an_installed_engine_that_tells_no_version_is_still_here():
    (row,) = listed(FakeEngine())
    assert row.version == "1.0"
    text = table([msgspec.structs.replace(row, version=None)], 80)
    assert text.startswith("Installed here\n  fake  version n/a  ")


def test_what_is_here_comes_before_what_has_to_be_installed():
    missing, here = (
        Listed(
            name=name,
            title=name,
            installed=installed,
            version="1.0" if installed else None,
            where="/opt/x" if installed else None,
            how_to_get="pip install it",
            example=name,
            attach_only=None,
            keys=[],
            metrics=False,
        )
        for name, installed in (("one", False), ("three", True))
    )
    assert table([missing, here], 80).splitlines() == [
        "Installed here",
        "  three  1.0  /opt/x",
        "",
        "Not installed: how to get it",
        "  one    pip install it",
    ]

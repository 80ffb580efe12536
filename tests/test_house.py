"""The house's own rules, where a machine can check them (DESIGN.md)."""

import ast
from pathlib import Path

import stress

ROOT = Path(stress.__file__).parent


def imports(path: Path) -> set[str]:
    """Every module that the file imports, at any depth."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
    return names


def importers(package: str, folder: Path = ROOT) -> set[str]:
    return {
        str(path.relative_to(ROOT))
        for path in folder.rglob("*.py")
        if any(name == package or name.startswith(f"{package}.") for name in imports(path))
    }


def test_only_one_place_starts_the_screen():
    assert importers("tui") == {"view/screen.py"}
    assert importers("textual") <= {"view/screen.py"}


def test_only_the_teller_prints():
    """What it prints it makes visible: nothing of what others wrote gets to a terminal by another way."""
    calls = {
        str(path.relative_to(ROOT))
        for path in ROOT.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"
    }
    assert calls == {"view/teller.py"}


def test_the_swarm_knows_no_http_and_no_screen():
    for package in ("aiohttp", "httptools", "textual", "rich"):
        assert importers(package, ROOT / "swarm") == set()


def test_the_pure_modules_have_no_clock_and_no_io():
    impure = {"time", "asyncio", "threading", "os", "pathlib", "socket", "subprocess"}
    pure = (
        "ramp",
        "fold",
        "window",
        "tallies",
        "knee",
        "histogram",
        "snapshot",
        "swarm/topology",
        "swarm/memory",
        "session/steering",
        "streamer_safe",
        "private_text",
        "visible",
    )
    for name in pure:
        assert not imports(ROOT / f"{name}.py") & impure, name


def test_the_workers_fast_path_validates_and_logs_nothing():
    for package in ("pydantic", "logging", "yaml"):
        assert importers(package, ROOT / "client") == set()

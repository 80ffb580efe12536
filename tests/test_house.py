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


ROOMS = """
    stress stats privacy scenario client swarm models telemetry engines limits fold runs session duel sweep doctor view
    tui cli
""".split()
"""From the lowest floor up: a room imports from those before it. `stress` is the modules at the top, words for all."""


def modules() -> dict[str, Path]:
    """All modules of both packages, by their dotted names."""
    root = ROOT.parent
    paths = (path for package in ("stress", "tui") for path in (root / package).rglob("*.py"))
    return {".".join(path.relative_to(root).with_suffix("").parts).removesuffix(".__init__"): path for path in paths}


def room(module: str) -> str:
    package, *rest = module.split(".")
    return "tui" if package == "tui" else rest[0] if rest and rest[0] in ROOMS else "stress"


def graph() -> dict[str, set[str]]:
    """Which modules each imports, at any depth of its code."""
    known = modules()
    found: dict[str, set[str]] = {}
    for name, path in known.items():
        found[name] = set()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module:
                inner = {f"{node.module}.{alias.name}" for alias in node.names}
                found[name] |= inner & known.keys() or {node.module} & known.keys()
            elif isinstance(node, ast.Import):
                found[name] |= {alias.name for alias in node.names} & known.keys()
    return found


def test_every_folder_is_a_room_and_every_room_a_folder():
    folders = {path.parent.name for path in ROOT.glob("*/__init__.py")}
    assert folders == set(ROOMS) - {"stress", "tui"}


def test_no_import_goes_up():
    assert {
        f"{importer} -> {imported}"
        for importer, all_imported in graph().items()
        for imported in all_imported
        if importer != "stress.__main__" and ROOMS.index(room(imported)) > ROOMS.index(room(importer))
    } == set()


def test_no_modules_import_each_other_in_a_circle():
    left = graph()
    while free := {name for name, imported in left.items() if not imported & left.keys()}:
        left = {name: imported for name, imported in left.items() if name not in free}
    assert left == {}


def test_few_modules_lie_loose_at_the_top():
    assert len(list(ROOT.glob("*.py"))) <= 8


def test_only_commands_start_the_screen():
    assert {path.split("/")[0] for path in importers("tui")} == {"cli"}
    assert importers("textual") == set()


def test_only_the_status_line_prints():
    """What it prints it makes visible: nothing of what others wrote gets to a terminal by another way."""
    calls = {
        str(path.relative_to(ROOT))
        for path in ROOT.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"
    }
    assert calls == {"view/status_line.py"}


def test_the_swarm_knows_no_http_and_no_screen():
    for package in ("aiohttp", "httptools", "textual", "rich"):
        assert importers(package, ROOT / "swarm") == set()


def test_the_pure_modules_have_no_clock_and_no_io():
    impure = {"time", "asyncio", "threading", "os", "pathlib", "socket", "subprocess"}
    pure = [*ROOT.glob("stats/*.py"), *ROOT.glob("fold/*.py"), *ROOT.glob("limits/*.py")]
    pure += [
        ROOT / f"{name}.py" for name in ("ramp", "events", "readings", "text", "scenario/topology", "swarm/memory")
    ]
    pure += [ROOT / f"{name}.py" for name in ("session/steering", "privacy/redactor", "privacy/private_text")]
    assert {path.name: found for path in pure if (found := imports(path) & impure)} == {}


def test_the_workers_fast_path_validates_and_logs_nothing():
    for package in ("pydantic", "logging", "yaml"):
        assert importers(package, ROOT / "client") == set()


def test_the_client_and_the_swarm_know_no_engine():
    for folder in ("client", "swarm"):
        assert importers("stress.engines", ROOT / folder) == set()

"""README and docs as the tests read them: their commands, links and options."""

import re
import shlex
from pathlib import Path
from typing import Any

import typer

from stress.cli import app

ROOT = Path(__file__).parent.parent.parent
README = ROOT / "README.md"
PAGES = [README, ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
_BLOCK = re.compile(r"^```sh\n(.*?)^```", re.MULTILINE | re.DOTALL)
_ANYWHERE = re.compile(r"^```.*?^```$|`([^`\n]*)`", re.MULTILINE | re.DOTALL)
_FOREVER = (["serve"], ["telemetry", "serve"])
"""They go on until somebody stops them."""
_NEEDS_MORE = re.compile(r"^https?://|^(?!embedded)[a-z.-]+:(?!//).|^(llama|qwen)[^/]*$")
"""A server, an engine or a model that not every machine has."""

COMMANDS = typer.main.get_command(app)


def commands(page: Path) -> list[list[str]]:
    """The words after `stress` of every command in the page's shell blocks, in order."""
    lines = [line for block in _BLOCK.findall(page.read_text()) for line in block.replace("\\\n", " ").splitlines()]
    split = [shlex.split(line, comments=True) for line in lines]
    return [words[1:] for words in split if words[:1] == ["stress"]]


def runs_anywhere(words: list[str]) -> bool:
    """Whether a machine without a GPU, a server and a network runs it, and comes to its end."""
    if words[0] in ("plan", "replay"):
        return True
    return words[:1] not in _FOREVER and words[:2] not in _FOREVER and not any(map(_NEEDS_MORE.match, words))


def is_demo(words: list[str]) -> bool:
    """Whether it replays a run that comes with the package."""
    return words[0] == "replay" and "demo:" in words[1]


def options(page: Path) -> set[str]:
    """Every option that the page's own words name, outside blocks of code."""
    return {
        option
        for piece in _ANYWHERE.findall(page.read_text())
        for option in re.findall(r"(?<!\S)--[a-z][a-z-]+", piece)
    }


def known_options() -> set[str]:
    """Every option of every command."""
    found: set[str] = {"--help"}
    todo: list[Any] = [COMMANDS]
    while todo:
        command = todo.pop()
        found.update(option for parameter in command.params for option in parameter.opts)
        names = command.list_commands(None) if hasattr(command, "list_commands") else ()
        todo += [command.get_command(None, name) for name in names]
    return found


def anchors(page: Path) -> set[str]:
    """The names of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.*)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def links(page: Path) -> list[tuple[str, str]]:
    """Every relative link of a page: the file ("" is the page itself) and the heading ("": none)."""
    targets = re.findall(r"\]\(([^)\s]+)\)", page.read_text())
    return [(file, anchor) for file, _, anchor in (one.partition("#") for one in targets) if ":" not in file]


LOCAL = [(page, words) for page in PAGES for words in commands(page) if runs_anywhere(words)]
"""The commands that run anywhere, with their pages."""

"""Is an engine installed here, and how is it called? Nothing of an engine is imported to find out."""

import importlib.metadata
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple


class Installed(NamedTuple):
    """An engine on this machine."""

    version: str | None
    where: str
    """The program, or the interpreter that has the package."""
    base: tuple[str, ...]
    """How its program is called: the beginning of a command line."""
    distribution: str = ""
    """The Python distribution that brought it, if one did."""


class Package(NamedTuple):
    """A Python distribution that brings an engine."""

    distribution: str
    call: str
    """How the engine is called: the words after the interpreter."""
    command: str = ""
    """Engines mostly live in an environment of their own: this command of theirs on the PATH leads there."""


def find_package(packages: Sequence[Package]) -> Installed | None:
    """The first of these that is installed for our own interpreter, else for that of its command."""
    for package in packages:
        with suppress(importlib.metadata.PackageNotFoundError):
            return _installed(package, importlib.metadata.version(package.distribution), sys.executable)
    for package in packages:
        python = _interpreter_of(package.command)
        if python and (version := _version_beside(python, package.distribution)):
            return _installed(package, version, str(python))
    return None


def _installed(package: Package, version: str, python: str) -> Installed:
    return Installed(version, python, (python, *package.call.split()), package.distribution)


def find_program(command: str, *version_flags: str, pattern: str = r"(\d[\w.+-]*)") -> Installed | None:
    """A program on the PATH, asked for its version (what the pattern's group finds) where there are flags for it."""
    path = shutil.which(command)
    if path is None:
        return None
    return Installed(_ask_version(path, version_flags, pattern) if version_flags else None, path, (path,))


def _interpreter_of(command: str) -> Path | None:
    """The Python that a script on the PATH runs with: that of its environment."""
    path = shutil.which(command)
    if path is None:
        return None
    try:
        with Path(path).open("rb") as script:
            first = script.readline(4096).decode(errors="replace")
    except OSError:
        return None
    named = Path(first[2:].split(" ")[0].strip()) if first.startswith("#!/") and "python" in first else None
    for python in (named, Path(path).with_name("python"), Path(path).resolve().with_name("python")):
        if python is not None and python.name != "env" and python.exists():
            return python
    return None


def _version_beside(python: Path, distribution: str) -> str | None:
    """A distribution's version from the names in the site-packages of an environment."""
    stem = re.sub(r"[-_.]+", "_", distribution)
    for info in sorted(python.parent.parent.glob("lib/python3*/site-packages/*.dist-info")):
        name, _, version = info.name.removesuffix(".dist-info").partition("-")
        if re.sub(r"[-_.]+", "_", name).lower() == stem.lower():
            return version
    return None


def _ask_version(path: str, flags: Sequence[str], pattern: str) -> str | None:
    try:
        done = subprocess.run([path, *flags], capture_output=True, text=True, timeout=10, check=False, errors="replace")
    except (OSError, subprocess.SubprocessError):
        return None
    found = re.search(pattern, done.stdout + done.stderr)
    return found[1] if found else None

"""Aphrodite: https://github.com/aphrodite-engine/aphrodite-engine.

Its launch line was checked with the parser of the package aphrodite-engine 0.24.1 (`tests/real/check_parsers.py`), its
words and metrics with that package's source.
"""

from collections.abc import Mapping
from typing import ClassVar

from stress.engines.engine_core import EngineCore, metric_names
from stress.engines.installed import Installed, find_package


class Aphrodite(EngineCore):
    """`aphrodite run MODEL`."""

    name = "aphrodite"
    title = "Aphrodite"
    how_to_get = "pip install aphrodite-engine"
    example = "aphrodite:meta-llama/Llama-3.1-8B-Instruct,tp=2"
    metrics = metric_names("aphrodite")
    owners = ("aphrodite", "pygmalionai")
    own_environment: ClassVar[Mapping[str, str]] = {"APHRODITE_NO_USAGE_STATS": "1"}

    def find(self) -> Installed | None:
        """The distribution `aphrodite-engine`."""
        package = find_package(("aphrodite-engine",), "aphrodite")
        if package is None:
            return None
        base = (package.python, "-m", "aphrodite.entrypoints.cli.main", "run")
        return Installed(package.version, package.python, base, package.distribution)


ADAPTER = Aphrodite()

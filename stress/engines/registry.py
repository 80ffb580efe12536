"""All engines that we know, in the order in which they are shown. A new one is its module and a line here."""

from stress.client.failures import Words
from stress.engines import (
    aphrodite,
    deepspeed_mii,
    embedded,
    llama_cpp,
    lmdeploy,
    modal,
    ollama,
    sglang,
    tabbyapi,
    tensorrt_llm,
    transformers,
    vllm,
)
from stress.engines.adapter import Adapter

ADAPTERS: tuple[Adapter, ...] = (
    embedded.ADAPTER,
    vllm.ADAPTER,
    llama_cpp.ADAPTER,
    sglang.ADAPTER,
    aphrodite.ADAPTER,
    tensorrt_llm.ADAPTER,
    lmdeploy.ADAPTER,
    transformers.ADAPTER,
    ollama.ADAPTER,
    tabbyapi.ADAPTER,
    deepspeed_mii.ADAPTER,
    modal.ADAPTER,
)


def adapter_named(name: str) -> Adapter | None:
    """The engine of this name, if there is one."""
    return next((adapter for adapter in ADAPTERS if adapter.name == name), None)


ATTACHABLE: tuple[Adapter, ...] = tuple(adapter for adapter in ADAPTERS if adapter.name != "embedded")
"""Those that a server at some address can be: the embedded engine, seen from outside, is a llama.cpp."""

FAILURES: tuple[Words, ...] = tuple(words for adapter in ADAPTERS for words in adapter.failures)
"""Every engine's words for its failures, in this order: what answers is not always what it seems."""

"""All engines that we know, in the order in which they are shown. A new one is its module and a line here."""

from stress.client.failures import Words
from stress.engines.adapter import Adapter
from stress.engines.aphrodite import Aphrodite
from stress.engines.deepspeed_mii import DeepSpeedMii
from stress.engines.embedded import Embedded
from stress.engines.llama_cpp import LlamaCpp
from stress.engines.lmdeploy import Lmdeploy
from stress.engines.modal import Modal
from stress.engines.ollama import Ollama
from stress.engines.sglang import Sglang
from stress.engines.tabbyapi import TabbyApi
from stress.engines.tensorrt_llm import TensorrtLlm
from stress.engines.transformers import Transformers
from stress.engines.vllm import Vllm

ADAPTERS: tuple[Adapter, ...] = (
    Embedded(),
    Vllm(),
    LlamaCpp(),
    Sglang(),
    Aphrodite(),
    TensorrtLlm(),
    Lmdeploy(),
    Transformers(),
    Ollama(),
    TabbyApi(),
    DeepSpeedMii(),
    Modal(),
)


def adapter_named(name: str) -> Adapter | None:
    """The engine of this name, if there is one."""
    return next((adapter for adapter in ADAPTERS if adapter.name == name), None)


ATTACHABLE: tuple[Adapter, ...] = tuple(adapter for adapter in ADAPTERS if adapter.name != "embedded")
"""Those that a server at some address can be: the embedded engine, seen from outside, is a llama.cpp."""

FAILURES: tuple[Words, ...] = tuple(words for adapter in ADAPTERS for words in adapter.failures)
"""Every engine's words for its failures, in this order: what answers is not always what it seems."""

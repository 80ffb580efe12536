"""A real llama.cpp that serves the models which these tests make."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from stress.engines.adapter import EngineSpec
from stress.engines.embedded import Embedded
from stress.engines.supervisor import EngineProcess, free_port


@pytest.fixture(scope="module")
def serve_gguf() -> Iterator[Callable[[Path], str]]:
    """Gives the address of a server of a GGUF file; asked again for the same file, of the same server."""
    running: dict[Path, EngineProcess] = {}

    def serve(path: Path) -> str:
        if path not in running:
            installed = Embedded().find()
            assert installed is not None
            port = free_port()
            spec = EngineSpec(name="embedded", model=str(path), np=2, ctx=1024)
            running[path] = EngineProcess(Embedded(), Embedded().launch(installed.base, spec, port), port)
            running[path].wait_until_ready(lambda _: None)
        return running[path].root

    yield serve
    for process in running.values():
        process.stop()

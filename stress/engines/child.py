"""`python -m stress.engines.child OPTIONS`: the process that llama.cpp runs in. `stress.engines.embedded` starts it.

OPTIONS is JSON: model (a GGUF file), np, ctx, threads, port (0: any free one). When the server answers, one line
`READY URL` goes to standard output. Standard input is a pipe whose other end only the parent holds: when the parent
is gone, however it went, reading it ends, and so does this process.
"""

import json
import os
import signal
import sys
import threading
import time
from typing import Any

READY = "agent-stress engine ready:"

HTTP_THREADS_BESIDE_SLOTS = 64
"""A streamed reply holds one of llama.cpp's HTTP threads, a queued request too; /metrics needs one besides."""


def main() -> None:
    """Serve until standard input ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which stops us when it has drained
    options = json.loads(sys.argv[1])
    parent = os.getppid()
    threading.Thread(target=_leave_with_parent, args=(sys.stdin.fileno(),), daemon=True).start()
    server = _serve(options)
    print(READY, server.listening_address, flush=True)  # noqa: T201 - this is how the parent learns the port
    # Should a fork of the parent hold the pipe open, we are still handed to another parent when ours dies.
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(0)


def _leave_with_parent(pipe: int) -> None:
    while os.read(pipe, 4096):
        pass
    os._exit(0)  # not sys.exit: llama.cpp's threads would keep the process alive


def _serve(options: dict[str, Any]) -> Any:
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = options["model"]
    params.model_alias = {"agent-stress-toy"}
    params.port = options["port"]
    params.n_parallel = options["np"]
    params.n_ctx = options["np"] * options["ctx"]
    params.kv_unified = False  # each slot has a context of its own: a full pool would end every reply at once
    params.fit_params = False
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = options["threads"]
    params.cpuparams.poll = params.cpuparams_batch.poll = 0  # a waiting thread must not take the client's core
    params.n_threads_http = options["np"] + HTTP_THREADS_BESIDE_SLOTS
    params.cache_ram_mib = 0  # slots keep their prompts; copies of them would cost memory and time
    params.cache_idle_slots = False
    # All agents of a scenario share the beginning of their prompts. A new agent must not take an idle slot from
    # another for that: only a prompt that mostly repeats a slot's text goes there.
    params.slot_prompt_similarity = 0.5
    params.endpoint_metrics = True
    params.endpoint_slots = True
    params.ui = False
    params.warmup = False
    params.force_pure_content_parser = True  # it would parse the whole reply again at each token
    params.verbosity = 1  # errors
    return xllamacpp.Server(params)


if __name__ == "__main__":
    main()

"""`python -m stress.engines.child OPTIONS`: the process that llama.cpp runs in, for `stress.engines.embedded`.

OPTIONS is JSON: model (a GGUF file), alias (its name for clients), np, ctx, threads, port. It serves until it is ended.
"""

import json
import signal
import sys

HTTP_THREADS_BESIDE_SLOTS = 64
"""A streamed reply holds one of llama.cpp's HTTP threads, a queued request too; /metrics needs one besides."""


def main() -> None:
    """Serve until the process is ended."""
    import xllamacpp

    options = json.loads(sys.argv[1])
    params = xllamacpp.CommonParams()
    params.model.path = options["model"]
    params.model_alias = {options["alias"]}
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
    server = xllamacpp.Server(params)
    while server:
        signal.pause()


if __name__ == "__main__":
    main()

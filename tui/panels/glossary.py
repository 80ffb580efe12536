"""What the words on the screen mean, in sentences; the help shows it."""

Entries = tuple[tuple[str, str], ...]

_SPEED: Entries = (
    ("tok/s", "Output tokens a second of all agents together, as they stream in."),
    ("prompt tok/s", "Prompt tokens a second, of all requests that the server has answered."),
    ("peak", "The best second so far, ▼ in the curve."),
    ("knee", "The number of agents above which more agents no longer help: ◆ in the curve."),
    (
        "roofline",
        "The speed that no engine can exceed on these GPUs, given their memory and arithmetic: ╌ in the curve.",
    ),
    ("ghost", "A recorded run, drawn next to this one: • in the curve."),
    ("goodput", "Requests a second that meet every latency limit that you set with --goodput."),
    ("window", "Rates and percentiles are those of the last seconds; the title says how many."),
)
_LATENCY: Entries = (
    ("TTFT", "Time to first token: from sending a request to its first output token."),
    ("ITL", "Inter-token latency: the gaps between output tokens of a reply."),
    (
        "TPOT",
        "Time per output token: the time from the first to the last token, divided by the tokens after the first.",
    ),
    ("E2EL", "End-to-end latency: from sending a request to its last output token."),
    ("p50 p95 p99", "Half, 95 % or 99 % of the values are at or below this one."),
)
_AGENTS: Entries = (
    ("agents", "How many take part now, and, after the slash, how many the ramp asks for."),
    ("in flight", "Requests sent whose reply has not ended."),
    ("generating", "> Its reply is streaming in."),
    ("thinking", "? It has mail and waits for its turn: a rate cap or a pause after a failure holds it back."),
    ("waiting", "… Its request is sent, but no output has come: it waits in the server's queue or is in prefill."),
    ("prefill", "The engine reads the prompt before it writes the first token."),
    ("idle", "· It has no mail to answer."),
    ("failed", "× Its last request failed. It tries again."),
    ("replies", "Requests answered since the start."),
    ("messages", "What agents wrote to each other; a message to three agents counts as three."),
)
_RUN: Entries = (
    ("RAMP", "The number of agents grows as planned."),
    ("HOLD", "The number of agents stays the same."),
    ("HELD", "You hold the ramp; space resumes it."),
    ("DRAIN", "No new requests; those in flight may finish."),
    ("BURST", "A fixed number of requests, as fast as they go. Each has a bar: its share of the tokens requested."),
    ("mark", "A moment that you mark; a replay can jump to it."),
    ("★", "News: a new peak, a knee, a round number of agents or tokens."),
    ("SAFE", "Streamer-safe: keys, paths, names and addresses are hidden."),
    ("n/a", "It could not be read."),
)
_LIMIT: Entries = (
    ("LIMIT", "What holds the run back now, with the figures that say so."),
    ("kJ, tok/J", "Energy of the GPUs so far, and output tokens per joule."),
    ("per M tok", "Cost per million output tokens, at your GPU price per hour."),
    ("errors", "Requests that failed, by what went wrong."),
)
_GPUS: Entries = (
    ("util", "The share of the time in which anything ran on the GPU. 100 % does not mean that all of it was busy."),
    ("SM", "The share of the GPU's processors that had work."),
    ("tensor", "The share of the time in which the tensor cores multiplied matrices."),
    ("DRAM", "The share of the GPU memory's bandwidth in use. Decoding is mostly limited by it."),
    ("NVLink, PCIe", "What the GPU sends to other GPUs over its links, per second."),
    ("power cap", "▼ The GPU runs slower to stay within its power limit."),
    ("too hot", "▼ The GPU runs slower because of its temperature."),
    ("lost", "The GPU no longer answers."),
)
_ENGINE: Entries = (
    ("running", "Requests that the engine is working on, according to its own metrics."),
    ("waiting", "Requests in the engine's queue."),
    ("prefix hits", "The share of prompt tokens found in the engine's prefix cache and not computed again."),
    ("KV cache", "The memory for the keys and values of all tokens in progress, and how full it is."),
    ("preempted", "Requests that the engine put back because the KV cache was full."),
    ("its tok/s", "The engine's own count of output tokens a second."),
    ("client cpu", "CPU of the busiest load worker, as a share of one core. Near 100 %, stress itself limits the run."),
    ("loop lag", "How late the load workers are. A large lag makes latencies less exact."),
    ("workers", "Processes that send the requests."),
)
_DUEL: Entries = (
    ("ratio", "Tokens a second of the faster side, divided by the other side's."),
    ("equal agents", "Both sides compared at the same number of agents."),
    ("DIFFERS", "Settings that differ between the two sides."),
)
GLOSSARY: tuple[tuple[str, Entries], ...] = (
    ("SPEED", _SPEED),
    ("LATENCY", _LATENCY),
    ("AGENTS", _AGENTS),
    ("THE RUN", _RUN),
    ("LIMITS AND COST", _LIMIT),
    ("GPUS", _GPUS),
    ("ENGINE AND CLIENT", _ENGINE),
    ("A DUEL", _DUEL),
)
"""By heading: each word and its meaning."""

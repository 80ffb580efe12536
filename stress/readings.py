"""What can be read or worked out at one moment: of a GPU, the engine, the client, the energy, the limit.

They are what the screen shows and what the record's samples hold. What could not be read is null, never 0.
"""

from collections.abc import Sequence
from typing import Literal

import msgspec

LIMITED_CPU, LIMITED_LAG_MS = 0.9, 10.0
"""The client limits a run, or blurs its times, where a worker's CPU or its loop's lag (p99) is above these."""


CpuUser = Literal["client", "engine", "others"]
"""Who takes the CPU of the client's machine: its own load workers, the engine, or other programs."""
SourceName = Literal["gpus", "host", "engine"]
"""Where readings come from: the GPUs, this machine, the engine's own page."""
STALE_S = 2.5
"""A source that has given nothing for so long is stale: five readings of the machine, two of the engine."""

SlowdownName = Literal["power_cap", "thermal", "hardware", "power_brake"]
"""Why a GPU runs below its clocks: its power limit, its temperature, a fault or protection of the hardware, or a
signal from the power supply."""


class GpuReading(msgspec.Struct, frozen=True, kw_only=True):
    """One GPU: utilisation and activities in percent, memory in bytes, power in watts, temperature in °C."""

    index: int
    name: str
    host: str | None = None
    """The machine it is in, where that is reported (by a DCGM exporter)."""
    util: float | None = None
    """The share of time in which any kernel ran: it says nothing of how much of the chip was busy."""
    util_samples: tuple[int, ...] | None = None
    """The same at the finest resolution that the driver keeps: since the reading before, evenly spread, oldest first.
    None: it keeps none, took none, or the record is older. Only in a `gpu` event, not in a sample."""
    mem_used: int | None = None
    mem_total: int | None = None
    power_w: float | None = None
    power_limit_w: float | None = None
    temp_c: float | None = None
    mem_temp_c: float | None = None
    sm: float | None = None
    """Streaming multiprocessors with work, averaged over time and chip."""
    occupancy: float | None = None
    """Warps resident, of those that could be."""
    tensor: float | None = None
    """Cycles in which the tensor cores were active."""
    dram: float | None = None
    """Cycles in which memory moved data: of the memory's bandwidth, the share in use."""
    sm_clock_mhz: float | None = None
    sm_clock_max_mhz: float | None = None
    mem_clock_mhz: float | None = None
    mem_clock_max_mhz: float | None = None
    slowdowns: tuple[SlowdownName, ...] | None = None
    """Why it runs slower than it could; empty: nothing slows it down."""
    pcie_tx_mib_s: float | None = None
    pcie_rx_mib_s: float | None = None
    nvlink_tx_mib_s: float | None = None
    """Over all of its NVLinks together."""
    nvlink_rx_mib_s: float | None = None
    energy_joules: float | None = None
    """The chip's own counter, since its driver was loaded."""
    engine: bool | None = None
    """The engine under test computes on it; None: not known."""
    lost: str | None = None
    """Why it does not answer any more, in the driver's words."""


class EngineReading(msgspec.Struct, frozen=True, kw_only=True):
    """The engine's own view, from its `/metrics`: requests, shares of 1, tokens a second."""

    running: int | None = None
    waiting: int | None = None
    kv_usage: float | None = None
    prefix_hit_rate: float | None = None
    gen_tok_s: float | None = None
    gen_tokens: int | None = None
    """Output tokens since the engine started."""
    prompt_tokens: int | None = None
    """Prompt tokens since the engine started."""
    cached_tokens: int | None = None
    """Those of them that were found in the prefix cache."""
    preemptions: int | None = None
    """Requests that had to give up their KV cache, since the engine started."""


class ClientReading(msgspec.Struct, frozen=True, kw_only=True):
    """The client's own cost over the last window."""

    workers: int = 0
    cpu: float | None = None
    """The busiest worker's share of a core, 1.0 being all of it."""
    loop_lag_ms: float | None = None
    """The 99th percentile of the event loops' lag."""
    limited: bool = False
    """The client is what limits the run, or blurs its times: CPU above 90 % of a core, or lag above 10 ms."""
    cpu_user: CpuUser | None = None
    """Who leaves it too little CPU; None: nobody does, or it is not known."""


class Percentiles(msgspec.Struct, frozen=True, kw_only=True):
    """Percentiles over the last window, in milliseconds, within 0.5 % of the true value."""

    p50: float | None = None
    p95: float | None = None
    p99: float | None = None


class EnergyReading(msgspec.Struct, frozen=True, kw_only=True):
    """What the GPUs of the engine under test draw, and what that buys; all GPUs where nobody knows which they are."""

    joules: float | None = None
    """Since the ramp began."""
    watts: float | None = None
    tokens_per_joule: float | None = None
    """Output tokens a second over watts, over the last window."""
    cost: float | None = None
    """Since the ramp began, in the currency of `--price`."""
    cost_per_million_tokens: float | None = None
    """Of output tokens, at the rate of the last window."""


RoofName = Literal["memory", "compute", "links"]


class RooflineReading(msgspec.Struct, frozen=True, kw_only=True):
    """The output tokens a second that no engine can exceed with this model, these GPUs and the batch of the moment."""

    tok_s: float
    share: float | None
    """Of it, what is reached: of 1; None while nothing is generated."""
    bound: RoofName
    """What sets it."""
    memory_share: float | None
    """Of the time that a step takes, what reading its bytes takes at the memory's full bandwidth."""
    compute_share: float | None
    """Likewise its arithmetic, at the full rate."""
    batch: float
    """Replies that a step advances together."""
    context: float
    """Tokens in a mean one's context."""


BottleneckName = Literal[
    "gpu_compute",
    "gpu_memory_bandwidth",
    "gpu",
    "power_cap",
    "thermal_cap",
    "kv_cache",
    "engine_cpu",
    "slots",
    "one_gpu_at_a_time",
    "client",
    "network",
    "few_agents",
    "no_tokens",
    "failures",
    "unknown",
]
"""`gpu`: the GPUs are busy all the time, and do not say with what. `no_tokens`: requests are there, none is served.
`failures`: most requests fail."""

TITLES: dict[BottleneckName, str] = {
    "gpu_compute": "GPU compute",
    "gpu_memory_bandwidth": "GPU memory bandwidth",
    "gpu": "the GPUs",
    "power_cap": "the GPUs' power cap",
    "thermal_cap": "the GPUs' temperature",
    "kv_cache": "KV cache full",
    "engine_cpu": "the engine's CPU",
    "slots": "the engine's slots",
    "one_gpu_at_a_time": "one GPU at a time",
    "client": "the client",
    "network": "the network",
    "few_agents": "not enough agents yet",
    "no_tokens": "no token from the engine",
    "failures": "most requests fail",
    "unknown": "not known",
}


class Bottleneck(msgspec.Struct, frozen=True, kw_only=True):
    """What limits the run at this moment."""

    name: BottleneckName
    evidence: tuple[str, ...] = ()
    """The figures it follows from, in words, the weightiest first."""
    also: tuple[BottleneckName, ...] = ()
    """What else was found and would limit it next."""
    sentence: str = ""
    """What limits it, in one sentence; empty in older records."""

    @property
    def title(self) -> str:
        """The name in words."""
        return TITLES[self.name]


def engine_gpus(gpus: Sequence[GpuReading]) -> list[int]:
    """The places of the GPUs that the engine computes on; of all that may be, where it is not known of any."""
    known = [place for place, gpu in enumerate(gpus) if gpu.engine]
    return known or [place for place, gpu in enumerate(gpus) if gpu.engine is None]

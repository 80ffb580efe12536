"""What limits the run, by name, from the evidence of a few seconds: pure."""

from collections.abc import Callable
from functools import partial

from stress.limits.evidence import IDLE, Evidence, GpuLoad
from stress.limits.late import CROWDED
from stress.limits.sentences import sentence
from stress.readings import LIMITED_CPU, Bottleneck, BottleneckName, SlowdownName

BUSY = 85.0
"""A GPU is busy from this utilisation on: below, it waits for somebody often enough that somebody else is the limit."""
ACTIVE = 40.0
"""Tensor cores or memory name the limit from this activity on: real kernels mix both with waiting, so neither comes
near 100 % (2 × H200: the busiest runs stood at 60 % and 71 %)."""
WHOLE_CORE = 0.95
"""Cores: a process that computes in one thread can use no more."""
WHOLE_MACHINE = 0.85
"""Of all cores: the rest is the system's, and the client's on the same machine."""
SMALL_BATCH = 8
"""Below so many replies a step, reading the weights is nearly all of the step: more agents come nearly for free."""
FULL_CACHE = 0.95
CAPPED = 0.5
"""The share of readings in which a slowdown has to be seen."""
SLOWED = 97.0
"""Percent of the highest clock: a chip that still runs at it is not slowed down, whatever its flags say."""
ALTERNATING = (50.0, 115.0)
"""Percent of one GPU: what several GPUs that wait for each other add up to."""
EVEN = 0.2
"""Of the mean: each of GPUs in turn does some of the work."""
TRAFFIC_MIB_S = 100.0
"""GPUs that work on one layer together send each other more than this, those in turn far less."""
STILL_GROWING = 1.7
"""Twice the agents make this many times the tokens: there is room for more."""
IDLE_AGENTS = 0.5
"""Where fewer of the agents than this share have a request in flight, they write too little."""
MISSING = 0.2
"""The share of our requests in flight that the engine has not got."""


Finding = tuple[str, ...] | None
"""The figures that speak for a verdict; None: it is not the limit."""


def diagnose(evidence: Evidence) -> Bottleneck:
    """What limits the run. The rules stand in the order in which they shadow each other."""
    found = [(name, figures) for name, rule in RULES if (figures := rule(evidence)) is not None]
    if evidence.failures > evidence.replies:
        said = f"{evidence.failures} of {evidence.failures + evidence.replies} requests failed"
        return _verdict("failures", (said,), evidence)
    if not found:
        return _verdict("unknown", _seen(evidence), evidence)
    (name, figures), others = found[0], found[1:]
    also = tuple(dict.fromkeys(other for other, _ in others if other not in (name, "few_agents", "gpu")))
    return _verdict(name, figures, evidence, also)


def _verdict(
    name: BottleneckName, figures: tuple[str, ...], evidence: Evidence, also: tuple[BottleneckName, ...] = ()
) -> Bottleneck:
    return Bottleneck(name=name, evidence=figures, also=also, sentence=sentence(name, evidence))


def _no_tokens(e: Evidence) -> Finding:
    """Whatever the GPUs or the CPU do meanwhile, it is not for these requests."""
    return ("none in 5 s", *_seen(e)) if e.silent else None


def _client(e: Evidence) -> Finding:
    """Its cores are full; or it is late, and that not because an engine on the same CPU has taken them."""
    robbed = _no_gpu(e) and _computing(e) and (e.client.cpu or 0) <= LIMITED_CPU
    if e.client_limited < CAPPED or robbed:
        return None
    lag = "n/a" if e.client.loop_lag_ms is None else f"{e.client.loop_lag_ms:.1f} ms"
    cpu = "n/a" if e.client.cpu is None else f"{100 * e.client.cpu:.0f} % of a core"
    crowded = (f"all cores {_share(e.cores_busy)} busy",) if (e.cores_busy or 0) >= CROWDED else ()
    return f"client {cpu}", f"loop lag p99 {lag}", *crowded


def _kv_cache(e: Evidence) -> Finding:
    """Requests wait though a slot is free, since the cache has no room; or lose their cache to others."""
    full = (e.waiting or 0) >= 1 and (e.kv_usage or 0) >= FULL_CACHE
    if not full and not e.preemptions:
        return None
    preempted = (f"{e.preemptions} preempted in 5 s",) if e.preemptions else ()
    return *preempted, f"KV cache {_share(e.kv_usage)}", f"{e.waiting or 0:.0f} waiting"


def _few_slots(e: Evidence) -> Finding:
    return _slots(e) if (e.slots or e.running or SMALL_BATCH) < SMALL_BATCH else None


def _slots(e: Evidence) -> Finding:
    """Requests wait while every slot is taken."""
    if e.running is None or (e.waiting or 0) < 1 or e.slots is None or e.running < e.slots - 0.5:
        return None
    return f"{e.running:.0f} running in {e.slots} slot{'s' * (e.slots != 1)}", f"{e.waiting:.0f} waiting"


def _one_gpu_at_a_time(e: Evidence) -> Finding:
    """Several GPUs, always with work, that together do what one could: each waits for the one before it."""
    gpus = e.gpus
    if gpus is None or gpus.count < 2 or gpus.util_sum is None or gpus.util_max is None or e.in_flight < 1:
        return None
    low, high = ALTERNATING
    together = max(gpus.nvlink_mib_s or 0, gpus.pcie_mib_s or 0) >= TRAFFIC_MIB_S or (e.tp or 0) >= gpus.count
    idle = gpus.util_min is not None and gpus.util_min < EVEN * gpus.util_sum / gpus.count
    if together or idle or not low <= gpus.util_sum <= high or gpus.util_max > high / gpus.count + 20:
        return None
    return f"{gpus.count} GPUs add up to {gpus.util_sum:.0f} % of one GPU", *_gpu_figures(gpus)


def _engine_cpu(e: Evidence) -> Finding:
    """GPUs wait, or there is none, while the engine has a whole core in use in one process, or all of the machine's."""
    if not _computing(e) or e.gpus_silent or (e.gpus is not None and (e.gpus.util is None or e.gpus.util >= BUSY)):
        return None
    figures = _gpu_figures(e.gpus) if e.gpus else ("no GPU",)
    if (e.engine_share or 0) >= WHOLE_MACHINE:
        figures = (f"its processes use {_share(e.engine_share)} of all cores", *figures)
    return f"its busiest process uses {100 * (e.engine_cpu or 0):.0f} % of a core", *figures


def _no_gpu(e: Evidence) -> bool:
    """The engine computes on no GPU: there is none, none is its own, or they do nothing."""
    return not e.gpus_silent and (e.gpus is None or (e.gpus.util is not None and e.gpus.util < IDLE))


def _computing(e: Evidence) -> bool:
    return (e.engine_cpu or 0) >= WHOLE_CORE or (e.engine_share or 0) >= WHOLE_MACHINE


def _network(e: Evidence) -> Finding:
    """Requests that we have sent and a remote engine does not know of."""
    if not e.remote or e.running is None or e.in_flight < SMALL_BATCH:
        return None
    missing = e.in_flight - e.running - (e.waiting or 0)
    if missing < MISSING * e.in_flight:
        return None
    return (f"{missing:.0f} of {e.in_flight:.0f} requests in flight have not reached the engine",)


def _few_agents(e: Evidence) -> Finding:
    """Nothing waits, and the batch is small, or the agents write less than the engine could answer."""
    if (e.waiting or 0) >= 1:
        return None
    # A thread that waits for its GPU by spinning uses a whole core too: with a small batch that says nothing.
    computing = _computing(e)
    idle = e.in_flight < IDLE_AGENTS * e.agents and not computing and (e.gpus is None or (e.gpus.util or 0) < BUSY)
    small = e.in_flight < SMALL_BATCH and (not _no_gpu(e) or not computing)
    if not small and not idle:
        return None
    figures = (f"{e.in_flight:.0f} of {e.agents:.0f} agents have a request in flight", "none waits")
    return figures + (_gpu_figures(e.gpus) if e.gpus else ())


def _still_growing(e: Evidence) -> Finding:
    if e.growth is None or e.growth < STILL_GROWING or (e.waiting or 0) >= 1 or (_no_gpu(e) and _computing(e)):
        return None
    if (shares := _shares(e)) is not None and max(shares[:2]) >= ACTIVE:  # a saturated chip says more than the past
        return None
    return f"{e.growth:.1f} × the tok/s of half the agents", "none waits", *(_gpu_figures(e.gpus) if e.gpus else ())


def _capped(e: Evidence, *, reasons: tuple[SlowdownName, ...]) -> Finding:
    gpus = e.gpus
    if gpus is None or (gpus.clock is not None and gpus.clock > SLOWED) or (gpus.util or 0) < BUSY:
        return None
    share = max(gpus.slowdowns.get(reason, 0.0) for reason in reasons)
    if share < CAPPED:
        return None
    return (
        f"slowed down in {100 * share:.0f} % of readings",
        f"clock {_pct(gpus.clock)}",
        f"power {_pct(gpus.power)} of its limit",
    )


def _saturated(e: Evidence, *, memory: bool) -> Finding:
    """The memory's bandwidth, or the arithmetic, whichever has the larger share."""
    if (shares := _shares(e)) is None or max(shares[:2]) < ACTIVE:
        return None
    return shares[2] if memory == (shares[0] >= shares[1]) else None


def _shares(e: Evidence) -> tuple[float, float, tuple[str, ...]] | None:
    """Memory's and arithmetic's share in percent: as the chip says, else by the roofline; with the figures."""
    gpus = e.gpus
    if gpus is None or (gpus.util or 0) < BUSY:
        return None
    if gpus.dram is not None and gpus.tensor is not None:
        return gpus.dram, gpus.tensor, _gpu_figures(gpus)
    if e.roofline is None or e.roofline.memory_share is None or e.roofline.compute_share is None:
        return None
    memory, compute = 100 * e.roofline.memory_share, 100 * e.roofline.compute_share
    figures = (f"roofline: memory {memory:.0f} %", f"arithmetic {compute:.0f} %", *_gpu_figures(gpus))
    return memory, compute, figures


def _gpu(e: Evidence) -> Finding:
    return _gpu_figures(e.gpus) if e.gpus is not None and (e.gpus.util or 0) >= BUSY else None


RULES: tuple[tuple[BottleneckName, Callable[[Evidence], Finding]], ...] = (
    ("no_tokens", _no_tokens),
    ("client", _client),
    ("kv_cache", _kv_cache),
    ("slots", _few_slots),
    ("few_agents", _still_growing),
    ("few_agents", _few_agents),
    ("one_gpu_at_a_time", _one_gpu_at_a_time),
    ("engine_cpu", _engine_cpu),
    ("slots", _slots),
    ("network", _network),
    ("power_cap", partial(_capped, reasons=("power_cap", "power_brake"))),
    ("thermal_cap", partial(_capped, reasons=("thermal", "hardware"))),
    ("gpu_compute", partial(_saturated, memory=False)),
    ("gpu_memory_bandwidth", partial(_saturated, memory=True)),
    ("gpu", _gpu),
)


def _gpu_figures(gpus: GpuLoad) -> tuple[str, ...]:
    activities = (("SM", gpus.sm), ("tensor", gpus.tensor), ("DRAM", gpus.dram))
    return (
        f"GPU util {_pct(gpus.util)}",
        *(f"{name} {_pct(activity)}" for name, activity in activities if activity is not None),
    )


def _seen(e: Evidence) -> tuple[str, ...]:
    figures = [f"{e.in_flight:.0f} in flight"]
    if e.running is not None:
        figures.append(f"{e.running:.0f} running")
    if e.engine_cpu is None:
        figures.append("engine CPU n/a")
    if e.gpus_silent:
        return (*figures, "GPUs n/a")
    return (*figures, *(_gpu_figures(e.gpus) if e.gpus else ("no GPU seen",)))


def _pct(value: float | None) -> str:
    return "n/a" if value is None else f"{value:.0f} %"


def _share(value: float | None) -> str:
    return _pct(None if value is None else 100 * value)

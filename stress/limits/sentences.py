"""Verdicts in one sentence each, with the figure that says most. Pure."""

from stress.limits.evidence import Evidence, GpuLoad
from stress.limits.late import LATE
from stress.readings import BottleneckName


def sentence(name: BottleneckName, e: Evidence) -> str:
    """What limits the run, for somebody who has never seen these words."""
    gpus = e.gpus or GpuLoad(count=0)
    match name:
        case "gpu_compute":
            return f"The {_gpus(gpus)} arithmetic limits this run{_busy(gpus.tensor, 'tensor cores ')}."
        case "gpu_memory_bandwidth":
            return f"The {_gpus(gpus)} memory bandwidth limits this run{_in_use(gpus.dram)}."
        case "gpu":
            return f"The {_are(gpus, 'limits', 'limit')} this run{_busy(gpus.util)}."
        case "power_cap":
            return f"The power limit slows the {_plural(gpus)} down{_clock(gpus)}."
        case "thermal_cap":
            return f"Heat slows the {_plural(gpus)} down{_clock(gpus)}."
        case "kv_cache":
            waits = round(e.waiting or 0)
            return f"The KV cache is full{f': {_requests(waits)} for room' if waits else ', and replies lose theirs'}."
        case "slots":
            return f"The engine's slots limit this run: {_at_a_time(e)}."
        case "one_gpu_at_a_time":
            return f"The GPUs take turns: {gpus.count} do the work of {(gpus.util_sum or 0) / 100:.1f}."
        case "engine_cpu":
            return f"The engine's CPU limits this run{_wait_for_it(gpus)}."
        case _:
            return _other(name, e)


def _other(name: BottleneckName, e: Evidence) -> str:
    """Limits that are not the engine's or its GPUs'."""
    match name:
        case "client":
            return f"{LATE[e.client.cpu_user]}."
        case "network":
            missing = round(e.in_flight - (e.running or 0) - (e.waiting or 0))
            return f"The network limits this run: {missing} of {e.in_flight:.0f} requests are still on the way."
        case "few_agents":
            return "Not enough agents yet: the engine can take more."
        case "no_tokens":
            return "The engine has sent no token for 5 s."
        case "failures":
            return "Most requests fail."
        case _:
            return "No single limit found."


def _plural(gpus: GpuLoad) -> str:
    return "GPU" if gpus.count == 1 else "GPUs"


def _gpus(gpus: GpuLoad) -> str:
    return "GPU's" if gpus.count == 1 else "GPUs'"


def _are(gpus: GpuLoad, one: str, several: str) -> str:
    return f"GPU {one}" if gpus.count == 1 else f"GPUs {several}"


def _busy(percent: float | None, whose: str = "") -> str:
    return "" if percent is None else f": {whose}{percent:.0f} % busy"


def _in_use(percent: float | None) -> str:
    return "" if percent is None else f": {percent:.0f} % in use"


def _clock(gpus: GpuLoad) -> str:
    return "" if gpus.clock is None else f" to {gpus.clock:.0f} % of full clock"


def _wait_for_it(gpus: GpuLoad) -> str:
    if gpus.util is None:
        return ""
    return f": the {_are(gpus, 'waits', 'wait')} for it, {gpus.util:.0f} % busy"


def _requests(number: int) -> str:
    return "1 request waits" if number == 1 else f"{number:,} requests wait"


def _at_a_time(e: Evidence) -> str:
    running = round(e.running or 0)
    return f"{running} of {max(running, round(e.in_flight)):,} requests run{'s' * (running == 1)} at a time"

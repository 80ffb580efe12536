"""Who takes the CPU where the client is late: only then is it known what would help. Pure."""

from stress.readings import LIMITED_CPU, CpuUser

CROWDED = 0.85
"""Of all cores, in use: from there on a process waits for one now and then."""
MOST = 0.5
"""Of the cores in use, what the engine's processes have: from there on it is the engine that crowds them."""
REST = 0.3
"""Of all cores, what neither the engine nor the load workers use: less may be this tool's own screen and record."""


def cpu_user(
    busiest: float | None, workers: float, cores: int, cores_busy: float | None, engine: float | None
) -> CpuUser | None:
    """Who leaves the client too little CPU; None: nobody, or it is not known.

    Args:
        busiest: cores that the busiest load worker uses: at most 1.
        workers: cores that all of them use.
        cores: of the client's machine.
        cores_busy: of them, how many are in use; None: not read.
        engine: of them, how many the engine's processes use; None: not known, or on another machine.
    """
    if (busiest or 0.0) > LIMITED_CPU:
        return "client"
    if cores_busy is None or cores_busy < CROWDED * cores:
        return None
    if (engine or 0.0) >= MOST * cores_busy:
        return "engine"
    return "others" if cores_busy - workers - (engine or 0.0) >= REST * cores else None


LATE: dict[CpuUser | None, str] = {
    "client": "The client limits this run: a load worker needs more than one core",
    "engine": "The engine takes this machine's CPU, so the client is late",
    "others": "Other programs take this machine's CPU, so the client is late",
    None: "The client is late, so latencies are less exact",
}
"""What is wrong, without the full stop."""
ADVICE: dict[CpuUser | None, str] = {
    "client": "Give it more --workers.",
    "engine": "Latencies are less exact. With the engine on a GPU or on another machine, they are exact.",
    "others": "Latencies are less exact: stop those programs, or run the client on another machine.",
    None: "",
}
"""What would help; nothing where that is not known."""

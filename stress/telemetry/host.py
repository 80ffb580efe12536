"""The machine that the client runs on."""

import psutil

from stress.events import Host


def read_host(t: float) -> Host:
    """The load of each core since the last call, in percent, and the memory in bytes."""
    memory = psutil.virtual_memory()
    cores = tuple(psutil.cpu_percent(percpu=True))
    return Host(t=t, cores=cores, mem_used=memory.total - memory.available, mem_total=memory.total)

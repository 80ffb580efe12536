"""CPU a chunk of our load worker, beside the floor: what reading the bytes costs without looking at them.

    python benchmarks/client_cost.py [--runs 3]

Two kinds of load: 1,000 streams paced at 20 chunks/s each, and 200 streams of 500 chunks as fast as the sockets take
them, one chunk a write. The client has one core, the truth server the other. Ours is the whole tool, `stress ramp
--ui none`, with everything it counts and records; the CPU is that of its worker process as the OS counts it, over a
window in which all streams are open. The floor is floor_client.py. The two take turns; the table gives medians.

`chunks a read` belongs to each figure: a read that brings many chunks makes each of them cheaper, for every client.
Acceptance: paced, ours ≤ 1.5 × the floor.
"""

import argparse
import subprocess
import sys

import psutil
from bench import (
    CLIENT_CORE,
    HERE,
    TruthServer,
    Window,
    end,
    machine,
    median,
    spawn,
    stress,
    table,
    verdict,
    wait_quiet,
    watch,
    workers,
)

LOADS = {
    "1,000 streams, 20 chunks/s each": (1000, 26.0, {"step": 0.05, "spread": 0.05, "chunks": 500}),
    "200 streams, flat out": (200, 6.0, {"step": 0, "chunks": 500}),
}
"""Streams, seconds to watch (paced: a whole reply, so that each stream also begins one), the server's options."""
ACCEPTED = 1.5


def settled(server: TruthServer, process: subprocess.Popen[bytes], streams: int) -> None:
    """Wait until all streams are open."""
    server.wait_for(lambda count: count["requests"] >= streams, process, 30)


def floor(streams: int, seconds: float, options: dict[str, float]) -> Window:
    """One measurement of the floor."""
    with TruthServer(**options) as server:
        process = spawn([sys.executable, HERE / "floor_client.py", server.url, streams], [CLIENT_CORE])
        try:
            settled(server, process, streams)
            return watch(server, [psutil.Process(process.pid)], seconds)
        finally:
            end(process)


def ours(streams: int, seconds: float, options: dict[str, float]) -> Window:
    """One measurement of our worker."""
    with (
        TruthServer(**options) as server,
        stress(server.url, "--agents", streams, "--hold", "10m", "--workers", 1) as (process, _),
    ):
        settled(server, process, streams)
        return watch(server, workers(process.pid), seconds, [psutil.Process(process.pid)])


def row(name: str, windows: list[Window], least: float) -> list[str]:
    """A row of the table."""
    cost = median(window.us_a_chunk for window in windows)
    return [
        name,
        f"{cost:.2f}",
        f"{min(window.us_a_chunk for window in windows):.2f}–{max(window.us_a_chunk for window in windows):.2f}",
        f"{cost / least:.2f}",
        f"{median(window.chunks_a_read for window in windows):.2f}",
        f"{median(window.chunks_a_second for window in windows):,.0f}",
        f"{median(window.client_cpu / window.seconds for window in windows):.0%}",
        f"{median(window.server_cpu / window.seconds for window in windows):.0%}",
        f"{max(window.others for window in windows):.0%}",
    ]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=3)
    runs = parser.parse_args().runs
    head = ["", "µs a chunk", "range", "× floor", "chunks a read", "chunks/s", "client CPU", "server CPU", "others"]
    for name, load in LOADS.items():
        floors, our = [], []
        for _ in range(runs):
            wait_quiet()
            floors.append(floor(*load))
            wait_quiet()
            our.append(ours(*load))
        least = median(window.us_a_chunk for window in floors)
        print(f"\n{name}, {runs} runs each\n")
        print(table(head, [row("floor", floors, least), row("stress, its worker", our, least)]), flush=True)
        if load[2]["step"]:
            ratio = median(window.us_a_chunk for window in our) / least
            print(f"\n≤ {ACCEPTED} × the floor, paced: {ratio:.2f}, {verdict(ratio <= ACCEPTED)}")
    print(f"\n{machine()}")


if __name__ == "__main__":
    main()

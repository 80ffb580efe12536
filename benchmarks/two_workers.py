"""CPU a chunk of two load workers together, beside that of one.

    python benchmarks/two_workers.py [--runs 3]

1,000 streams paced at 20 chunks/s, spread over one worker or two; all workers share the client's core, the server has
the other. The two ways take turns. Acceptance: two spend ≤ 1.15 × the CPU a chunk of one.
"""

import argparse

import psutil
from bench import TruthServer, Window, machine, median, stress, table, verdict, wait_quiet, watch, workers

STREAMS, WATCH_S = 1000, 26.0
ACCEPTED = 1.15


def measure(count: int) -> Window:
    """One run with so many workers."""
    with (
        TruthServer(step=0.05, spread=0.05, chunks=500) as server,
        stress(server.url, "--agents", STREAMS, "--hold", "10m", "--workers", count) as (process, _),
    ):
        server.wait_for(lambda seen: seen["requests"] >= STREAMS, process, 30)
        crew = workers(process.pid)
        if len(crew) != count:
            raise SystemExit(f"{count} workers were asked for, {len(crew)} run.")
        return watch(server, crew, WATCH_S, [psutil.Process(process.pid)])


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=3)
    found: dict[int, list[Window]] = {1: [], 2: []}
    for _ in range(parser.parse_args().runs):
        for count, windows in found.items():
            wait_quiet()
            windows.append(measure(count))
    costs = {count: [window.us_a_chunk for window in windows] for count, windows in found.items()}
    rows = [
        [
            f"{count} worker{'s' if count > 1 else ''}",
            f"{median(costs[count]):.2f}",
            f"{min(costs[count]):.2f}–{max(costs[count]):.2f}",
            f"{median(window.chunks_a_read for window in windows):.2f}",
            f"{median(window.chunks_a_second for window in windows):,.0f}",
            f"{median(window.client_cpu / window.seconds for window in windows):.0%}",
            f"{max(window.others for window in windows):.0%}",
        ]
        for count, windows in found.items()
    ]
    print(table(["", "µs a chunk", "range", "chunks a read", "chunks/s", "CPU", "others"], rows))
    ratio = median(costs[2]) / median(costs[1])
    print(f"\ntwo ≤ {ACCEPTED} × one: {ratio:.2f}, {verdict(ratio <= ACCEPTED)}\n\n{machine()}")


if __name__ == "__main__":
    main()

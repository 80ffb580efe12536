"""What the live screen costs the run: tokens a second with it and without.

    python benchmarks/screen_cost.py [--runs 15]

200 streams flat out. The worker has one core, the session with its screen (a terminal of 120 x 40) the other. With two
cores the server has to share one: it shares the screen's, and writes 16 chunks at once so that the worker, not the
server, is what limits. The sockets' queues are kept short where we may (root): tens of megabytes of them would measure
the processor's cache. The two ways take turns, and who begins alternates; a virtual machine's own speed can drift by
several percent within minutes, so what counts is the median of the ratios of neighbours.

Acceptance: with the screen ≥ 0.98 × without.
"""

import argparse

import psutil
from bench import (
    CORES,
    SERVER_CORE,
    TruthServer,
    Window,
    machine,
    median,
    separate,
    short_queues,
    stress,
    table,
    verdict,
    wait_quiet,
    watch,
)

STREAMS, WATCH_S = 200, 4.0
ACCEPTED = 0.98


def measure(screen: bool) -> tuple[Window, float]:
    """One run: the worker's window, and the share of a core that session and screen used."""
    with (
        TruthServer(step=0, chunks=500, burst=16) as server,
        stress(server.url, "--agents", STREAMS, "--hold", "10m", "--workers", 1, cores=CORES, screen=screen) as (
            process,
            _,
        ),
    ):
        server.wait_for(lambda count: count["requests"] >= STREAMS, process, 30)
        crew, session = separate(process), psutil.Process(process.pid)
        session.cpu_affinity([SERVER_CORE])
        server.wait_for(lambda count: count["requests"] >= 4 * STREAMS, process, 30)
        before = sum(session.cpu_times()[:2])
        window = watch(server, crew, WATCH_S, [session])
        return window, (sum(session.cpu_times()[:2]) - before) / window.seconds


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=15)
    found: dict[bool, list[tuple[Window, float]]] = {False: [], True: []}
    runs = parser.parse_args().runs
    with short_queues():
        for run in range(runs):
            for screen in (False, True) if run % 2 else (True, False):
                wait_quiet()
                found[screen].append(measure(screen))
    speeds = {screen: [window.chunks_a_second for window, _ in taken] for screen, taken in found.items()}
    rows = [
        [
            "with the screen" if screen else "without",
            f"{median(speeds[screen]):,.0f}",
            f"{min(speeds[screen]):,.0f}–{max(speeds[screen]):,.0f}",
            f"{median(window.chunks_a_read for window, _ in taken):.1f}",
            f"{median(window.client_cpu / window.seconds for window, _ in taken):.0%}",
            f"{median(share for _, share in taken):.0%}",
            f"{median(window.server_cpu / window.seconds for window, _ in taken):.0%}",
            f"{max(window.others for window, _ in taken):.0%}",
        ]
        for screen, taken in found.items()
    ]
    print(table(["", "tok/s", "range", "chunks a read", "worker CPU", "session CPU", "server CPU", "others"], rows))
    ratios = sorted(with_it / without for with_it, without in zip(speeds[True], speeds[False], strict=True))
    holds = verdict(median(ratios) >= ACCEPTED)
    spread = f"{median(ratios):.3f} ({ratios[0]:.3f}–{ratios[-1]:.3f})"
    print(f"\nwith ≥ {ACCEPTED} × without: {spread}, {holds}\n\n{machine()}")


if __name__ == "__main__":
    main()

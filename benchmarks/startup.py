"""How long until something happens: `stress --help`, and from `stress ramp --url …` to its first request.

    python benchmarks/startup.py [--runs 10]

Both as new processes, their files in the page cache, on any core. The first request is timed at the truth server, on
the machine's monotonic clock. Acceptance: ≤ 0.3 s and ≤ 1 s.
"""

import argparse
import subprocess
import sys
import time

from bench import CORES, ROOT, TruthServer, machine, median, stress, table, verdict, wait_quiet

HELP_S, FIRST_REQUEST_S = 0.3, 1.0


def help_time() -> float:
    """Seconds that `stress --help` takes."""
    began = time.monotonic()
    subprocess.run([sys.executable, "-m", "stress", "--help"], cwd=ROOT, stdout=subprocess.DEVNULL, check=True)
    return time.monotonic() - began


def first_request_time() -> float:
    """Seconds from the command to its first request."""
    with TruthServer() as server:
        began = time.monotonic()
        with stress(server.url, "--agents", 6, "--hold", "1m", cores=CORES) as (process, _):
            server.wait_for(lambda count: count["requests"] > 0, process, 30)
            first: float = server.get("arrivals")[0]
        return first - began


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=10)
    runs = parser.parse_args().runs
    rows = []
    for name, measure, limit in (
        ("stress --help", help_time, HELP_S),
        ("stress ramp --url, to its first request", first_request_time, FIRST_REQUEST_S),
    ):
        wait_quiet()
        measure()  # the first fills the page cache
        times = [measure() for _ in range(runs)]
        middle = median(times)
        rows.append(
            [name, f"{middle:.2f}", f"{min(times):.2f}–{max(times):.2f}", f"≤ {limit:g}", verdict(middle <= limit)]
        )
    print(table(["seconds", "median", f"range of {runs}", "accepted", ""], rows))
    print(f"\n{machine()}")


if __name__ == "__main__":
    main()

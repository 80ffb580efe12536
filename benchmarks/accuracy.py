"""Are the times true? The summary of a whole run, the live screen on, beside what the truth server knows.

    python benchmarks/accuracy.py [--seconds 20]

200 streams at 20 chunks/s each, reached over six seconds; the worker has one core, the truth server and the screen
share the other, where the server goes first if we are root. The truth is twofold: `planned`, the schedule, and
`written`, when the server really handed the bytes
to the kernel. Between those two lies the server's own lateness, which no client can answer for. TTFT and ITL in ms.

Acceptance: p50 within 1 ms and p99 within 3 ms of the truth as written, and every token counted.
"""

import argparse
from itertools import product
from typing import Any

import psutil
from bench import CORES, SERVER_CORE, TruthServer, machine, separate, stress, summary, table, verdict, wait_quiet

VARIANTS: dict[str, dict[str, float]] = {
    "even steps": {},
    "jitter of half a step": {"jitter": 0.5},
    "bursts of 5": {"burst": 5, "step": 0.05},
    "4 tokens a chunk": {"tokens": 4},
}
WITHIN_MS = {"p50": 1.0, "p99": 3.0}
SUMMARY_KEYS = {"p50": "median", "p99": "p99"}


def run(options: dict[str, float], seconds: float) -> tuple[dict[str, Any], dict[str, Any]]:
    """A whole run: what the server knows, and our summary."""
    settings: dict[str, float] = {"step": 0.05, "chunks": 60, "ttft": 0.1, "spread": 0.05} | options
    ramp = ("--agents", "1..200", "--over", "6s", "--hold", f"{seconds}s", "--workers", 1)
    with (
        TruthServer(**settings) as server,
        stress(server.url, *ramp, cores=CORES, screen=True) as (process, out),
    ):
        server.go_first()
        server.wait_for(lambda count: count["requests"] > 0, process, 30)
        separate(process)
        psutil.Process(process.pid).cpu_affinity([SERVER_CORE])
        process.wait(seconds + 90)
        return server.get("truth"), summary(out)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=20)
    seconds = parser.parse_args().seconds
    rows = []
    for name, options in VARIANTS.items():
        wait_quiet()
        truth, ours = run(options, seconds)
        worst = dict.fromkeys(WITHIN_MS, 0.0)
        for what, share in product(("ttft", "itl"), WITHIN_MS):
            measured = ours[f"{SUMMARY_KEYS[share]}_{what}_ms"]
            planned, written = truth["scheduled"][what][share], truth["written"][what][share]
            worst[share] = max(worst[share], abs(measured - written))
            figures = (planned, written, measured, measured - planned, measured - written)
            rows.append([name, f"{what.upper()} {share}", *(f"{figure:.2f}" for figure in figures)])
        late, counted, sent = truth["late"], ours["total_output_tokens"], truth["tokens"]
        holds = counted == sent and ours["failed"] == 0 and all(worst[share] <= WITHIN_MS[share] for share in WITHIN_MS)
        print(
            f"{name}: {ours['completed']:,} replies, {ours['failed']} failed; "
            f"tokens sent {sent:,}, counted {counted:,}; server late by p50 {late['p50']:.2f}, p99 {late['p99']:.2f}, "
            f"at most {late['max']:.1f} ms: {verdict(holds)}",
            flush=True,
        )
    print()
    print(table(["", "", "planned", "written", "stress", "off plan", "off written"], rows))
    print(f"\n{machine()}")


if __name__ == "__main__":
    main()

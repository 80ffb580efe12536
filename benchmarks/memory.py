"""How much memory an agent takes, and whether this machine carries thousands of them.

    python benchmarks/memory.py

- In flight: 1,000 agents, then 2,000, that wait for a first token which does not come.
- Waiting: 1,000 agents, then 10,000, in the tavern's conversation at one message in two minutes each, after three
  minutes: every agent has spoken and been spoken to.
- Full: 1,000 agents, then 2,000, in the tavern at ten messages a minute, after two and a half minutes: what they
  remember has reached its budget.

Bytes an agent: the difference of the worker's own memory (USS) by the difference of agents. The kernel's socket buffers
are not in it. And what such runs come to: requests, failures, the worker's CPU, its loop's lag.

Acceptance: ≤ 30 KB a waiting agent beyond the first thousand; no request fails with 2,000 in flight, or 10,000 agents.
"""

import argparse
import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
from bench import ALONE, CORES, TruthServer, machine, stress, table, verdict, wait_quiet, workers

ACCEPTED = 30_000


@dataclass(frozen=True)
class Case:
    """What the agents do, and when to look at them."""

    name: str
    scenario: object
    few: int
    many: int
    after: float
    """Seconds from the first request to the measurement."""
    options: tuple[object, ...]
    server: dict[str, float]
    waiting: bool = True
    """These are the waiting agents that the acceptance means."""


TALKS = {"step": 0.05, "chunks": 40}
CASES = (
    Case("in flight, no first token yet", ALONE, 1000, 2000, 15, (), {"ttft": 3600}),
    Case("in flight, 20 chunks/s each", ALONE, 1000, 2000, 20, (), {"spread": 0.05, "chunks": 100}, waiting=False),
    Case("waiting, a message in 2 minutes", "tavern", 1000, 10_000, 180, ("--rate", 0.5), TALKS),
    Case("full memories", "tavern", 1000, 2000, 150, ("--rate", 10), TALKS),
)


def measure(case: Case, agents: int) -> dict[str, Any]:
    """The worker's and the session's memory in bytes, and the run's last sample."""
    ramp = ("--agents", agents, "--hold", "1h", "--workers", 1, *case.options)
    with (
        TruthServer(cores=CORES, **case.server) as server,
        stress(server.url, *ramp, cores=CORES, scenario=case.scenario) as (process, out),
    ):
        server.wait_for(lambda count: count["requests"] > 0, process, 60)
        time.sleep(case.after)
        (worker,) = workers(process.pid)
        return {
            "worker": worker.memory_full_info().uss,
            "session": psutil.Process(process.pid).memory_full_info().uss,
            "sample": last_sample(out / "events.jsonl"),
        }


def last_sample(events: Path) -> dict[str, Any]:
    """The newest sample of a run that still goes on."""
    lines = events.read_bytes().splitlines()
    return next(event for line in reversed(lines) if (event := json.loads(line))["type"] == "sample")


def main() -> None:
    """Measure and print."""
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args()
    sizes, runs, lines = [], [], []
    for case in CASES:
        wait_quiet()
        found = {agents: measure(case, agents) for agents in (case.few, case.many)}
        few, many = found[case.few], found[case.many]
        each = {who: (many[who] - few[who]) / (case.many - case.few) for who in ("worker", "session")}
        sizes.append(
            [
                case.name,
                f"{case.few:,} → {case.many:,}",
                *(f"{run['worker'] / 2**20:.0f}" for run in (few, many)),
                f"{each['worker'] / 1000:.1f}",
                f"{each['session'] / 1000:.1f}",
            ]
        )
        if case.waiting:
            lines.append(f"{case.name}: {each['worker'] / 1000:.1f} KB ≤ 30 KB, {verdict(each['worker'] <= ACCEPTED)}")
        sample = many["sample"]
        runs.append(
            [
                f"{case.many:,} {case.name}",
                f"{sample['agents']:,}",
                f"{sample['in_flight']:,}",
                f"{sample['requests']:,}",
                f"{sum(sample['errors'].values()):,}",
                f"{sample['tok_s']:,.0f}",
                *(
                    "n/a" if sample["client"][name] is None else f"{sample['client'][name]:{form}}"
                    for name, form in (("cpu", ".0%"), ("loop_lag_ms", ".1f"))
                ),
            ]
        )
        print(sizes[-1], runs[-1], flush=True)
    print(table(["", "agents", "worker, MiB", "", "KB an agent", "session, KB an agent"], sizes), "", sep="\n")
    print(table(["", "agents", "in flight", "replies", "failed", "tok/s", "CPU", "lag p99, ms"], runs), "", sep="\n")
    print("\n".join(lines), f"\n{machine()}", sep="\n")


if __name__ == "__main__":
    main()

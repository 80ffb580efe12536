"""Hand-made snapshots and a run that nobody runs, for the screen's tests."""

import math
from pathlib import Path
from typing import Any

import msgspec

from stress.events import AgentState, Host, Message, PhaseName, Request, Sample
from stress.fold.snapshot import About, Plan, Point, Snapshot, Whole
from stress.readings import (
    Bottleneck,
    ClientReading,
    EnergyReading,
    EngineReading,
    GpuReading,
    Percentiles,
    RooflineReading,
)
from stress.runs.handle import Control, Ending

LONG = (
    "I did, and I would do it again: the lighthouse is drawn on the wrong side of the river, as anybody who "
    "ever came home at night can tell you, twice, and the second time with a lantern."
)
LINES = (
    "The kettle is on. Who moved the map of the harbour?",
    LONG,
    "Noted. Next item?",
    "I disagree with a02, politely.",
    "Three ships by noon, two of them ours.",
)


CPU_VERDICT = Bottleneck(
    name="engine_cpu",
    evidence=("its busiest process uses 107 % of a core", "no GPU"),
    sentence="The engine's CPU limits this run.",
)
GPU_VERDICT = Bottleneck(
    name="gpu_memory_bandwidth",
    evidence=("GPU util 84 %", "SM 62 %", "tensor 17 %", "DRAM 51 %"),
    sentence="The GPUs' memory bandwidth limits this run: 51 % in use.",
)
ROOFLINE = RooflineReading(
    tok_s=5310.0, share=0.23, bound="memory", memory_share=0.51, compute_share=0.1, batch=99.0, context=700.0
)


class FakeRun:
    """A RunHandle that shows what it is given and remembers what it was asked."""

    def __init__(self, snapshot: Snapshot, finished: bool = False) -> None:
        self.shown = snapshot
        self.finished = finished
        self.ending: Ending | None = None
        self.asked: list[Any] = []
        self.refusal: str | None = None
        self.place = Path("screenshots")

    def snapshot(self) -> Snapshot:
        return self.shown

    def wait(self, _seconds: float | None) -> bool:
        return self.finished

    def control(self, control: Control) -> str | None:
        self.asked.append(control)
        return self.refusal

    def watch(self, agent: str | None) -> None:
        self.asked.append(("watch", agent))

    @property
    def pictures(self) -> Path:
        return self.place


class FakePlayback(FakeRun):
    """A Replay that remembers what it was asked."""

    speed = 4.0
    paused = False
    position, length = 35.0, 150.0
    mark = "At the peak."
    skipped: str | None = None

    def pause(self, on):
        self.asked.append(("pause", on))

    def seek(self, seconds):
        self.asked.append(("seek", seconds))

    def to_mark(self, direction):
        self.asked.append(("mark", direction))
        return self.mark

    def news(self):
        said, self.skipped = self.skipped, None
        return said

    def faster(self, factor):
        self.asked.append(("faster", factor))


class Clock:
    """A clock that the test turns."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def messages(how_many: int, first: int = 0, text: str | None = None) -> tuple[Message, ...]:
    """So many messages, with ids from `first` on."""
    return tuple(
        Message(
            t=number / 10,
            id=number,
            sender=f"a{number % 17 + 1:02d}",
            to=tuple(f"a{(number * 5 + k) % 17 + 1:02d}" for k in range(1 + number % 2 * 4)),
            text=text or LINES[number % len(LINES)],
            request=number,
        )
        for number in range(first, first + how_many)
    )


def cells(agents: int, failed: int = 0) -> bytes:
    """A population in which something of everything goes on."""
    pattern = (
        AgentState.GENERATING,
        AgentState.GENERATING,
        AgentState.WAITING,
        AgentState.GENERATING,
        AgentState.THINKING,
        AgentState.IDLE,
        AgentState.GENERATING,
    )
    states = [pattern[(index * 5) % len(pattern)] for index in range(agents)]
    for index in range(failed):
        states[(index * 11) % agents] = AgentState.FAILED
    return bytes(states)


def gpus(number: int) -> tuple[GpuReading, ...]:
    """So many GPUs, each a little different."""
    return tuple(
        GpuReading(
            index=index,
            name="NVIDIA H200",
            util=float(98 - index * 7 % 30),
            mem_used=(120 + index) * 2**30,
            mem_total=141 * 2**30,
            power_w=640.0 - index * 9,
            power_limit_w=700.0,
            temp_c=61.0 + index,
            mem_temp_c=70.0 + index,
            sm=64.0 - index,
            tensor=15.0 + index,
            dram=51.0,
            sm_clock_mhz=1755.0,
            sm_clock_max_mhz=1980.0,
            slowdowns=("power_cap",) if index == 2 else (),
            pcie_tx_mib_s=120.0,
            nvlink_tx_mib_s=6690.0,
            engine=True,
        )
        for index in range(number)
    )


def curve(seconds: float, top: float, agents: int) -> tuple[Point, ...]:
    """Two points a second: throughput that saturates while the agents grow."""
    points = []
    for index in range(int(seconds * 2)):
        now = 6 + (agents - 6) * min(1.0, index / 2 / seconds * 1.2)
        tok_s = top * (1 - math.exp(-now / agents * 3)) + top / 25 * math.sin(index * 1.7)
        points.append(Point(index / 2, max(0.0, tok_s), int(now), int(now)))
    return tuple(points)


def snapshot(
    *,
    agents: int = 132,
    target: int = 134,
    peak: int = 200,
    t: float = 83.0,
    tok_s: float = 1234.5,
    phase: PhaseName = "ramp",
    held: bool = False,
    gpu_number: int = 0,
    errors: dict[str, int] | None = None,
    talk: tuple[Message, ...] | None = None,
    notices: tuple[str, ...] = ("The engine runs on this machine's CPU: its figures say nothing about a GPU.",),
    engine: str = "llama.cpp on this machine's CPU, a toy model",
    model: str = "babble-5m",
    scenario: str = "tavern",
) -> Snapshot:
    """The run at one moment, the same on every machine; once it is done, with its whole run beside it."""
    errors = errors or {}
    readings = gpus(gpu_number)
    load = tuple(60 + 30 * math.sin(index / 9) for index in range(150))
    shown = Snapshot(
        about=About(
            command="stress ramp --agents 6..200 --over 2m",
            target=engine,
            model=model,
            scenario=scenario,
            notices=notices,
            plan=Plan(
                points=((0, min(6, peak)), (120, peak), (150, peak)),
                duration=150,
                text=f"6 → {peak} agents over 2:00, held 0:30",
            ),
        ),
        sample=Sample(
            t=t,
            phase=phase,
            window_s=2.0,
            agents=agents,
            target_agents=target,
            in_flight=agents * 3 // 4,
            tok_s=tok_s,
            prompt_tok_s=tok_s * 2.6,
            output_tokens=98_765,
            requests=2_345,
            messages=5_678,
            errors=errors,
            ttft_ms=Percentiles(p50=84.2, p95=312.0, p99=1204.0),
            itl_ms=Percentiles(p50=7.3, p95=18.9, p99=None),
            gpus=readings,
            engine=EngineReading(running=96, waiting=3, prefix_hit_rate=0.82),
            client=ClientReading(cpu=0.34, loop_lag_ms=2.1),
            energy=EnergyReading(joules=92_400.0, watts=3672.0, tokens_per_joule=0.34) if readings else EnergyReading(),
            roofline=ROOFLINE if readings else None,
            verdict=GPU_VERDICT if readings else CPU_VERDICT,
        ),
        ramp_elapsed=t - 1,
        held=held,
        cells=cells(agents, failed=sum(errors.values()) and 5),
        talk=messages(30) if talk is None else talk,
        failures=tuple(
            Request(t=t, id=index, agent=f"a{index + 1:02d}", start=t - 1, error=name, detail="the server said no")
            for index, name in enumerate(errors)
        ),
        troubles=(),
        curve=curve(t, tok_s * 1.02, max(agents, 7)),
        peak_tok_s=tok_s * 1.1,
        host=Host(
            t=t, cores=(71.0, 64.0), mem_used=5 * 2**30, mem_total=16 * 2**30, engine_cpu=1.2, engine_cpu_busiest=1.07
        ),
        ttft_shape=((12, 3), (13, 9), (14, 22), (15, 31), (16, 18), (17, 6), (18, 2), (22, 1), (24, 2)),
        itl_shape=((4, 40), (5, 180), (6, 420), (7, 260), (8, 90), (9, 30), (10, 12)),
        host_history=load,
        gpu_history=tuple(load for _ in readings),
    )
    whole = Whole(duration=t - 1, sample=shown.sample) if phase == "done" else None
    return msgspec.structs.replace(shown, whole=whole)


def changed(picture: Snapshot, **sample: Any) -> Snapshot:
    """The snapshot with other numbers in its sample, and in that of the whole run."""
    new = msgspec.structs.replace(picture.sample, **sample)
    whole = picture.whole and msgspec.structs.replace(picture.whole, sample=new)
    return msgspec.structs.replace(picture, sample=new, whole=whole)

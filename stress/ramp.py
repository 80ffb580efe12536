"""The load over time: how many agents there are and how often each writes, or how many requests a burst sends.

Pure: no clock, no I/O. A session asks `Ramp.agents(elapsed)` and `Ramp.rate(elapsed)` and passes the answers on.
"""

import itertools
import math
from dataclasses import dataclass

import msgspec

from stress.errors import UsageError
from stress.units import format_duration, parse_duration

MAX_AGENTS = 100_000
DEFAULT_OVER = 120.0
DEFAULT_HOLD = 30.0
FOR_EVER = 1e9
"""Seconds: thirty years."""


@dataclass(frozen=True)
class Stage:
    """Go from `start` to `end` agents over `seconds`, along `shape`: `linear`, `exp` or `steps:N`."""

    start: int
    end: int
    seconds: float
    shape: str = "linear"

    def level(self, elapsed: float) -> float:
        """Agents, not rounded, `elapsed` seconds into the stage (0 ≤ elapsed ≤ seconds)."""
        share = min(1.0, elapsed / self.seconds) if self.seconds > 0 else 1.0
        if self.shape == "exp":
            return self.start * math.pow(self.end / self.start, share)
        if self.shape.startswith("steps:"):
            plateaus = int(self.shape[6:])
            share = min(plateaus - 1, math.floor(share * plateaus)) / (plateaus - 1)
        return self.start + (self.end - self.start) * share


@dataclass(frozen=True)
class Ramp:
    """A schedule of stages, and the messages a minute that each agent may write, from `rate` to `rate_end`."""

    stages: tuple[Stage, ...]
    rate_start: float | None = None
    rate_end: float | None = None

    @property
    def duration(self) -> float:
        """Seconds from the first agent to the end of the last stage."""
        return sum(stage.seconds for stage in self.stages)

    @property
    def peak(self) -> int:
        """The most agents that the schedule asks for."""
        return max(max(stage.start, stage.end) for stage in self.stages)

    def level(self, elapsed: float) -> float:
        """Agents, not rounded; before the start the first number, after the end the last."""
        stage, inside = self._at(elapsed)
        return stage.level(inside)

    def agents(self, elapsed: float) -> int:
        """Agents at this time, rounded half up, so that a linear ramp reaches each number once."""
        return math.floor(self.level(elapsed) + 0.5)

    def rate(self, elapsed: float) -> float | None:
        """Messages a minute per agent, None for no cap.

        The rate follows the agents: at the schedule's fewest agents it is `rate_start`, at its most `rate_end`.
        A schedule that never changes its number of agents moves the rate with time instead.
        """
        if self.rate_start is None or self.rate_end is None:
            return None
        fewest = min(min(stage.start, stage.end) for stage in self.stages)
        if self.peak > fewest:
            share = (self.level(elapsed) - fewest) / (self.peak - fewest)
        else:
            share = min(1.0, max(0.0, elapsed / self.duration))
        return self.rate_start + (self.rate_end - self.rate_start) * share

    def growing(self, elapsed: float) -> bool:
        """The schedule still changes the number of agents at this time (it is not a hold)."""
        stage, _ = self._at(elapsed)
        return stage.start != stage.end

    def next_stage(self, elapsed: float) -> float:
        """When the stage after the present one begins, in seconds; in the last one: when it ends."""
        ends = itertools.accumulate(stage.seconds for stage in self.stages)
        return next((end for end in ends if end > elapsed), self.duration)

    def outline(self, points: int = 120) -> tuple[tuple[float, int], ...]:
        """(seconds, agents) for drawing: evenly spaced times and every stage's corners."""
        corners = list(itertools.accumulate((stage.seconds for stage in self.stages), initial=0.0))
        even = (self.duration * step / points for step in range(points + 1))
        return tuple((t, self.agents(t)) for t in sorted({*corners, *even}))

    def describe(self) -> str:
        """The schedule in words, such as `6 → 200 agents over 2:00, held 0:30`."""
        parts: list[str] = []
        for stage in self.stages:
            span = format_duration(stage.seconds)
            if stage.start == stage.end:
                parts.append(f"held {span}" if parts else f"{stage.end} agent{'s' * (stage.end != 1)} for {span}")
            else:
                shape = "" if stage.shape == "linear" else f" ({stage.shape})"
                opening = f"→ {stage.end}" if parts else f"{stage.start} → {stage.end} agents"
                parts.append(f"{opening} over {span}{shape}")
        return ", ".join(parts)

    def _at(self, elapsed: float) -> tuple[Stage, float]:
        """The stage at this time, and the seconds since that stage began."""
        inside = max(0.0, elapsed)
        for stage in self.stages:
            if inside < stage.seconds:
                return stage, inside
            inside -= stage.seconds
        return self.stages[-1], self.stages[-1].seconds


class BurstPlan(msgspec.Struct, frozen=True, kw_only=True):
    """A fixed number of independent requests, as fast as they go."""

    requests: int
    tokens: int
    """Of each reply: its `max_tokens`."""
    concurrency: int
    """Requests at a time."""
    prompt_tokens: int | None = None
    """Of each prompt; None: the prompts are the user's own."""
    words: int = 0
    """Of each prompt that is made, so that the server counts `prompt_tokens`."""
    prompts: tuple[str, ...] = ()
    """Prompts of the user's own, in turn and again from the start; none: prompts are made."""

    def describe(self) -> str:
        """In words, such as `50 requests of 2,000 tokens, all at once`."""
        at_once = "all at once" if self.concurrency >= self.requests else f"{self.concurrency:,} at a time"
        return f"{self.requests:,} requests of {self.tokens:,} tokens, {at_once}"


class RampClock:
    """Seconds of a ramp, which may be held and put forward. Times that go in are seconds on any one clock."""

    def __init__(self) -> None:
        self.started: float | None = None
        self._held_at: float | None = None
        self._ahead = 0.0
        """Seconds passed over, less those held."""

    @property
    def held(self) -> bool:
        """It stands."""
        return self._held_at is not None

    def hold(self, on: bool, now: float) -> bool:
        """Stand still, or go on; returns whether that is something new."""
        if on == self.held:
            return False
        if self._held_at is not None:
            self._ahead -= now - self._held_at
        self._held_at = now if on else None
        return True

    def skip(self, seconds: float) -> None:
        """Be so much later at once."""
        self._ahead += seconds

    def elapsed(self, now: float) -> float:
        """What it shows; 0 before it starts."""
        if self.started is None:
            return 0.0
        return max(0.0, (now if self._held_at is None else self._held_at) - self.started + self._ahead)


def parse_ramp(
    agents: str | None,
    *,
    over: str | None = None,
    hold: str | None = None,
    shape: str | None = None,
    stages: str | None = None,
    rate: str | None = None,
) -> Ramp:
    """The ramp that the options of the command line describe.

    With `stages`, `agents` may only say how many to start from (default 1). A single number of agents is a
    constant swarm: it runs for `hold`, and for `over` before it if that is given.

    Raises:
        UsageError: an option is wrong, or two contradict each other; the sentence names it.
    """
    if stages is not None:
        for option, value in (("--over", over), ("--hold", hold), ("--shape", shape)):
            if value is not None:
                raise UsageError(f"--stages takes the place of {option}; give one of the two.")
        schedule = _parse_stages(stages, agents)
    else:
        start, end = _parse_agents(agents or "6..200")
        over_s = parse_duration(over, "--over: ") if over is not None else DEFAULT_OVER * (start != end)
        hold_s = parse_duration(hold, "--hold: ") if hold is not None else DEFAULT_HOLD
        rise = Stage(start, end, over_s, _parse_shape(shape or "linear"))
        schedule = tuple(stage for stage in (rise, Stage(end, end, hold_s)) if stage.seconds > 0)
    if not schedule or sum(stage.seconds for stage in schedule) <= 0:
        raise UsageError("The run would last 0 s; give --over or --hold a time above zero, such as --hold 30s.")
    rates = _parse_rates(rate) if rate is not None else (None, None)
    return Ramp(schedule, *rates)


def constant(agents: int) -> Ramp:
    """So many agents until something else ends the run.

    Raises:
        UsageError: no run can have so many.
    """
    _check_count("The run", agents)
    return Ramp((Stage(agents, agents, FOR_EVER),))


def _parse_agents(text: str) -> tuple[int, int]:
    first, dots, last = text.partition("..")
    try:
        start = int(first)
        end = int(last) if dots else start
    except ValueError:
        raise UsageError(f"--agents {text!r} is not a number or a range; write it as 50 or 6..200.") from None
    for count in (start, end):
        _check_count("--agents", count)
    return start, end


def _check_count(option: str, count: int) -> None:
    if not 1 <= count <= MAX_AGENTS:
        raise UsageError(f"{option} asks for {count} agents; it takes 1 to {MAX_AGENTS}.")


def _parse_shape(text: str) -> str:
    if text in ("linear", "exp"):
        return text
    name, _, count = text.partition(":")
    if name == "steps" and count.isdecimal() and int(count) >= 2:
        return f"steps:{int(count)}"
    raise UsageError(f"--shape {text!r} is not known; use linear, exp, or steps:N with N from 2 up.")


def _parse_stages(text: str, agents: str | None) -> tuple[Stage, ...]:
    start = 1
    if agents is not None:
        start, end = _parse_agents(agents)
        if start != end:
            raise UsageError(
                f"With --stages, --agents is the number to start from; found the range {agents!r}, give one number."
            )
    targets: list[tuple[int, float]] = []
    for part in text.split(","):
        count, at, span = part.strip().partition("@")
        if not at or not count.strip().isdecimal():
            raise UsageError(f"--stages has {part.strip()!r}; write each stage as AGENTS@TIME, such as 50@2m.")
        _check_count("--stages", int(count))
        targets.append((int(count), parse_duration(span, "--stages: ")))
    starts = [start, *(count for count, _ in targets)]
    return tuple(Stage(a, count, span) for a, (count, span) in zip(starts, targets, strict=False))


def _parse_rates(text: str) -> tuple[float, float]:
    first, dots, last = text.partition("..")
    try:
        rates = float(first), float(last) if dots else float(first)
    except ValueError:
        raise UsageError(
            f"--rate {text!r} is not a number or a range of messages a minute; write it as 4 or 2..12."
        ) from None
    if not all(0 < rate <= 60_000 for rate in rates):
        raise UsageError(f"--rate {text!r} is out of range; it takes messages a minute above 0, up to 60000.")
    return rates

"""Where the ramp stands: the schedule, and what the user does to it while it runs. Pure but for its own state."""

from stress.events import Controlled, PhaseName
from stress.ramp import MAX_AGENTS, Ramp, RampClock
from stress.runs.handle import Control


class Steering:
    """A ramp's clock, which the user can stop, and the change of its target that the user asked for.

    Times are seconds on any one clock.
    """

    def __init__(self, ramp: Ramp) -> None:
        self._ramp = ramp
        self._clock = RampClock()
        self._change = 0

    @property
    def held(self) -> bool:
        """The user holds the ramp."""
        return self._clock.held

    def begin(self, now: float) -> None:
        """The ramp starts."""
        self._clock.started = now

    def steer(self, control: Control, now: float) -> Controlled | None:
        """Do what one of STEERING asks; returns it as the record has it, None where it changes nothing."""
        name, value = control.name, control.value
        if name in ("hold", "resume"):
            return Controlled(t=now, name=name) if self._clock.hold(name == "hold", now) else None
        if name == "next_stage":
            skipped = self._skip_stage(now)
            return Controlled(t=now, name=name, value=round(skipped, 3)) if skipped else None
        assert isinstance(value, int)  # Control sees to it
        change = value - self.agents(now) if name == "target" else value
        self._change += change
        return Controlled(t=now, name="agents", value=change)

    def elapsed(self, now: float) -> float:
        """Seconds on the ramp's clock; 0 before it starts."""
        return self._clock.elapsed(now)

    def agents(self, now: float) -> int:
        """How many agents there are to be; at least one."""
        planned = self._ramp.agents(self.elapsed(now))
        wanted = min(MAX_AGENTS, max(1, planned + self._change))
        self._change = wanted - planned  # presses beyond the bounds are not saved up
        return wanted

    def rate(self, now: float) -> float | None:
        """Messages a minute per agent, None for no cap."""
        return self._ramp.rate(self.elapsed(now))

    def phase(self, now: float) -> PhaseName:
        """`hold` while the user holds the ramp or the schedule stands."""
        return "ramp" if not self.held and self._ramp.growing(self.elapsed(now)) else "hold"

    def over(self, now: float) -> bool:
        """The schedule has come to its end."""
        return self._clock.started is not None and self.elapsed(now) >= self._ramp.duration

    def _skip_stage(self, now: float) -> float:
        """Go to where the schedule's next stage begins, or to its end; returns the seconds passed over."""
        elapsed = self.elapsed(now)
        skipped = 0.0 if self._clock.started is None else max(0.0, self._ramp.next_stage(elapsed) - elapsed)
        self._clock.skip(skipped)
        return skipped

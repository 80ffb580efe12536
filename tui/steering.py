"""The keys that steer a run, and what they answer."""

from stress.runs.handle import RunHandle

LEAPS = 20
"""The planned ramp's most agents divided by this are added or taken away at once, and one agent at least."""


class SteeringKeys:
    """The part of the app that holds the ramp, changes its size, and goes on to its next stage."""

    run_handle: RunHandle

    def say(self, text: str) -> None:
        """Show a short answer to a key for a moment."""
        raise NotImplementedError

    def action_ask(self, name: str, value: int | None = None, answer: str = "") -> None:
        """Ask the run for this control, and show this short answer for a moment, or why it is refused."""
        raise NotImplementedError

    @property
    def is_burst(self) -> bool:
        """The run is a fixed number of requests, which follow no ramp."""
        return self.run_handle.snapshot().about.burst is not None

    def action_hold(self) -> None:
        if self.is_burst:
            self.say("A burst has no ramp to hold: it sends its requests as fast as they go.")
        elif self.run_handle.snapshot().held:
            self.action_ask("resume", None, "The ramp is resumed.")
        else:
            self.action_ask("hold", None, "The ramp is held. Press space to resume it.")

    def action_step(self, agents: int) -> None:
        """So many agents more than planned; below 0: fewer."""
        if agents < 0 and self.run_handle.snapshot().sample.target_agents <= 1:
            self.say("One agent is the minimum.")
            return
        noun = "agent" if abs(agents) == 1 else "agents"
        self.action_ask("step", agents, f"{abs(agents)} {noun} {'more' if agents > 0 else 'fewer'} than before.")

    def action_leap(self, direction: int) -> None:
        planned = [agents for _, agents in self.run_handle.snapshot().about.plan.points]
        self.action_step(direction * max(1, round(max(planned, default=1) / LEAPS)))

    def action_next_stage(self) -> None:
        if self.is_burst:
            self.say("A burst has no stages.")
        elif self.run_handle.snapshot().held:
            self.say("The ramp is held. Press space to resume it, then n for its next stage.")
        else:
            self.action_ask("next_stage", None, "On to the ramp's next stage.")

"""The app: asks the run for its newest snapshot ten times a second and hands it to the panels."""

from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.command import CommandPalette

from stress.fold.snapshot import Snapshot
from stress.privacy.redactor import masked
from stress.runs.handle import Control, Ending, RunHandle
from stress.runs.replay import Replay
from stress.view.safe import masked_snapshot
from tui.actions import ACTIONS, Action, bindings
from tui.card_app import CardApp
from tui.card_app import Viewing as Viewing
from tui.layouts import AGENT, FILLING, Places, arrange, arrange_card, fill
from tui.palette import ActionProvider, AgentProvider
from tui.panels.agent_card import AgentCard
from tui.panels.agents import Agents
from tui.panels.conversation import Conversation
from tui.panels.curve import Curve
from tui.panels.errors import Errors
from tui.panels.header import Header
from tui.panels.latency import Latency
from tui.panels.limit import Limit
from tui.panels.load import Load
from tui.panels.panel import Panel
from tui.panels.ramp import Ramp
from tui.panels.results import Results
from tui.panels.throughput import Throughput
from tui.panels.vitals import Vitals
from tui.results import run_results
from tui.stage import Stage

FRAMES_A_SECOND = 10
LEAPS = 20
"""The planned ramp's most agents divided by this are added or taken away at once, and one agent at least."""
SWITCH = "switch"
"""What the app returns when its viewer wants the other of both screens of a run with a ghost."""


class StressApp(CardApp):
    """Shows a run, sends it what the viewer's keys say, and at its end shows what it came to."""

    TITLE = "stress"
    actions: ClassVar[tuple[Action, ...]] = ACTIONS
    BINDINGS: ClassVar[list[BindingType]] = bindings(ACTIONS)

    def __init__(self, run: RunHandle, viewing: Viewing) -> None:
        self.run_handle = run
        super().__init__(viewing, self.playback)
        self._newest: Snapshot | None = None
        self._shown: Snapshot | None = None
        self._ending: Ending | None = None
        self._leaving = False
        """The viewer wants the run to end."""
        self._filling: str | None = None
        """The panel that fills the screen."""
        self._panels = self.panels()
        for panel in self._all_panels:
            panel.theme = viewing.theme
            panel.safe = viewing.safe

    def panels(self) -> tuple[Panel[Any], ...]:
        """All panels but those that every screen has: the line of keys, the help and the results card."""
        return (
            Header("header"),
            Throughput("throughput"),
            Curve("curve"),
            Latency("latency"),
            Ramp("ramp"),
            Agents("agents"),
            Load("load"),
            Errors("errors"),
            Limit("limit"),
            Vitals("vitals"),
            Conversation("conversation", self.viewing.clock),
            AgentCard(AGENT),
        )

    @property
    def _all_panels(self) -> tuple[Panel[Any], ...]:
        return (*self._panels, *super()._all_panels)

    @property
    def pictures(self) -> tuple[Path, float]:
        return self.run_handle.pictures, self.run_handle.snapshot().sample.t

    def arrange(self, width: int, height: int) -> Places:
        """Each panel's place on a screen of so many cells."""
        return arrange(width, height) if self._filling is None else fill(self._filling, width, height)

    def _arrange(self, width: int, height: int) -> Places:
        return arrange_card(width, height) if self._card.up else self.arrange(width, height)

    @property
    def playback(self) -> Replay | None:
        """What moves a recorded run; None for a run that goes on."""
        return None

    def compose(self) -> ComposeResult:
        yield Stage([*self._panels, self._card, self._keys], self._arrange)
        yield self._help

    def on_mount(self) -> None:
        """Begin to poll."""
        self.set_interval(1 / FRAMES_A_SECOND, self.poll)
        self.poll()

    def poll(self) -> None:
        """Show what is new; leave once the run is finished and nobody looks at what it came to."""
        finished = self.run_handle.finished  # asked first: how it ended is there from then on
        self.fall_silent()
        self.show_newest()
        waits = self._card.shown is not None and not self._closing and not self._outside.gone
        if (finished and not waits) or (self.playback is not None and self._outside.gone):
            self.exit()

    def results(self, ending: Ending) -> Results | None:
        """What the run came to, as it may be shown; None: nothing that is worth a card."""
        return None if self._shown is None else run_results(ending, self._shown)

    def _show_ending(self) -> None:
        """Put the card up when the run ends; a recorded one that is sought back takes it down."""
        ending = self.run_handle.ending
        if ending is not self._ending:
            self._ending = ending
            shown = masked(ending, self.redactor if self.viewing.safe else None)
            self.show_results(shown, None if shown is None else self.results(shown))

    def show_newest(self) -> None:
        """Hand the newest snapshot to the panels."""
        newest = self.run_handle.snapshot()
        new = newest is not self._newest or self._shown is None
        if new:
            self._newest, self._shown = newest, masked_snapshot(newest, self.redactor if self.viewing.safe else None)
        if self._shown is not None:
            drawn = self._shown.on_screen
            for panel in (*self._panels, self._keys, self._help):
                if new or panel.moves:
                    panel.show(drawn)
        self._show_ending()

    # --- what keys and the palette do: `tui.actions` says what each is for

    async def action_act(self, name: str) -> None:
        """Do what the registry says under this name; what changes the screen alone goes into the record."""
        await super().action_act(name)
        if next(action for action in self.actions if action.name == name).views:
            self.run_handle.control(Control(name))

    def action_ask(self, name: str, value: int | None = None, answer: str = "") -> None:
        """Ask the run for this control, and show this short answer for a moment, or why it is refused."""
        if said := self.run_handle.control(Control(name, value)) or answer:
            self.say(said)

    def action_hold(self) -> None:
        self.action_ask("resume" if self.run_handle.snapshot().held else "hold")

    def action_leap(self, direction: int) -> None:
        planned = [agents for _, agents in self.run_handle.snapshot().about.plan.points]
        self.action_ask("step", direction * max(1, round(max(planned, default=1) / LEAPS)))

    def action_toggle_safe(self) -> None:
        safe, card = not self.viewing.safe, self._card.up
        self.viewing, self._shown, self._ending = replace(self.viewing, safe=safe), None, None
        for panel in self._all_panels:
            panel.set_safe(safe)
        self.show_newest()
        self._put_card_up(card)
        self.say("streamer-safe: on" if safe else "streamer-safe: off, everything is shown")

    def action_leave(self) -> None:
        """Drain the run; if it drains already, stop it at once; if it is over, leave."""
        if self.run_handle.finished or self.playback is not None:
            self._closing = True
        if self._leaving or self.run_handle.snapshot().sample.phase == "drain":
            self.action_ask("stop")
            self._keys.stopping = True
            self._keys.redraw()
        else:
            self.action_ask("drain")
        self._leaving = True

    def action_go_back(self) -> None:
        if self._help.has_class("-open"):
            self._help.remove_class("-open")
        elif self._filling is not None:
            self._fill(None)
        else:
            self.action_turn_card()

    def action_fill_with(self, number: int) -> None:
        """Let one panel fill the screen, by its number from 1 on; the one that does: back to all."""
        name = FILLING[number - 1]
        self._fill(None if self._filling == name else name)

    def _fill(self, name: str | None) -> None:
        if self._filling == AGENT:
            self.run_handle.watch(None)
        self._filling = name
        self._put_card_up(False)

    def action_find_agent(self) -> None:
        self.push_screen(CommandPalette(providers=[AgentProvider], placeholder="Which agent? a17…"))

    def look_at(self, agent: str) -> None:
        """Show this agent alone."""
        self.run_handle.watch(agent)
        self._fill(AGENT)

    def action_next_gpu_view(self) -> None:
        for panel in self.query(Load):
            panel.next_view()
            self.say(f"GPUs: {panel.view}")

    def action_toggle_duel(self) -> None:
        if self.viewing.has_ghost:
            self.exit(SWITCH)
        else:
            self.say("no ghost: ramp --ghost RUN has one")

    def action_open_palette(self) -> None:
        self.push_screen(CommandPalette(providers=[ActionProvider], placeholder="What to do…"))

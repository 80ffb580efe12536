"""The app: asks the run for its newest snapshot ten times a second and hands it to the panels."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.command import CommandPalette
from textual.filter import LineFilter

from stress.fold.snapshot import Snapshot
from stress.privacy.own_facts import own_facts
from stress.privacy.redactor import Redactor
from stress.runs.handle import Control, Ending, RunHandle
from stress.runs.replay import Replay
from stress.view.safe import masked_snapshot
from tui.actions import ACTIONS, Action, bindings
from tui.ending import CardScreen
from tui.layouts import AGENT, BAR, FILLING, LEAST, TOO_SMALL, Places, arrange, arrange_card, arrange_stage, fill, whole
from tui.palette import PALETTE_CSS, ActionProvider, AgentProvider
from tui.panels.agent_card import AgentCard
from tui.panels.agents import Agents
from tui.panels.conversation import Conversation
from tui.panels.curve import Curve
from tui.panels.errors import Errors
from tui.panels.giant import Giant
from tui.panels.gpus import VIEWS
from tui.panels.header import Header
from tui.panels.help import Help
from tui.panels.keys import Keys
from tui.panels.latency import Latency
from tui.panels.limit import Limit
from tui.panels.load import Load
from tui.panels.panel import Panel
from tui.panels.ramp import Ramp
from tui.panels.requests import Requests
from tui.panels.results import Results, ResultsCard
from tui.panels.throughput import Throughput
from tui.panels.too_small import TooSmall
from tui.panels.vitals import Vitals
from tui.results import run_results
from tui.stage import Stage
from tui.steering import SteeringKeys
from tui.theme import DARK, Theme, css_colour, theme_after

FRAMES_A_SECOND = 10
_ANSWER_S = 2.0
"""How long the answer to a key stays."""
SWITCH = "switch"
"""What the app returns when its viewer wants the other of both screens of a run with a ghost."""


@dataclass(frozen=True)
class Viewing:
    """How a run is shown."""

    theme: Theme = DARK
    safe: bool = False
    """Streamer-safe."""
    redactor: Redactor | None = None
    """Hides what is private then; None: what this machine and its user are called."""
    has_ghost: bool = False
    """There is another screen that shows the run beside its ghost."""
    log: bool = False
    """Throughput is drawn on a logarithmic axis."""
    stage: bool = False
    """The large numbers alone."""
    clock: Callable[[], float] = time.monotonic
    """Seconds; paces the conversation and the answers to keys."""


class StressApp(SteeringKeys, CardScreen):
    """Shows a run, sends it what the viewer's keys say, and at its end shows what it came to."""

    TITLE = "stress"
    no_ghost: ClassVar[str] = "This run has no ghost. To run beside a recorded run: stress ramp --ghost RUN."
    """Why there is no other screen to change to."""
    ENABLE_COMMAND_PALETTE = False
    ALLOW_SELECT = False
    CSS = (
        """
    Screen { layers: below over; align: right middle; overflow: hidden hidden; }
    Screen { background: $theme-ground; color: $theme-text; }
    Panel { background: $theme-ground; }
    """
        + PALETTE_CSS
    )
    actions: ClassVar[tuple[Action, ...]] = ACTIONS
    BINDINGS: ClassVar[list[BindingType]] = bindings(ACTIONS)

    def __init__(self, run: RunHandle, viewing: Viewing) -> None:
        self.viewing = viewing  # the style sheet, which is read at once, asks for its theme
        super().__init__()
        self.run_handle = run
        self._newest: Snapshot | None = None
        self._shown: Snapshot | None = None
        self._leaving = False
        self._filling: str | None = None
        """The panel that fills the screen."""
        self._answer_until = 0.0
        self._keys = Keys("keys", self.actions, self.playback)
        self._keys.quiet = viewing.stage
        self._help = Help("help", self.actions)
        self._too_small = TooSmall(TOO_SMALL)
        self._panels = self.panels()
        for panel in self._all_panels:
            panel.theme = viewing.theme
            panel.safe = viewing.safe
            if isinstance(panel, Curve | ResultsCard) and viewing.log:
                panel.logarithmic = True

    def panels(self) -> tuple[Panel[Any], ...]:
        """All panels but those that every screen has: the line of keys, the help and the results card."""
        return (
            Header("header"),
            Giant("giant"),
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
            Requests("requests"),
            AgentCard(AGENT),
        )

    @property
    def _all_panels(self) -> tuple[Panel[Any], ...]:
        return (*self._panels, self._keys, self._too_small, self._help, self._card)

    def places(self, width: int, height: int) -> Places:
        """Each panel's place on a screen of so many cells, be it as small as it may."""
        if width < LEAST[0] or height < LEAST[1]:
            return whole(TOO_SMALL, width, height)
        return arrange_card(width, height) if self._card.up else self.arrange(width, height)

    def arrange(self, width: int, height: int) -> Places:
        """Each panel's place on a screen of so many cells, at least `LEAST`."""
        if self._filling is not None:
            places = fill(self._filling, width, height)
        elif self.viewing.stage:
            return arrange_stage(width, height)
        else:
            places = arrange(width, height, BAR if self.is_burst else None)
        if self.is_burst and "conversation" in places:  # its requests say nothing to each other
            places["requests"] = places.pop("conversation")
        return places

    @property
    def playback(self) -> Replay | None:
        """What moves a recorded run; None for a run that goes on."""
        return None

    def get_css_variables(self) -> dict[str, str]:
        """The style sheets' names for what no panel draws itself."""
        theme = self.viewing.theme
        ours = {"ground": theme.ground, "bar": theme.bar, "text": theme.text, "muted": theme.muted}
        return super().get_css_variables() | {f"theme-{name}": css_colour(colour) for name, colour in ours.items()}

    def get_line_filters(self) -> Sequence[LineFilter]:
        """None, since a theme says exactly what the terminal gets.

        Textual's own would turn the terminal's sixteen colours into shades, and with NO_COLOR any theme into greys.
        """
        return ()

    def compose(self) -> ComposeResult:
        yield Stage([*self._panels, self._card, self._keys, self._too_small], self.places)
        yield self._help

    def on_mount(self) -> None:
        """Begin to poll."""
        self.set_interval(1 / FRAMES_A_SECOND, self.poll)
        self.poll()

    def poll(self) -> None:
        """Show what is new; leave once the run is finished and nobody looks at what it came to."""
        finished = self.run_handle.finished  # asked first: how it ended is there from then on
        if self._keys.answer and self.viewing.clock() >= self._answer_until:
            self._keys.answer = ""
            self._keys.redraw()
        self.show_newest()
        if finished and not self.waits:
            self.exit()

    def results(self, ending: Ending) -> Results | None:
        return None if self._shown is None else run_results(ending, self._shown)

    def masked_ending(self, ending: Ending) -> Ending:
        return self.redactor.whole(ending) if self.viewing.safe else ending

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
        self.show_ending()

    @cached_property
    def redactor(self) -> Redactor:
        """What is hidden while the screen is streamer-safe."""
        return self.viewing.redactor or Redactor(own_facts())

    def say(self, text: str) -> None:
        """Show a short answer to a key for a moment."""
        self._keys.answer = self.redactor.text(text) if self.viewing.safe else text
        self._answer_until = self.viewing.clock() + _ANSWER_S
        self._keys.redraw()

    # --- what keys and the palette do: `tui.actions` says what each is for

    async def action_act(self, name: str) -> None:
        """Do what the registry says under this name."""
        action = next(action for action in self.actions if action.name == name)
        await self.run_action(action.do)
        if action.views:
            self.run_handle.control(Control(action.name))

    def action_ask(self, name: str, value: int | None = None, answer: str = "") -> None:
        """Ask the run for this control, and show this short answer for a moment, or why it is refused."""
        if said := self.run_handle.control(Control(name, value)) or answer:
            self.say(said)

    def action_stop(self) -> None:
        self.action_ask("stop")
        self._keys.stopping = True
        self._keys.redraw()

    def action_toggle_safe(self) -> None:
        safe = not self.viewing.safe
        self.viewing, self._shown = replace(self.viewing, safe=safe), None
        for panel in self._panels:
            panel.set_safe(safe)
        self._card.set_safe(safe)
        self.show_newest()
        self.show_ending_again()
        self.say("Streamer-safe is on." if safe else "Streamer-safe is off: everything is shown.")

    def action_next_theme(self) -> None:
        theme = theme_after(self.viewing.theme)
        self.viewing = replace(self.viewing, theme=theme)
        self.refresh_css(animate=False)
        for panel in self._all_panels:
            panel.use_theme(theme)
        self.say(f"Theme: {theme.name}.")

    def action_toggle_log(self) -> None:
        self.viewing = replace(self.viewing, log=not self.viewing.log)
        for panel in self._all_panels:
            if isinstance(panel, Curve | ResultsCard):
                panel.logarithmic = self.viewing.log
                panel.redraw()
        self.say(f"The tok/s axis is {'logarithmic' if self.viewing.log else 'linear'}.")

    def action_leave(self) -> None:
        """Drain the run; if it drains already, stop it at once; if it is over, leave."""
        if self.run_handle.finished:
            self._has_left = True
            return
        self._has_left = self.playback is not None
        if self._leaving or self.run_handle.snapshot().sample.phase == "drain":
            self.action_stop()
        else:
            self.action_ask("drain")
        self._leaving = True

    def action_toggle_stage(self) -> None:
        self._fill(None)
        self._set_stage(not self.viewing.stage)
        self.say("All panels are back." if not self.viewing.stage else "Stage: 0 or esc brings all panels back.")

    def _set_stage(self, on: bool) -> None:
        self.viewing = replace(self.viewing, stage=on)
        self._keys.quiet = on
        self._keys.redraw()
        self._keys.refresh(layout=True)

    def action_toggle_help(self) -> None:
        self._help.open(not self._help.is_open)

    def action_go_back(self) -> None:
        if self._help.is_open:
            self._help.open(False)
        elif self._card.up:
            self.put_card_up(False)
        elif self._filling is not None:
            self._fill(None)
        elif self.viewing.stage:
            self.action_toggle_stage()
        elif self._card.shown is not None:
            self.put_card_up(True)

    def action_fill_with(self, number: int) -> None:
        """Let one panel fill the screen, by its number from 1 on; the one that does: back to all."""
        name = FILLING[number - 1]
        self._fill(None if self._filling == name else name)

    def _fill(self, name: str | None) -> None:
        if self._filling == AGENT:
            self.run_handle.watch(None)
        self._filling = name
        self.put_card_up(False)

    def action_find_agent(self) -> None:
        self.push_screen(CommandPalette(providers=[AgentProvider], placeholder="Which agent? a17…"))

    def look_at(self, agent: str) -> None:
        """Show this agent alone."""
        self.run_handle.watch(agent)
        self._fill(AGENT)

    def action_next_gpu_view(self) -> None:
        for panel in self.query(Load):
            if panel.shown is not None and not panel.shown.sample.gpus:
                self.say("There is no GPU here: the bars show this machine's CPU.")
                continue
            panel.next_view()
            self.say(f"The GPU bars show {'the ' if panel.view == 'tensor' else ''}{VIEWS[panel.view].head}.")

    def action_toggle_duel(self) -> None:
        if self.viewing.has_ghost:
            self.exit(SWITCH)
        else:
            self.say(self.no_ghost)

    def action_open_palette(self) -> None:
        self.push_screen(CommandPalette(providers=[ActionProvider], placeholder="What to do…"))

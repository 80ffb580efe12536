"""The app: asks the run for its newest snapshot ten times a second and hands it to the panels."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from pathlib import Path
from typing import Any, ClassVar

from textual.app import App, ComposeResult
from textual.binding import BindingType
from textual.command import CommandPalette
from textual.filter import LineFilter

from stress.fold.snapshot import Snapshot
from stress.privacy.own_facts import own_facts
from stress.privacy.redactor import Redactor
from stress.runs.handle import Control, RunHandle
from stress.runs.replay import Replay
from stress.view.safe import masked_snapshot
from tui.actions import ACTIONS, Action, bindings
from tui.layouts import AGENT, FILLING, Places, arrange, fill
from tui.palette import PALETTE_CSS, ActionProvider, AgentProvider
from tui.panels.agent_card import AgentCard
from tui.panels.agents import Agents
from tui.panels.conversation import Conversation
from tui.panels.curve import Curve
from tui.panels.errors import Errors
from tui.panels.header import Header
from tui.panels.help import Help
from tui.panels.keys import Keys
from tui.panels.latency import Latency
from tui.panels.limit import Limit
from tui.panels.load import Load
from tui.panels.panel import Panel
from tui.panels.ramp import Ramp
from tui.panels.throughput import Throughput
from tui.panels.vitals import Vitals
from tui.stage import Stage
from tui.theme import DARK, Theme, css_colour, theme_after

FRAMES_A_SECOND = 10
_ANSWER_S = 2.0
"""How long the answer to a key stays."""
LEAPS = 20
"""The planned ramp's most agents divided by this are added or taken away at once, and one agent at least."""
SWITCH = "switch"
"""What the app returns when its viewer wants the other of both screens of a run with a ghost."""
FONT = "DejaVu Sans Mono"
"""For machines that lack the font which a picture's SVG names; most have this one."""


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
    clock: Callable[[], float] = time.monotonic
    """Seconds; paces the conversation and the answers to keys."""


class StressApp(App[str]):
    """Shows a run until it is finished, and sends it what the viewer's keys say."""

    TITLE = "stress"
    ENABLE_COMMAND_PALETTE = False
    ALLOW_SELECT = False
    CSS = (
        """
    Screen { layers: below over; align: center middle; overflow: hidden hidden; }
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
        self._help = Help("help", self.actions)
        self._panels = self.panels()
        for panel in self._all_panels:
            panel.theme = viewing.theme
            panel.safe = viewing.safe
            if isinstance(panel, Curve):
                panel.logarithmic = viewing.log

    def panels(self) -> tuple[Panel[Any], ...]:
        """All panels but the line of keys and the help, which every screen has."""
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
        return (*self._panels, self._keys, self._help)

    def arrange(self, width: int, height: int) -> Places:
        """Each panel's place on a screen of so many cells."""
        return arrange(width, height) if self._filling is None else fill(self._filling, width, height)

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
        yield Stage([*self._panels, self._keys], self.arrange)
        yield self._help

    def on_mount(self) -> None:
        """Begin to poll."""
        self.set_interval(1 / FRAMES_A_SECOND, self.poll)
        self.poll()

    def poll(self) -> None:
        """Show what is new; leave once the run is finished."""
        if self._keys.answer and self.viewing.clock() >= self._answer_until:
            self._keys.answer = ""
            self._keys.redraw()
        self.show_newest()
        if self.run_handle.finished and not self.stays():
            self.exit()

    def stays(self) -> bool:
        """What is finished is worth looking at until the viewer leaves."""
        return False

    def show_newest(self) -> None:
        """Hand the newest snapshot to the panels."""
        newest = self.run_handle.snapshot()
        new = newest is not self._newest or self._shown is None
        if new:
            self._newest, self._shown = newest, masked_snapshot(newest, self.redactor if self.viewing.safe else None)
        for panel in self._all_panels:
            if (new or panel.moves) and self._shown is not None:
                panel.show(self._shown)

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

    def action_hold(self) -> None:
        self.action_ask("resume" if self.run_handle.snapshot().held else "hold")

    def action_leap(self, direction: int) -> None:
        planned = [agents for _, agents in self.run_handle.snapshot().about.plan.points]
        self.action_ask("step", direction * max(1, round(max(planned, default=1) / LEAPS)))

    def action_toggle_safe(self) -> None:
        safe = not self.viewing.safe
        self.viewing, self._shown = replace(self.viewing, safe=safe), None
        for panel in self._panels:
            panel.set_safe(safe)
        self.show_newest()
        self.say("streamer-safe: on" if safe else "streamer-safe: off, everything is shown")

    def action_next_theme(self) -> None:
        theme = theme_after(self.viewing.theme)
        self.viewing = replace(self.viewing, theme=theme)
        self.refresh_css(animate=False)
        for panel in self._all_panels:
            panel.use_theme(theme)
        self.say(f"theme: {theme.name}")

    def action_toggle_log(self) -> None:
        self.viewing = replace(self.viewing, log=not self.viewing.log)
        for panel in self.query(Curve):
            panel.logarithmic = self.viewing.log
            panel.redraw()
        self.say(f"The tok/s axis is {'logarithmic' if self.viewing.log else 'linear'}.")

    def action_leave(self) -> None:
        """Drain the run; if it drains already, stop it at once."""
        if self._leaving or self.run_handle.snapshot().sample.phase == "drain":
            self.action_ask("stop")
            self._keys.stopping = True
            self._keys.redraw()
        else:
            self.action_ask("drain")
        self._leaving = True

    def action_toggle_help(self) -> None:
        self._help.toggle_class("-open")

    def action_go_back(self) -> None:
        if self._help.has_class("-open"):
            self._help.remove_class("-open")
        elif self._filling is not None:
            self._fill(None)

    def action_fill_with(self, number: int) -> None:
        """Let one panel fill the screen, by its number from 1 on; the one that does: back to all."""
        name = FILLING[number - 1]
        self._fill(None if self._filling == name else name)

    def _fill(self, name: str | None) -> None:
        if self._filling == AGENT:
            self.run_handle.watch(None)
        self._filling = name
        self._keys.refresh(layout=True)  # and with it the stage that it lies on

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

    def action_take_picture(self) -> None:
        sample, size = self.run_handle.snapshot().sample, self.size
        place = self.run_handle.pictures / f"{sample.t:07.1f}s-{size.width}x{size.height}"
        svg = self.export_screenshot(title=self.TITLE)
        self.say(f"picture: {place}.svg and .png")
        self.run_worker(partial(self._save_picture, svg, place), thread=True)

    def _save_picture(self, svg: str, place: Path) -> None:
        """Write `place`.svg and `place`.png, drawn from it with this machine's fonts; that takes half a second."""
        import resvg_py

        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            Path(f"{place}.svg").write_text(svg, encoding="utf-8")
            image = resvg_py.svg_to_bytes(svg_string=svg, font_family=FONT, monospace_family=FONT)
            Path(f"{place}.png").write_bytes(bytes(image))
        except (OSError, ValueError) as error:
            self.call_from_thread(self.say, f"no picture: {place} cannot be written ({error})")

    def action_toggle_duel(self) -> None:
        if self.viewing.has_ghost:
            self.exit(SWITCH)
        else:
            self.say("no ghost: ramp --ghost RUN has one")

    def action_open_palette(self) -> None:
        self.push_screen(CommandPalette(providers=[ActionProvider], placeholder="What to do…"))

"""The app: asks the run for its newest snapshot ten times a second and hands it to the panels."""

import time
from collections.abc import Callable
from typing import ClassVar

from textual.app import App, ComposeResult
from textual.binding import BindingType

from stress.own_facts import own_facts
from stress.snapshot import Snapshot
from stress.streamer_safe import Mask
from stress.view.viewer import RunHandle
from tui.actions import ACTIONS, Action, bindings
from tui.layouts import Places, arrange
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
from tui.theme import DARK

FRAMES_A_SECOND = 10
_ANSWER_S = 2.0
"""How long the answer to a key stays."""


class StressApp(App[None]):
    """Shows a run until it is finished, and sends it what the viewer's keys say.

    Args:
        run: the run to show.
        clock: seconds, monotonic; paces the conversation and the answers to keys.
        safe: begin streamer-safe; `toggle_safe` changes it.
        mask: what it hides then; None: what this machine and its user are called.
    """

    TITLE = "stress"
    ENABLE_COMMAND_PALETTE = False
    ALLOW_SELECT = False
    CSS = f"""
    Screen {{ layers: below over; align: center middle; overflow: hidden hidden; }}
    Screen {{ background: {DARK.ground}; color: {DARK.text}; }}
    Panel {{ background: {DARK.ground}; }}
    """
    actions: ClassVar[tuple[Action, ...]] = ACTIONS
    BINDINGS: ClassVar[list[BindingType]] = bindings(ACTIONS)

    def __init__(
        self,
        run: RunHandle,
        clock: Callable[[], float] = time.monotonic,
        *,
        safe: bool = False,
        mask: Mask | None = None,
    ) -> None:
        super().__init__()
        self.run_handle = run
        self.safe = safe
        self._mask = mask
        self._clock = clock
        self._newest: Snapshot | None = None
        self._shown: Snapshot | None = None
        self._asked_to_drain = False
        self._answer_until = 0.0
        self._keys = Keys("keys", self.actions, self.where())
        self._help = Help("help", self.actions)
        self._panels = self.panels()
        for panel in self._panels:
            panel.safe = safe

    def panels(self) -> tuple[Panel, ...]:
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
            Conversation("conversation", self._clock),
        )

    def arrange(self, width: int, height: int) -> Places:
        """Each panel's place on a screen of so many cells."""
        return arrange(width, height)

    def where(self) -> Callable[[], tuple[str, bool]] | None:
        """What says where a recorded run stands, as `Keys` wants it; null for a run that goes on."""
        return None

    def compose(self) -> ComposeResult:
        """See App."""
        yield Stage([*self._panels, self._keys], self.arrange)
        yield self._help

    def on_mount(self) -> None:
        """Begin to poll."""
        self.set_interval(1 / FRAMES_A_SECOND, self.poll)
        self.poll()

    def poll(self) -> None:
        """Show what is new; leave once the run is finished."""
        if self._keys.answer and self._clock() >= self._answer_until:
            self._keys.answer = ""
            self._keys.redraw()
        self.show_newest()
        if self.run_handle.finished:
            self.exit()

    def show_newest(self) -> None:
        """Hand the newest snapshot to the panels."""
        newest = self.run_handle.snapshot()
        new = newest is not self._newest or self._shown is None
        if new:
            self._newest, self._shown = newest, self.mask.snapshot(newest) if self.safe else newest
        for panel in (*self._panels, self._keys, self._help):
            if (new or panel.moves) and self._shown is not None:
                panel.show(self._shown)

    @property
    def mask(self) -> Mask:
        """What is hidden while the screen is streamer-safe."""
        if self._mask is None:
            self._mask = Mask(own_facts())
        return self._mask

    def toggle_safe(self) -> None:
        """Hide what is private, or show it again."""
        self.safe = not self.safe
        self._shown = None
        for panel in self._panels:
            panel.set_safe(self.safe)
        self.show_newest()
        self.say("streamer-safe: on" if self.safe else "streamer-safe: off, everything is shown")

    def action_act(self, name: str) -> None:
        """Do what the registry says under this name."""
        next(action for action in self.actions if action.name == name).do(self)

    def say(self, text: str) -> None:
        """Show a short answer to a key for a moment."""
        self._keys.answer = self.mask.text(text) if self.safe else text
        self._answer_until = self._clock() + _ANSWER_S
        self._keys.redraw()

    def leave(self) -> None:
        """Drain the run; if it drains already, stop it at once."""
        if self._asked_to_drain or self.run_handle.snapshot().sample.phase == "drain":
            self.run_handle.stop()
            self._keys.stopping = True
            self._keys.redraw()
        else:
            self._asked_to_drain = True
            self.run_handle.drain()

    def show_help(self, on: bool | None = None) -> None:
        """Show the help or hide it; None: whichever it is not."""
        self._help.set_class(not self._help.has_class("-open") if on is None else on, "-open")

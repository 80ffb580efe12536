"""What all screens share: the theme, the line of keys, the help, the results card, pictures, and how they end."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from pathlib import Path
from typing import Any, ClassVar

from textual.app import App
from textual.filter import LineFilter

from stress.privacy.own_facts import own_facts
from stress.privacy.redactor import Redactor
from stress.runs.handle import Ending
from stress.runs.replay import Replay
from tui.actions import Action
from tui.outside import Outside
from tui.palette import PALETTE_CSS
from tui.panels.help import Help
from tui.panels.keys import Keys
from tui.panels.panel import Panel
from tui.panels.results import CARD, Results, ResultsCard
from tui.pictures import Album, save_picture
from tui.theme import DARK, Theme, css_colour, theme_after

_ANSWER_S = 2.0
"""How long the answer to a key stays."""


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
    clock: Callable[[], float] = time.monotonic
    """Seconds; paces the conversation and the answers to keys."""


class CardApp(App[str]):
    """A screen that ends in a results card and stays on it until the viewer leaves."""

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
    actions: ClassVar[tuple[Action, ...]] = ()

    def __init__(self, viewing: Viewing, playback: Replay | None = None) -> None:
        self.viewing = viewing  # the style sheet, which is read at once, asks for its theme
        super().__init__()
        self._answer_until = 0.0
        self._closing = False
        """The viewer wants the screen to close."""
        self._outside = Outside()
        self._album = Album()
        self._keys = Keys("keys", self.actions, playback)
        self._help = Help("help", self.actions)
        self._card = ResultsCard(CARD)

    @property
    def _all_panels(self) -> tuple[Panel[Any], ...]:
        return (self._keys, self._help, self._card)

    @property
    def pictures(self) -> tuple[Path, float]:
        """The directory for pictures, and the moment that is shown, in seconds."""
        raise NotImplementedError

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

    def on_mount(self) -> None:
        """Hear what comes from outside."""
        if not self.is_headless:
            self._outside.listen()

    def on_unmount(self) -> None:
        """What comes from outside is others' again."""
        self._outside.leave()

    @cached_property
    def redactor(self) -> Redactor:
        """What is hidden while the screen is streamer-safe."""
        return self.viewing.redactor or Redactor(own_facts())

    def say(self, text: str) -> None:
        """Show a short answer to a key for a moment."""
        self._keys.answer = self.redactor.text(text) if self.viewing.safe else text
        self._answer_until = self.viewing.clock() + _ANSWER_S
        self._keys.redraw()

    def fall_silent(self) -> None:
        """Take the answer away once its moment is over."""
        if self._keys.answer and self.viewing.clock() >= self._answer_until:
            self._keys.answer = ""
            self._keys.redraw()

    def show_results(self, ending: Ending | None, results: Results | None) -> None:
        """What it has come to, as it may be shown; None: it goes on, or nothing is worth a card."""
        self._keys.ending = None if results is None else ending
        self._card.show(results)
        self._put_card_up(results is not None)

    def _put_card_up(self, up: bool) -> None:
        self._card.up = up
        self._keys.redraw()
        self._keys.refresh(layout=True)  # and with it the stage that it lies on

    # --- what keys do

    async def action_act(self, name: str) -> None:
        """Do what the registry says under this name."""
        action = next(action for action in self.actions if action.name == name)
        await self.run_action(action.do)

    def action_leave(self) -> None:
        self._closing = True

    def action_toggle_help(self) -> None:
        self._help.toggle_class("-open")

    def action_turn_card(self) -> None:
        """From the results to the last frame, and back."""
        if self._card.shown is not None:
            self._put_card_up(not self._card.up)

    def action_next_theme(self) -> None:
        theme = theme_after(self.viewing.theme)
        self.viewing = replace(self.viewing, theme=theme)
        self.refresh_css(animate=False)
        for panel in self._all_panels:
            panel.use_theme(theme)
        self.say(f"theme: {theme.name}")

    def action_take_picture(self) -> None:
        directory, t = self.pictures
        place = self._album.place(directory, t, self.size, "results" if self._card.up else "")
        with self._keys.without_keys():
            svg = self.export_screenshot(title=self.TITLE)
        self.say(f"Saved {place}.svg and .png")
        self.run_worker(partial(self._save_picture, svg, place), thread=True)

    def _save_picture(self, svg: str, place: Path) -> None:
        try:
            save_picture(svg, place)
        except (OSError, ValueError) as error:
            self.call_from_thread(self.say, f"No picture: {place} cannot be written ({error}).")

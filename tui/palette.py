"""The palette: every action by its name, found by typing."""

from collections.abc import Iterator
from functools import partial
from typing import Any

from textual.command import DiscoveryHit, Hit, Hits, Provider

from stress.scenario.cast import handle
from tui.actions import Action

PALETTE_CSS = """
    App { background: $theme-ground; color: $theme-text; }
    CommandPalette, CommandPalette:ansi { background: transparent; color: $theme-text; align: right top; }
    CommandPalette > Vertical {
        background: $theme-ground; border: heavy $theme-muted; height: 84%; margin: 1 1;
        width: 62%; min-width: 48; max-width: 84; visibility: visible;
    }
    CommandPalette #--results { overlay: none; height: 1fr; }
    CommandPalette > Vertical > * { background: $theme-ground; border: none; border-top: none; border-bottom: none; }
    CommandPalette #--results, CommandPalette #--input { border: none; visibility: visible; }
    CommandPalette #--input { height: 1; }
    CommandPalette Input { height: 1; padding: 0 1; }
    CommandPalette CommandList { height: 1fr; max-height: 100%; }
    CommandPalette Input, CommandPalette OptionList {
        background: $theme-ground; color: $theme-text; border: none; tint: transparent; background-tint: transparent;
    }
    CommandPalette Input:focus, CommandPalette OptionList:focus {
        background: $theme-ground; border: none; background-tint: transparent;
    }
    CommandPalette Input .input--cursor { background: $theme-text; color: $theme-ground; text-style: none; }
    CommandPalette Input .input--placeholder { color: $theme-muted; }
    CommandPalette OptionList .option-list--option-highlighted,
    CommandPalette OptionList:focus .option-list--option-highlighted {
        background: $theme-bar; color: $theme-text; text-style: bold underline;
    }
    CommandPalette SearchIcon, CommandPalette LoadingIndicator { display: none; }
    CommandPalette * {
        color: $theme-text; scrollbar-corner-color: $theme-ground;
        scrollbar-color: $theme-muted; scrollbar-background: $theme-ground;
        scrollbar-color-hover: $theme-muted; scrollbar-background-hover: $theme-ground;
        scrollbar-color-active: $theme-muted; scrollbar-background-active: $theme-ground;
    }
    CommandPalette .command-palette--help-text { color: $theme-muted; background: transparent; text-style: not bold; }
    CommandPalette .command-palette--highlight { text-style: bold underline; }
"""
"""In the app's own colours: Textual's are none of a terminal's sixteen."""


class _Provider(Provider):
    @property
    def _app(self) -> Any:
        """The `StressApp`, whose module imports this one."""
        return self.app


class ActionProvider(_Provider):
    """Offers the actions of the app's registry in Textual's command palette."""

    async def discover(self) -> Hits:
        """All actions, before anything is typed."""
        for action in self._actions():
            yield DiscoveryHit(words_of(action), partial(self._app.action_act, action.name), help=action.help)

    async def search(self, query: str) -> Hits:
        """The actions that match what is typed."""
        matcher = self.matcher(query)
        for action in self._actions():
            words, do = words_of(action), partial(self._app.action_act, action.name)
            if (score := matcher.match(f"{words} {action.help}")) > 0:
                yield Hit(score, matcher.highlight(words), do, help=action.help)

    def _actions(self) -> Iterator[Action]:
        return (action for action in self._app.actions if action.name != "palette")


class AgentProvider(_Provider):
    """Offers the agents that are there, by their handles."""

    async def discover(self) -> Hits:
        """The first ones, before anything is typed."""
        for name in self._names()[:20]:
            yield DiscoveryHit(name, partial(self._app.look_at, name))

    async def search(self, query: str) -> Hits:
        """The agent of this handle or number, and those whose handles begin with it."""
        typed = query.strip().lower().removeprefix("a").lstrip("0")
        found = [name for name in self._names() if name[1:].lstrip("0").startswith(typed)]
        for place, name in enumerate(found[:20]):
            yield Hit(1.0 - place / 100, name, partial(self._app.look_at, name))

    def _names(self) -> list[str]:
        return [handle(index) for index in range(len(self._app.run_handle.snapshot().cells))]


def words_of(action: Action) -> str:
    """`next stage (n)`."""
    return f"{action.name} ({', '.join(_CAPS.get(key, key) for key in action.keys)})"


_CAPS = {
    "plus": "+",
    "minus": "-",
    "equals_sign": "=",
    "question_mark": "?",
    "escape": "esc",
    "slash": "/",
    "right_square_bracket": "]",
    "left_square_bracket": "[",
    "right": "→",
    "left": "←",
    "up": "↑",
    "down": "↓",
}
"""How keys are written for people, where that is not Textual's name for them."""

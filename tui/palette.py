"""The palette: every action by its name, found by typing."""

from collections.abc import Iterator
from functools import partial
from typing import Any, cast

from textual.command import DiscoveryHit, Hit, Hits, Provider

from tui.actions import Action


class ActionProvider(Provider):
    """Gives Textual's command palette the actions of the app's registry."""

    async def discover(self) -> Hits:
        """All of them, before anything is typed."""
        for action in self._actions():
            yield DiscoveryHit(words_of(action), partial(self._do, action), help=action.help)

    async def search(self, query: str) -> Hits:
        """Those that what is typed may mean."""
        matcher = self.matcher(query)
        for action in self._actions():
            text = f"{words_of(action)} {action.help}"
            if (score := matcher.match(text)) > 0:
                yield Hit(score, matcher.highlight(words_of(action)), partial(self._do, action), help=action.help)

    def _actions(self) -> Iterator[Action]:
        app: Any = self.app
        return (action for action in cast("tuple[Action, ...]", app.actions) if action.name != "palette")

    def _do(self, action: Action) -> None:
        app: Any = self.app
        app.action_act(action.name)


def words_of(action: Action) -> str:
    """`next stage (n)`."""
    return f"{action.name} ({', '.join(_written(key) for key in action.keys)})"


def _written(key: str) -> str:
    written = {"plus": "+", "minus": "-", "equals_sign": "=", "question_mark": "?", "escape": "esc"}
    brackets = {"right_square_bracket": "]", "left_square_bracket": "["}
    return (written | brackets).get(key, key)

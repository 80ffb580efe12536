"""The container that puts every panel in its place."""

from collections.abc import Callable, Iterable

from textual.app import ComposeResult
from textual.geometry import NULL_OFFSET, Size, Spacing
from textual.layout import ArrangeResult, Layout, WidgetPlacement
from textual.widget import Widget

from tui.layouts import Places


class _ByName(Layout):
    """Places widgets by their names; one without a place is not drawn."""

    name = "by-name"

    def __init__(self, arrange: Callable[[int, int], Places]) -> None:
        """`arrange` returns each name's place on a screen of so many columns and lines."""
        super().__init__()
        self._arrange = arrange

    def arrange(self, parent: Widget, children: list[Widget], size: Size, greedy: bool = True) -> ArrangeResult:
        parent.pre_layout(self)
        places = self._arrange(size.width, size.height)
        return [
            WidgetPlacement(places[child.name], NULL_OFFSET, Spacing(), child)
            for child in children
            if child.name in places
        ]


class Stage(Widget):
    """All panels, arranged for the screen's size."""

    DEFAULT_CSS = "Stage { width: 1fr; height: 1fr; overflow: hidden hidden; }"

    def __init__(self, panels: Iterable[Widget], arrange: Callable[[int, int], Places]) -> None:
        super().__init__()
        self._panels = list(panels)
        self._by_name = _ByName(arrange)

    @property
    def layout(self) -> Layout:
        return self._by_name

    def compose(self) -> ComposeResult:
        yield from self._panels

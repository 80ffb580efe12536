"""The split screen: two runs in step, on the same axes."""

from collections.abc import Callable
from typing import ClassVar

from textual.binding import BindingType

from stress.duel.lead import SIDES, SideName
from stress.duel.snapshot import DuelHandle
from stress.view.safe import masked_duel
from tui.actions import DUEL_ACTIONS, Action, bindings
from tui.app import StressApp
from tui.duel.differs import Differs
from tui.duel.layouts import arrange_duel
from tui.duel.panel import DuelPanel
from tui.duel.score import DuelHeader, Score
from tui.duel.side import SidePace, SideTitle, view_of
from tui.layouts import Places
from tui.panels.curve import Curve
from tui.panels.limit import Limit
from tui.panels.load import Load
from tui.panels.panel import Panel
from tui.replay_actions import ACTIONS as REPLAY_ACTIONS
from tui.replay_actions import playback_of
from tui.replay_app import where_of


class DuelApp(StressApp, inherit_bindings=False):
    """Shows a duel until it is finished."""

    run_handle: DuelHandle
    TITLE = "stress duel"
    actions: ClassVar[tuple[Action, ...]] = DUEL_ACTIONS
    BINDINGS: ClassVar[list[BindingType]] = bindings(DUEL_ACTIONS)

    def panels(self) -> tuple[Panel, ...]:
        self._curves: dict[SideName, Curve] = {}
        self._of_side: dict[SideName, tuple[Panel, ...]] = {}
        whole: list[Panel] = [DuelHeader("header"), Score("score"), Differs("differs")]
        for side in SIDES:
            self._curves[side] = Curve(f"{side}-curve")
            self._of_side[side] = (self._curves[side], Load(f"{side}-load"), Limit(f"{side}-limit"))
            whole += [SideTitle(f"{side}-side", side), SidePace(f"{side}-pace", side), *self._of_side[side]]
        return tuple(whole)

    def arrange(self, width: int, height: int) -> Places:
        return arrange_duel(width, height)

    def stays(self) -> bool:
        """It does on the verdict."""
        return self.run_handle.picture().verdict is not None and not self._leaving

    def leave(self) -> None:
        if self.run_handle.finished:
            self._leaving = True
        else:
            super().leave()

    def show_newest(self) -> None:
        """Hand the ratio and both halves to the panels, at the same moment of the ramp."""
        picture = masked_duel(self.run_handle.picture(), self.redactor if self.viewing.safe else None)
        for panel in self._panels:
            if isinstance(panel, DuelPanel):
                panel.show_picture(picture)
        for side, other in (SIDES, SIDES[::-1]):
            snapshot = view_of(picture, side).snapshot
            self._curves[side].beside = view_of(picture, other).snapshot
            for panel in self._of_side[side]:
                if snapshot is None:
                    panel.clear()
                else:
                    panel.show(snapshot)
        running = picture.running or self.run_handle.snapshot()
        self._keys.over = self.run_handle.finished
        self._keys.show(running)
        self._help.show(running)


class DuelReplayApp(DuelApp, inherit_bindings=False):
    """Shows a recorded duel until its viewer leaves."""

    TITLE = "stress replay"
    actions: ClassVar[tuple[Action, ...]] = REPLAY_ACTIONS
    BINDINGS: ClassVar[list[BindingType]] = bindings(REPLAY_ACTIONS)

    def where(self) -> Callable[[], tuple[str, bool]]:
        return where_of(playback_of(self))

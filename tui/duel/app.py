"""The split screen: two runs in step, on the same axes."""

from typing import Any, ClassVar

from textual.binding import BindingType

from stress.duel.lead import SIDES, SideName
from stress.duel.snapshot import DuelHandle, DuelSnapshot
from stress.fold.snapshot import Snapshot
from stress.view.safe import masked_duel
from tui.actions import DUEL_ACTIONS, Action, bindings
from tui.app import StressApp
from tui.duel.differs import Differs
from tui.duel.score import DuelHeader, Score
from tui.duel.side import SidePace, SideTitle, view_of
from tui.layouts import Places, arrange_duel, arrange_duel_stage
from tui.panels.curve import Curve
from tui.panels.limit import Limit
from tui.panels.load import Load
from tui.panels.panel import Panel
from tui.replay_app import DUEL_ACTIONS as DUEL_REPLAY_ACTIONS
from tui.replay_app import ReplayApp


class DuelApp(StressApp, inherit_bindings=False):
    """Shows a duel until it is finished."""

    run_handle: DuelHandle
    TITLE = "stress duel"
    no_ghost = "This screen shows both sides of the duel already."
    actions: ClassVar[tuple[Action, ...]] = DUEL_ACTIONS
    BINDINGS: ClassVar[list[BindingType]] = bindings(DUEL_ACTIONS)

    def panels(self) -> tuple[Panel[Any], ...]:
        self._curves = {side: Curve(f"{side}-curve") for side in SIDES}
        self._of_side: dict[SideName, tuple[Panel[Snapshot], ...]] = {
            side: (curve, Load(f"{side}-load"), Limit(f"{side}-limit")) for side, curve in self._curves.items()
        }
        self._of_both: list[Panel[DuelSnapshot]] = [DuelHeader("header"), Score("score"), Differs("differs")]
        for side in SIDES:
            self._of_both += [SideTitle(f"{side}-side", side), SidePace(f"{side}-pace", side)]
        return (*self._of_both, *self._of_side["left"], *self._of_side["right"])

    def arrange(self, width: int, height: int) -> Places:
        return arrange_duel_stage(width, height) if self.viewing.stage else arrange_duel(width, height)

    def stays(self) -> bool:
        """It does on the verdict."""
        return self.run_handle.picture().verdict is not None and not self._leaving

    def action_leave(self) -> None:
        if self.run_handle.finished:
            self._leaving = True
        else:
            super().action_leave()

    def show_newest(self) -> None:
        """Hand the ratio and both halves to the panels, at the same moment of the ramp."""
        picture = masked_duel(self.run_handle.picture(), self.redactor if self.viewing.safe else None)
        for whole in self._of_both:
            whole.show(picture)
        for side, other in (SIDES, SIDES[::-1]):
            self._curves[side].beside = view_of(picture, other).snapshot
            for panel in self._of_side[side]:
                panel.show(view_of(picture, side).snapshot)
        running = picture.running or self.run_handle.snapshot()
        self._keys.over = self.run_handle.finished
        self._keys.show(running)
        self._help.show(running)


class DuelReplayApp(ReplayApp, DuelApp, inherit_bindings=False):
    """Shows a recorded duel until its viewer leaves."""

    actions: ClassVar[tuple[Action, ...]] = DUEL_REPLAY_ACTIONS
    BINDINGS: ClassVar[list[BindingType]] = bindings(DUEL_REPLAY_ACTIONS)

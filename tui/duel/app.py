"""The split screen: two runs in step, on the same axes."""

from typing import Any, ClassVar

from textual.binding import BindingType

from stress.duel.lead import SIDES, SideName
from stress.duel.snapshot import DuelHandle, DuelSnapshot
from stress.fold.snapshot import Snapshot
from stress.runs.handle import Ending
from stress.view.safe import masked_duel
from tui.actions import DUEL_ACTIONS, Action, bindings
from tui.app import StressApp
from tui.draw.scale import Axis
from tui.duel.card import duel_results
from tui.duel.curve import SideCurve
from tui.duel.differs import Differs
from tui.duel.race import Race
from tui.duel.score import DuelHeader, Score
from tui.duel.side import SidePace, SideTitle, view_of
from tui.layouts import Places, arrange_duel, arrange_duel_stage
from tui.panels.limit import Limit
from tui.panels.load import Load
from tui.panels.panel import Panel
from tui.panels.results import Results
from tui.replay_app import DUEL_ACTIONS as DUEL_REPLAY_ACTIONS
from tui.replay_app import ReplayApp


class DuelApp(StressApp, inherit_bindings=False):
    """Shows a duel until it is finished."""

    run_handle: DuelHandle
    TITLE = "stress duel"
    no_ghost = "This screen already shows both sides of the duel."
    actions: ClassVar[tuple[Action, ...]] = DUEL_ACTIONS
    BINDINGS: ClassVar[list[BindingType]] = bindings(DUEL_ACTIONS)

    def panels(self) -> tuple[Panel[Any], ...]:
        axis = Axis()
        self._curves = {side: SideCurve(f"{side}-curve", side, axis) for side in SIDES}
        self._of_side: dict[SideName, tuple[Panel[Snapshot], ...]] = {
            side: (curve, Load(f"{side}-load"), Limit(f"{side}-limit")) for side, curve in self._curves.items()
        }
        self._differs = Differs("differs")
        self._of_both: list[Panel[DuelSnapshot]] = [DuelHeader("header"), Score("score"), Race("race"), self._differs]
        for side in SIDES:
            self._of_both += [SideTitle(f"{side}-side", side), SidePace(f"{side}-pace", side)]
        return (*self._of_both, *self._of_side["left"], *self._of_side["right"])

    def arrange(self, width: int, height: int) -> Places:
        if self.viewing.stage and not self._differs.full:
            return arrange_duel_stage(width, height)
        return arrange_duel(width, height, differs_alone=self._differs.full)

    def action_toggle_differences(self) -> None:
        """Let what differs fill the screen, or no longer."""
        self._differs.full = not self._differs.full
        self._differs.redraw()
        self._keys.refresh(layout=True)  # and with it the stage that it lies on

    def action_go_back(self) -> None:
        if self._differs.full and not self._help.has_class("-open"):
            self.action_toggle_differences()
        else:
            super().action_go_back()

    def results(self, ending: Ending) -> Results | None:
        return duel_results(ending, self._picture)

    def show_newest(self) -> None:
        """Hand the ratio and both halves to the panels, at the same moment of the ramp."""
        picture = masked_duel(self.run_handle.picture(), self.redactor if self.viewing.safe else None).on_screen
        self._picture = picture
        for whole in self._of_both:
            whole.show(picture)
        for side, other in (SIDES, SIDES[::-1]):
            self._curves[side].beside = view_of(picture, other).snapshot
            for panel in self._of_side[side]:
                panel.show(view_of(picture, side).snapshot)
        running = picture.running or self.run_handle.snapshot()
        self._keys.show(running)
        self._help.show(running)
        self.show_ending()


class DuelReplayApp(ReplayApp, DuelApp, inherit_bindings=False):
    """Shows a recorded duel until its viewer leaves."""

    actions: ClassVar[tuple[Action, ...]] = DUEL_REPLAY_ACTIONS
    BINDINGS: ClassVar[list[BindingType]] = bindings(DUEL_REPLAY_ACTIONS)

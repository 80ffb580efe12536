"""How busy the hardware is: the GPUs, or, where there are none, this machine's CPU."""

from typing import get_args

from textual.strip import Strip

from stress.fold.snapshot import Snapshot
from tui.panels.cpu import draw_cpu
from tui.panels.gpus import GpuView, draw_gpus
from tui.panels.panel import Panel


class Load(Panel):
    """One line a GPU, with a history where there is room; or the CPU's cores and memory, labelled as such."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.view: GpuView = "utilisation"

    def next_view(self) -> None:
        """Show the next of the GPUs' metrics."""
        views: tuple[GpuView, ...] = get_args(GpuView)
        self.view = views[(views.index(self.view) + 1) % len(views)]
        self.redraw()

    def draw(self, snapshot: Snapshot, width: int, height: int) -> list[Strip]:
        if snapshot.sample.gpus:
            return draw_gpus(self, snapshot, width, height, self.view)
        return draw_cpu(self, snapshot, width, height)

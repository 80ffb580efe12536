"""How busy the hardware is: the GPUs, or, where there are none, this machine's CPU."""

from textual.strip import Strip

from stress.snapshot import Snapshot
from tui.panels.cpu import draw_cpu
from tui.panels.gpus import draw_gpus
from tui.panels.panel import Panel


class Load(Panel):
    """One line a GPU, with a history where there is room; or the CPU's cores and memory, labelled as such."""

    def draw(self, snapshot: Snapshot, width: int, height: int) -> list[Strip]:
        """See Panel."""
        if snapshot.sample.gpus:
            return draw_gpus(self, snapshot, width, height)
        return draw_cpu(self, snapshot, width, height)

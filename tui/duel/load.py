"""How busy a side's hardware is; once its run is over, how busy it was."""

from textual.strip import Strip

from stress.fold.snapshot import Snapshot
from tui import numbers
from tui.panels.load import Load


class SideLoad(Load):
    """The hardware now. Once the run is over its last readings would be of an idle chip: its history stays instead."""

    def draw(self, snapshot: Snapshot, width: int, height: int) -> list[Strip]:
        gpus = snapshot.sample.gpus
        if snapshot.sample.phase != "done" or not gpus:
            return super().draw(snapshot, width, height)
        histories = [[load for load in history if load is not None] for history in snapshot.gpu_history]
        known = [load for history in histories for load in history]
        mean = numbers.percent(sum(known) / len(known) if known else None)
        strips = [self.title_line(width, "GPUs", f"as they were: mean util {mean}").strip()]
        each = max(1, (height - 1) // max(1, len(histories)))
        for gpu, history, drawn in zip(gpus, histories, snapshot.gpu_history, strict=False):
            share = sum(history) / len(history) / 100 if history else None
            line = self.line(width).put(f"{gpu.index:>3}  mean ", self.muted)
            line.right(f"{numbers.share(share):>6} ", self.strong)
            strips.append(line.extend(self.load_bar(share, line.room)).strip())
            strips += self.load_history(drawn, width, each - 1) if each > 2 else []
        return strips

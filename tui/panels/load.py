"""How busy the hardware is: the GPUs, or, where there are none, this machine's CPU."""

from textual.strip import Strip

from stress.events import Host
from stress.fold.snapshot import Snapshot
from tui import numbers
from tui.draw.cells import RISING, eighths
from tui.draw.line import Line
from tui.panels.gpus import Gpus

_SINGLE = 4
"""Up to this many cores, each has a bar of its own."""


class Load(Gpus):
    """The GPUs; or the CPU's cores and memory, labelled as such, with the mean load's recent past."""

    def draw(self, snapshot: Snapshot, width: int, height: int) -> list[Strip]:
        if snapshot.sample.gpus:
            return super().draw(snapshot, width, height)
        title, host = self._cpu_title(snapshot, width).strip(), snapshot.host
        if host is None:
            return [title, self.line(width).put("no reading yet", self.muted).strip()]
        memory = f"{numbers.gib(host.mem_used)} / {numbers.gib(host.mem_total)} GiB"
        strips = [title, *self._cores(host, width, height)]
        strips.append(self._bar("memory", 100 * host.mem_used / max(1, host.mem_total), width, memory))
        rows = height - len(strips)
        return strips + (self.load_history(snapshot.host_history, width, rows) if rows > 1 else [])

    def _cpu_title(self, snapshot: Snapshot, width: int) -> Line:
        """Says why no GPU is shown, and how much CPU the engine takes."""
        age, host = snapshot.sample.stale.get("gpus"), snapshot.host
        if age is not None:
            line = self.title_line(width, "CPU", "this machine's")
            return line.right(f" GPUs: no reading for {age:.0f} s ", self.ink(self.theme.bad, bold=True))
        name = "CPU, BUSIEST MOMENT" if snapshot.sample.phase == "done" else "CPU"
        line = self.title_line(width, name, "no GPU here: this machine's CPU")
        if host is not None and host.engine_cpu is not None:
            line.put(f", engine {host.engine_cpu:.1f} cores", self.bar_ink(self.theme.muted))
        return line

    def _cores(self, host: Host, width: int, height: int) -> list[Strip]:
        """A bar for each of a few cores; of many their mean, and every core as one rising block."""
        cores = host.cores
        if len(cores) <= _SINGLE and height >= len(cores) + 2:
            return [self._bar(f"core {core}", load, width) for core, load in enumerate(cores)]
        line = self.line(width).put("cores   ", self.muted).right(f"{len(cores):>17} ", self.strong)
        line.put("".join(RISING[eighths(load, 100.0, 1)] for load in cores), self.ink(self.theme.load))
        return [self._bar("mean", sum(cores) / max(1, len(cores)), width), line.strip()]

    def _bar(self, label: str, percent: float, width: int, value: str = "") -> Strip:
        value = value or numbers.percent(percent)
        line = self.line(width).put(f"{label:<8}", self.muted).right(f"{value:>18} ", self.strong)
        return line.extend(self.load_bar(percent / 100, line.room)).strip()

"""Who shows a run: the seam, and the viewers that write lines."""

from typing import Protocol

from stress.privacy.redactor import Redactor
from stress.runs.handle import RunHandle


class Viewer(Protocol):
    """Shows a run until it is finished; runs in the main thread."""

    def watch(self, run: RunHandle) -> None:
        """Return when the run is finished."""
        ...


def lines_viewer(ui: str, redactor: Redactor | None) -> Viewer:
    """The viewer that writes lines, loaded only when it is asked for: `plain`, `json`, or `none` that writes none."""
    if ui == "plain":
        from stress.view.plain import PlainViewer

        return PlainViewer(redactor=redactor)
    if ui == "json":
        from stress.view.jsonlines import JsonViewer

        return JsonViewer(redactor=redactor)
    from stress.view.silent import SilentViewer

    return SilentViewer()

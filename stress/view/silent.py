"""A run that nobody watches."""

from stress.runs.handle import RunHandle


class SilentViewer:
    """Shows nothing."""

    def watch(self, run: RunHandle) -> None:
        """Wait until the run is finished."""
        while not run.wait(None):
            pass

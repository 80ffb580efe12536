"""What can go wrong in a way that the user meets.

Each error carries one sentence (what is wrong, what was found, what to do) and the exit status that
INTERFACE.md names for its kind. `stress.cli.main` prints the sentence and exits; nobody sees a traceback.
"""


class StressError(Exception):
    """The run failed: no reply ever succeeded, or the engine died."""

    exit_status = 1


class UsageError(StressError):
    """The command line or a file is wrong."""

    exit_status = 2


class NoServerError(StressError):
    """No chat server answers, or the engine would not start."""

    exit_status = 4

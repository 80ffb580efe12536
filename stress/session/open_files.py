"""What this machine allows a run: open files, one a request in flight."""

import contextlib
import resource

from stress.errors import UsageError

SPARE_FILES = 64
"""Files that a worker has open besides its connections."""


def raise_open_files() -> int:
    """Raise this process's soft limit of open files to the hard one; returns the limit now in force."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        with contextlib.suppress(ValueError, OSError):  # macOS reports a hard limit that it does not grant
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]


def check_open_files(peak: int, workers: int | None) -> None:
    """See that the workers can hold the ramp's connections, each agent having one.

    Args:
        peak: the most agents that the ramp asks for.
        workers: how many workers share them; None: maybe only one.

    Raises:
        UsageError: the hard limit of open files is too low; the sentence has the numbers.
    """
    limit = raise_open_files()
    each = -(-peak // (workers or 1))
    if limit != resource.RLIM_INFINITY and each + SPARE_FILES > limit:
        needed = -(-peak // max(1, limit - SPARE_FILES))
        raise UsageError(
            f"This ramp needs {each + SPARE_FILES} open files a worker, and this machine allows {limit}; "
            f"raise the limit (ulimit -Hn) or spread it over --workers {needed}."
        )

"""A terminal that has gone away: its window was closed, or its connection broke."""

import contextlib
import os
import select
import stat

STANDARD = (0, 1, 2)


def hung_up(fd: int) -> bool:
    """Whether this file is a terminal that is gone. Asks the kernel; never waits."""
    with contextlib.suppress(OSError):
        if stat.S_ISCHR(os.fstat(fd).st_mode):  # a pipe without a reader says so when it is written to
            poll = select.poll()
            poll.register(fd, 0)  # a hang-up is reported unasked
            return any(event & (select.POLLHUP | select.POLLERR) for _, event in poll.poll(0))
    return False


def let_go(*, of_all: bool = False) -> None:
    """Write to nowhere from now on in place of a lost terminal, which would answer each line with an error.

    Args:
        of_all: standard input, output and error all lead to a terminal that is lost or takes nothing any more.
    """
    nowhere = os.open(os.devnull, os.O_RDWR)
    for fd in STANDARD:
        if of_all or hung_up(fd):
            os.dup2(nowhere, fd)
    os.close(nowhere)

"""What this machine is called and where it can be reached: what a streamer does not want to be read."""

import contextlib
import functools
import getpass
import os
import re
import socket
from collections.abc import Iterator
from pathlib import Path

import psutil

from stress.privacy.redactor import Facts, Redactor

_SECRET = re.compile(r"(?i)(?:key|token|secret|passw(?:or)?d|credentials?)$")
"""Variables of the environment that hold one."""


def own_facts() -> Facts:
    """Of this machine, and of who runs this process. Asks no name server."""
    return Facts(
        homes=frozenset(_homes()),
        users=frozenset(_users()),
        hosts=frozenset(_hosts()),
        addresses=frozenset(_addresses()),
        secrets=frozenset(_secrets()),
    )


@functools.cache
def own_redactor(wanted: bool) -> Redactor | None:
    """What hides these facts, if that was asked for (`--streamer-safe`).

    A process has one, so that the hosts which a run has taught it are hidden in the error that ends the run too.
    """
    return Redactor(own_facts()) if wanted else None


def _homes() -> Iterator[str]:
    yield os.environ.get("HOME", "")
    with contextlib.suppress(RuntimeError):  # no home can be told
        yield str(Path.home())
    yield from (entry[1] for entry in _accounts())


def _users() -> Iterator[str]:
    yield from (os.environ.get(name, "") for name in ("USER", "LOGNAME", "SUDO_USER", "USERNAME"))
    with contextlib.suppress(OSError, KeyError, ImportError):  # a container's user may have no name
        yield getpass.getuser()
    yield from (entry[0] for entry in _accounts())
    yield from (entry[2] for entry in _accounts())


def _accounts() -> Iterator[tuple[str, str, str]]:
    """Name, home and full name of this process's user, where the machine has a list of users."""
    with contextlib.suppress(ImportError, KeyError):
        import pwd

        account = pwd.getpwuid(os.getuid())
        yield account.pw_name, account.pw_dir, account.pw_gecos.partition(",")[0]


def _hosts() -> Iterator[str]:
    name = socket.gethostname()
    yield name
    yield name.partition(".")[0]


def _secrets() -> Iterator[str]:
    """A server may name the key that it refuses."""
    return (value for name, value in os.environ.items() if _SECRET.search(name) and not value.isdecimal())


def _addresses() -> Iterator[str]:
    with contextlib.suppress(OSError):
        for found in psutil.net_if_addrs().values():
            yield from (address.address.partition("%")[0] for address in found)

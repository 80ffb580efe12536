"""What this machine is called and where it can be reached: what a streamer does not want to show."""

import contextlib
import functools
import getpass
import os
import re
import socket
from pathlib import Path

import psutil

from stress.privacy.redactor import Facts, Redactor

_SECRET = re.compile(r"(?i)(?:key|token|secret|passw(?:or)?d|credentials?)$")
"""Names of environment variables that hold a secret."""


def own_facts() -> Facts:
    """Of this machine, and of who runs this process. Asks no name server."""
    env, host = os.environ, socket.gethostname()
    homes = [env.get("HOME", "")]
    users = [env.get(name, "") for name in ("USER", "LOGNAME", "SUDO_USER", "USERNAME")]
    with contextlib.suppress(RuntimeError):  # there may be no home
        homes.append(str(Path.home()))
    with contextlib.suppress(OSError, KeyError, ImportError):  # a container's user may have no name
        users.append(getpass.getuser())
    with contextlib.suppress(ImportError, KeyError):  # nor may the machine have a list of users
        import pwd

        account = pwd.getpwuid(os.getuid())
        homes.append(account.pw_dir)
        users += [account.pw_name, account.pw_gecos.partition(",")[0]]
    addresses: set[str] = set()
    with contextlib.suppress(OSError):
        addresses = {found.address.partition("%")[0] for group in psutil.net_if_addrs().values() for found in group}
    return Facts(
        homes=frozenset(homes),
        users=frozenset(users),
        hosts=frozenset((host, host.partition(".")[0])),
        addresses=frozenset(addresses),
        # A server may name the key that it refuses.
        secrets=frozenset(value for name, value in env.items() if _SECRET.search(name) and not value.isdecimal()),
    )


@functools.cache
def own_redactor(wanted: bool) -> Redactor | None:
    """What hides these facts, if that is wanted (`--streamer-safe`).

    A process has one, so that the hosts which it learns from a run are hidden in the error that ends the run too.
    """
    return Redactor(own_facts()) if wanted else None

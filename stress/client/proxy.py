"""Which proxy stands between us and a server, by the environment."""

import ipaddress
import socket
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass


def proxy_for(url: str) -> str | None:
    """The proxy that `http_proxy`, `https_proxy` and `no_proxy` name for this URL; None: none.

    This machine is never reached through a proxy: an engine that we started on a loopback port is not known there.
    """
    parts = urlsplit(url)
    host = parts.hostname or ""
    if is_loopback(host) or proxy_bypass(host):
        return None
    proxy = getproxies().get(parts.scheme)
    return proxy if proxy is None or "://" in proxy else f"http://{proxy}"


def is_loopback(host: str) -> bool:
    """The host name or address is this machine's own."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified


def is_this_machine(host: str) -> bool:
    """The host name or address is this machine's own, be it that of its network."""
    if is_loopback(host):
        return True
    import psutil

    own = {address.address.partition("%")[0] for found in psutil.net_if_addrs().values() for address in found}
    try:
        return any(str(address[4][0]).partition("%")[0] in own for address in socket.getaddrinfo(host, None))
    except (OSError, UnicodeError):
        return False

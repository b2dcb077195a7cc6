"""
The proxies through which requests of ours leave this machine: one that the configuration names, or those of the
environment.
"""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Callable, Mapping
from contextlib import suppress

from frp.transports.outproxy import OutProxy
from frp.wire.address import isHere

__all__ = ["Way", "always", "environment"]

Way = Callable[[str, str], OutProxy | None]
"""Asked with scheme and host of a request; gives the proxy, or None where there is none."""


def always(url: str, path: str) -> Way:
    """
    @param url: of a proxy; empty for none.
    @param path: where it stands in the configuration.
    @raise ConfigError: it names no proxy that can be used. The text never holds the URL, which may hold a password.
    """
    proxy = OutProxy.parse(url, path) if url else None
    return lambda scheme, host: proxy


def environment(environ: Mapping[str, str] | None = None) -> Way:
    """
    C{HTTP_PROXY}, C{HTTPS_PROXY} and C{NO_PROXY}, in capitals or not, read now. This machine itself is always reached
    directly.

    @raise ConfigError: a variable names no proxy that can be used.
    """
    variables = {name.lower(): value for name, value in (os.environ if environ is None else environ).items() if value}
    # Under CGI this one comes from the request (CVE-2016-5386).
    if "request_method" in variables:
        variables.pop("http_proxy", None)
    ways = {
        scheme: OutProxy.parse(value if "://" in value else f"http://{value}", f"{scheme}_proxy")
        for scheme in ("http", "https")
        if (value := variables.get(f"{scheme}_proxy", ""))
    }
    direct = [entry.strip().lower() for entry in variables.get("no_proxy", "").split(",") if entry.strip()]

    def way(scheme: str, host: str) -> OutProxy | None:
        return None if _isDirect(host.lower().rstrip("."), direct) else ways.get(scheme)

    return way


def _isDirect(host: str, direct: list[str]) -> bool:
    if isHere(host):
        return True
    address = None
    with suppress(ValueError):
        address = ipaddress.ip_address(host)
    return any(_covers(entry, host, address) for entry in direct)


def _covers(entry: str, host: str, address: ipaddress.IPv4Address | ipaddress.IPv6Address | None) -> bool:
    """Whether an entry of C{NO_PROXY} means this host: C{*}, a network, an address, or a domain and all below it."""
    if entry == "*":
        return True
    if address is not None:
        with suppress(ValueError):
            return address in ipaddress.ip_network(entry, strict=False)
        return False
    name = entry.removeprefix("*")
    return host.endswith(name) if name.startswith(".") else host == name or host.endswith(f".{name}")

"""
The proxies through which requests of ours leave this machine: one that the configuration names, or those of the
environment.
"""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from urllib.parse import unquote_to_bytes, urlsplit

from frp.errors import ConfigError
from frp.transports.upstream import Upstream

__all__ = ["Way", "always", "environment"]

Way = Callable[[str, str], Upstream | None]
"""Asked with scheme and host of a request; gives the proxy, or None where there is none."""

#: What the scheme of a proxy's URL means, and the port where the URL has none. Names are looked up by the proxy with
#: either spelling of socks5, as in the reference.
_SCHEMES = {"http": ("http", 80), "https": ("https", 443), "socks5": ("socks5", 1080), "socks5h": ("socks5", 1080)}


def always(url: str, path: str) -> Way:
    """
    @param url: of a proxy; empty for none.
    @param path: where it stands in the configuration.
    @raise ConfigError: it names no proxy that can be used. The text never holds the URL, which may hold a password.
    """
    upstream = _parse(url, path) if url else None
    return lambda scheme, host: upstream


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
        scheme: _parse(value if "://" in value else f"http://{value}", f"{scheme}_proxy")
        for scheme in ("http", "https")
        if (value := variables.get(f"{scheme}_proxy", ""))
    }
    direct = [entry.strip().lower() for entry in variables.get("no_proxy", "").split(",") if entry.strip()]

    def way(scheme: str, host: str) -> Upstream | None:
        return None if _isDirect(host.lower().rstrip("."), direct) else ways.get(scheme)

    return way


def _parse(url: str, path: str) -> Upstream:
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        # Its text shows parts of the URL.
        raise _unusable(path, "cannot be read") from None
    if parts.scheme not in _SCHEMES:
        raise _unusable(path, "has another scheme than http, https, socks5 and socks5h")
    if not host:
        raise _unusable(path, "has no host")
    scheme, usual = _SCHEMES[parts.scheme]
    credentials = None
    if "@" in parts.netloc:
        credentials = unquote_to_bytes(parts.username or ""), unquote_to_bytes(parts.password or "")
    return Upstream(scheme, host, port or usual, credentials, path=path)


def _unusable(path: str, what: str) -> ConfigError:
    return ConfigError(
        path, f"the proxy URL of {path} {what}", hint="write SCHEME://HOST:PORT or SCHEME://USER:PASSWORD@HOST:PORT"
    )


def _isDirect(host: str, direct: list[str]) -> bool:
    address = None
    with suppress(ValueError):
        address = ipaddress.ip_address(host)
    if host == "localhost" or (address is not None and address.is_loopback):
        return True
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

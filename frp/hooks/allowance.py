"""
Holding a proxy to what its user may have.
"""

from __future__ import annotations

from fnmatch import fnmatchcase

import attrs

from frp.config.values import Bandwidth, portRanges
from frp.hooks.accounts import AccountConfig
from frp.wire.messages import NewProxy

__all__ = ["problem", "slowed"]


def problem(proxy: NewProxy, user: str, account: AccountConfig, host: str) -> str:
    """
    @param host: the server's C{subDomainHost}.
    @return: what the user may not have about a proxy, or nothing.
    """
    if not proxy.proxy_name.startswith(f"{user}."):
        return f"the name of a proxy of {user} must begin with {user}."
    name = proxy.proxy_name[len(user) + 1 :]
    if account.proxies and not any(fnmatchcase(name, pattern) for pattern in account.proxies):
        return f"proxy name {name} is not allowed"
    kind = proxy.proxy_type or "tcp"
    if account.types and kind not in account.types:
        return f"proxy type {kind} is not allowed"
    if kind in ("tcp", "udp") and account.ports and not _has(account.ports, proxy.remote_port):
        return f"port {proxy.remote_port} is not allowed, remotePort must be one of {account.ports}"
    domains = [*proxy.custom_domains, *([f"{proxy.subdomain}.{host}"] if proxy.subdomain else [])]
    for domain in domains:
        if account.domains and not any(fnmatchcase(domain.lower(), pattern.lower()) for pattern in account.domains):
            return f"domain {domain} is not allowed"
    return ""


def _has(ports: str, port: int) -> bool:
    return any(port in allowed.ports() for allowed in portRanges(ports))


def slowed(proxy: NewProxy, most: Bandwidth) -> NewProxy:
    """The server holds a proxy to the user's bandwidth; to less, where the client asks for less."""
    if not most:
        return proxy
    try:
        asked = Bandwidth.parse(proxy.bandwidth_limit).bytesPerSecond
    except ValueError:
        asked = 0
    text = proxy.bandwidth_limit if 0 < asked < most.bytesPerSecond else most.text
    return attrs.evolve(proxy, bandwidth_limit=text, bandwidth_limit_mode="server")

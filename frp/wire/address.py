"""Hosts with ports, as people, messages and logs write them."""

from __future__ import annotations

__all__ = ["authority", "bare", "hostPort", "mapped", "unmapped"]

_MAPPED = "::ffff:"


def authority(host: str, port: int | str) -> str:
    """@return: both, in Go's spelling: brackets around what has a colon."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def bare(host: str) -> str:
    """@return: the same without the brackets that an address of IPv6 has before a port."""
    return host[1:-1] if host.startswith("[") and host.endswith("]") and ":" in host else host


def hostPort(address: object) -> str:
    """
    @param address: an object with a host and a port, such as Twisted's; one of another kind is written as it describes
        itself.
    """
    host = getattr(address, "host", None)
    return authority(host, getattr(address, "port", 0)) if isinstance(host, str) else str(address)


def mapped(host: str) -> str:
    """@return: an IP address as a socket of IPv6 reaches it."""
    return host if ":" in host else _MAPPED + host


def unmapped(host: str) -> str:
    """@return: an IP address without that: of IPv4, where a socket of IPv6 calls it C{::ffff:192.0.2.1}."""
    return host[len(_MAPPED) :] if host.startswith(_MAPPED) and "." in host else host

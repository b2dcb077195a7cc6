"""Hosts with ports, as people, messages and logs write them."""

from __future__ import annotations

__all__ = ["authority", "bare", "hostPort", "mapped", "parted", "unmapped"]

_MAPPED = "::ffff:"


def authority(host: str, port: int | str) -> str:
    """@return: both, in Go's spelling: brackets around what has a colon."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def bare(host: str) -> str:
    """@return: the same without the brackets that an address of IPv6 has before a port."""
    return host[1:-1] if host.startswith("[") and host.endswith("]") and ":" in host else host


def parted(address: str) -> tuple[str, int]:
    """
    @param address: as L{authority} writes it; the host may be empty.
    @raise ValueError: it is none; in the words of Go, where that has any.
    """
    host, colon, port = address.rpartition(":")
    if not colon or address.endswith("]"):
        raise ValueError(f"address {address}: missing port in address")
    if host.startswith("[") and host.endswith("]"):
        host = host[1:-1]
    elif ":" in host:
        raise ValueError(f"address {address}: too many colons in address")
    if not (port.isascii() and port.isdecimal() and int(port[:6]) <= 65535):
        raise ValueError(f"address {address}: invalid port")
    return host, int(port)


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

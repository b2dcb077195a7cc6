"""Hosts with ports, as people, messages and logs write them."""

from __future__ import annotations

import os
import sys
from ipaddress import ip_address

__all__ = [
    "authority",
    "bare",
    "dialable",
    "hostOf",
    "hostPort",
    "isHere",
    "mapped",
    "parted",
    "placeOf",
    "unixFault",
    "unmapped",
]

_MAPPED = "::ffff:"

# Of IPv4 and of IPv6.
_ALL = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}

# The bytes that the system has for the path of a Unix socket: of Linux, and of the BSDs.
_UNIX_PATH = 108 if sys.platform == "linux" else 104


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
    @param address: an object with a host and a port, such as Twisted's; that of a Unix socket is written C{unix:/path},
        with C{@} for one without a name; one of another kind as it describes itself.
    """
    place = placeOf(address)
    if place is not None:
        return authority(*place)
    if hasattr(address, "name"):
        return f"unix:{os.fsdecode(address.name or '@')}"
    return str(address)


def hostOf(address: object) -> str:
    """@return: the same without the port."""
    place = placeOf(address)
    return hostPort(address) if place is None else place[0]


def placeOf(address: object) -> tuple[str, int] | None:
    """@return: the host and the port of such an object; None for one of another kind, such as that of a Unix socket."""
    host = getattr(address, "host", None)
    return (host, getattr(address, "port", 0)) if isinstance(host, str) else None


def isHere(host: str) -> bool:
    """
    @param host: an IP address or a name.
    @return: whether it is this machine to itself alone: loopback, or C{localhost}.
    """
    try:
        return ip_address(host.partition("%")[0]).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def unixFault(path: str | bytes) -> str:
    """
    @param path: of a Unix socket; one in the abstract namespace begins with a NUL, and any other ends with one that
        does not stand here.
    @return: that the system cannot take one of this length, in the words of Python; empty if it can.
    """
    name = os.fsencode(path)
    return "AF_UNIX path too long" if len(name) + (not name.startswith(b"\0")) > _UNIX_PATH else ""


def dialable(host: str) -> str:
    """@return: what reaches a server on this machine that listens on this host, which may be all addresses of it."""
    return _ALL.get(host, host)


def mapped(host: str) -> str:
    """@return: an IP address as a socket of IPv6 reaches it."""
    return host if ":" in host else _MAPPED + host


def unmapped(host: str) -> str:
    """@return: an IP address without that: of IPv4, where a socket of IPv6 calls it C{::ffff:192.0.2.1}."""
    return host[len(_MAPPED) :] if host.startswith(_MAPPED) and "." in host else host

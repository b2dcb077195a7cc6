"""How large a datagram may be, for protocols that find out by themselves."""

from __future__ import annotations

import socket
import sys
from contextlib import suppress

__all__ = ["mtuTo", "sendWhole"]

# From linux/in.h and linux/in6.h, which the socket module does not have.
_IP_MTU = 14
_IPV6_MTU = 24
_IP_MTU_DISCOVER = 10
_IPV6_MTU_DISCOVER = 23
_PROBE = 3


def sendWhole(made: socket.socket) -> None:
    """Have a socket send datagrams whole or not at all, and believe nobody about their size but its user."""
    if sys.platform != "linux":
        return
    options = [(socket.IPPROTO_IP, _IP_MTU_DISCOVER)]
    if made.family == socket.AF_INET6:
        options.append((socket.IPPROTO_IPV6, _IPV6_MTU_DISCOVER))
    for level, option in options:
        with suppress(OSError):
            made.setsockopt(level, option, _PROBE)


def mtuTo(receiver: tuple[str, int]) -> int:
    """@return: the bytes of the largest packet on the way to a receiver, as far as this machine knows; else 0."""
    if sys.platform != "linux":
        return 0
    family, level, option = socket.AF_INET, socket.IPPROTO_IP, _IP_MTU
    if ":" in receiver[0]:
        family, level, option = socket.AF_INET6, socket.IPPROTO_IPV6, _IPV6_MTU
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as asking:
            asking.connect(receiver)
            return asking.getsockopt(level, option)
    except OSError:
        return 0

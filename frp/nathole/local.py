"""The addresses that this machine has itself."""

from __future__ import annotations

import socket
import sys
from array import array
from collections.abc import Callable
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from struct import calcsize, pack, unpack

from zope.interface import Interface

__all__ = ["INET6", "MOST", "IAddressed", "globalHosts", "localHosts"]

MOST = 10
"""How many addresses are told to others."""

_SIOCGIFCONF = 0x8912
_ROOM = 64 * 1024

#: Where the system tells its addresses of IPv6.
INET6 = "/proc/net/if_inet6"

#: What is not to be used for something new, from linux/if_addr.h: deprecated, a duplicate, or not yet known to be none.
_NOT_NOW = 0x20 | 0x08 | 0x40

#: What is dealt out of IPv6 to be reached from everywhere (RFC 4291, section 2.4).
_EVERYWHERE = IPv6Network("2000::/3")


class IAddressed(Interface):
    """A reactor of a machine that is not this one, as those of hosts in memory are."""

    def localHosts() -> list[str]:
        """@return: IP addresses."""


def localHosts(reactor: object) -> list[str]:
    """
    @return: the IPv4 addresses of this machine under which others may reach it, at most L{MOST}: none that lead back
        here, and none that are good for one link only. Where the system is not asked for them as Linux is, there is
        none.
    """
    found = _found(reactor, _system)
    return [str(host) for host in found if host.version == 4 and not (host.is_loopback or host.is_link_local)][:MOST]


def globalHosts(reactor: object) -> list[str]:
    """@return: the same of IPv6: those under which everybody may reach it, firewalls aside."""
    return [str(host) for host in _found(reactor, _system6) if host in _EVERYWHERE][:MOST]


def _found(reactor: object, system: Callable[[], list[str]]) -> list[IPv4Address | IPv6Address]:
    known = IAddressed(reactor, None)
    return [ip_address(host) for host in (system() if known is None else known.localHosts())]


def _system() -> list[str]:
    """Linux has one call for all of them (netdevice(7)); each is a record of 16 bytes for the name, and a sockaddr."""
    if sys.platform != "linux":
        return []
    from fcntl import ioctl

    room = array("B", bytes(_ROOM))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asked:
        size, _ = unpack("iP", ioctl(asked, _SIOCGIFCONF, pack("iP", _ROOM, room.buffer_info()[0])))
    step = 16 + max(16, 3 * calcsize("P"))
    return [socket.inet_ntoa(room[place + 20 : place + 24].tobytes()) for place in range(0, size, step)]


def _system6() -> list[str]:
    """Linux has a file for those; each line begins with 32 digits, and its fifth word is what is known of it."""
    try:
        with open(INET6, encoding="ascii") as lines:
            words = [line.split() for line in lines]
    except OSError:
        return []
    return [str(IPv6Address(bytes.fromhex(one[0]))) for one in words if not int(one[4], 16) & _NOT_NOW]

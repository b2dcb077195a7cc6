"""The addresses that this machine has itself."""

from __future__ import annotations

import socket
import sys
from array import array
from ipaddress import ip_address
from struct import calcsize, pack, unpack

from zope.interface import Interface

__all__ = ["MOST", "IAddressed", "localHosts"]

MOST = 10
"""How many addresses are told to others."""

_SIOCGIFCONF = 0x8912
_ROOM = 64 * 1024


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
    known = IAddressed(reactor, None)
    hosts = _system() if known is None else known.localHosts()
    found = [ip_address(host) for host in hosts]
    return [str(host) for host in found if host.version == 4 and not (host.is_loopback or host.is_link_local)][:MOST]


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

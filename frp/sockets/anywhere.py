"""
Where listeners listen.

C{0.0.0.0}, C{::} and no address mean every address of the machine, of both families, as with the reference: one socket
takes both. What it takes of IPv4 is seen as IPv4 by everybody, never as C{::ffff:192.0.2.1}: limits, bans and networks
depend on it.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterable
from functools import cache

from twisted.internet.error import CannotListenError

from frp.logs import Log
from frp.sockets.addresses import isLiteral, isNumber
from frp.wire.address import mapped, unmapped

__all__ = ["DualSocket", "bothFamilies", "interfaceOf", "opened", "prober", "seen"]

_log = Log("frp.sockets.anywhere")

_ANYWHERE = ("", "0.0.0.0", "::")


@cache
def bothFamilies() -> bool:
    """Whether this machine has sockets for both families; where it has none, the log says so once."""
    both = socket.has_dualstack_ipv6()
    if not both:
        _log.warn("this machine has no IPv6: what listens on every address listens on those of IPv4 only")
    return both


def interfaceOf(host: str, port: int) -> str:
    """
    @param host: an address as the configuration has it, or a name, which is looked up.
    @return: the IP address for the socket; C{::} is for both families.
    @raise CannotListenError: nobody knows the name.
    """
    if host in _ANYWHERE:
        return "::" if bothFamilies() else "0.0.0.0"
    if isLiteral(host):
        return host
    try:
        if isNumber(host):
            raise OSError("no such host")
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise CannotListenError(host, port, error) from error
    # Of a name with both, IPv4 is taken, as by the reference.
    return str(min(found, key=lambda each: each[0] != socket.AF_INET)[4][0])


def opened(made: socket.socket, interface: str) -> socket.socket:
    """@return: a new socket that is to be bound there; one for both families where it is for every address."""
    if made.family != socket.AF_INET6:
        return made
    wide = DualSocket(fileno=made.detach())
    wide.setblocking(False)
    wide.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, interface != "::")
    return wide


def prober(address: str, kind: int) -> Callable[[int], Exception | None]:
    """
    @param kind: C{socket.SOCK_STREAM} or C{socket.SOCK_DGRAM}.
    @return: tells why the system does not let us have a port for us alone: found out by binding it, as in the
        reference.
    """

    def probe(port: int) -> Exception | None:
        try:
            interface = interfaceOf(address, port)
            family = socket.AF_INET6 if ":" in interface else socket.AF_INET
            with opened(socket.socket(family, kind), interface) as probing:
                if kind == socket.SOCK_STREAM:
                    probing.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probing.bind((interface, port))
                if kind == socket.SOCK_STREAM:
                    probing.listen(1)
        except (OSError, CannotListenError) as error:
            return error
        return None

    return probe


def seen(
    peer: tuple[str, int] | tuple[str, int, int, int],
) -> tuple[str, int] | tuple[str, int, int, int]:
    """@return: a peer as a socket knows it, as everybody here sees it."""
    host = unmapped(peer[0])
    return peer if host is peer[0] else (host, peer[1])


class DualSocket(socket.socket):
    """A socket of IPv6 that may be for both families; its peers of IPv4 are of IPv4."""

    def accept(self) -> tuple[socket.socket, tuple[str, int] | tuple[str, int, int, int]]:
        """@return: the connection, and its peer: host and port, and of IPv6 flow and scope as well."""
        made, peer = super().accept()
        return made, seen(peer)

    def recvfrom(self, size: int, flags: int = 0) -> tuple[bytes, tuple[str, int]]:
        """@return: a datagram and its sender; the zone of a link-local address stays with its host."""
        datagram, sender = super().recvfrom(size, flags)
        return datagram, self.peer(sender)

    @staticmethod
    def peer(sender: tuple[str, int] | tuple[str, int, int, int]) -> tuple[str, int]:
        """@return: who is known to the system as this, as everybody here sees him."""
        return unmapped(sender[0]), sender[1]

    def connect(self, address: tuple[str, int]) -> None:  # type: ignore[override]
        """
        @param address: as for L{sendto}.
        @raise OSError: no way leads there.
        """
        super().connect(_wayTo(address))

    def sendto(self, datagram: bytes, address: tuple[str, int]) -> int:  # type: ignore[override]
        """
        @param address: of either family, an IP address. What the peer names as a zone must never be looked up
            elsewhere.
        @raise OSError: there is no such zone, or the system does not send it.
        """
        return super().sendto(datagram, _wayTo(address))

    def sendmsg(  # type: ignore[override]
        self,
        buffers: Iterable[bytes],
        ancillary: Iterable[tuple[int, int, bytes]] = (),
        flags: int = 0,
        address: tuple[str, int] | None = None,
    ) -> int:
        """The same for many pieces and what is said about them; without an address, to the connected one."""
        if address is None:
            return super().sendmsg(buffers, ancillary, flags)
        return super().sendmsg(buffers, ancillary, flags, _wayTo(address))


def _wayTo(address: tuple[str, int]) -> tuple[str, int] | tuple[str, int, int, int]:
    host, _, zone = address[0].partition("%")
    if zone:
        scope = int(zone) if zone.isdigit() else socket.if_nametoindex(zone)
        return host, address[1], 0, scope
    return mapped(host), address[1]

"""A host of the laboratory: a reactor with UDP ports of its own."""

from __future__ import annotations

import errno
import socket
from typing import Any, Protocol

import attrs
from twisted.internet.address import IPv4Address
from twisted.internet.defer import Deferred, succeed
from twisted.internet.error import CannotListenError
from twisted.python.components import proxyForInterface
from zope.interface import implementer

from frp.interfaces import IReactor
from frp.nathole.local import IAddressed
from frp.testing.memory import MemoryReactor

__all__ = ["Host", "HostPort", "Net", "Packet"]

Address = tuple[str, int]


@attrs.frozen
class Packet:
    """
    A datagram on its way.

    @ivar ttl: how many routers it may still pass.
    """

    sender: Address
    receiver: Address
    data: bytes
    ttl: int = 64


class Net(Protocol):
    """What hosts and NATs are plugged into: the public network, or the inner side of a NAT."""

    def carry(self, packet: Packet) -> None:
        """Take a packet where it belongs."""

    def plug(self, node: Any, host: str | None = None) -> str:
        """
        @param node: its C{receive} gets the packets.
        @param host: its address; by default a new one.
        @return: the address.
        """


@implementer(IAddressed)
class Host(proxyForInterface(IReactor, "reactor")):  # type: ignore[misc]
    """
    One host: the reactor of whatever runs on it. Time and TCP are everybody's.

    @ivar address: its own, which others see if there is no NAT between.
    @ivar ports: its UDP ports, by their numbers.
    """

    def __init__(self, reactor: MemoryReactor, net: Net) -> None:
        super().__init__(reactor)
        self.ports: dict[int, HostPort] = {}
        self.net = net
        self.address = net.plug(self)

    def listenUDP(self, port: int, protocol: Any, interface: str = "", maxPacketSize: int = 8192) -> HostPort:
        """As a reactor does; whatever the interface, the port is that of the one address."""
        number = port or next(n for n in self.reactor.ephemeral if n not in self.ports)
        bound = HostPort(self, number, protocol, maxPacketSize)
        bound.startListening()
        return bound

    def localHosts(self) -> list[str]:
        """Its one address."""
        return [self.address]

    def receive(self, packet: Packet) -> None:
        """Something has come. It is read in the next turn, as by every reactor."""
        self.callLater(0, self._read, packet)

    def _read(self, packet: Packet) -> None:
        port = self.ports.get(packet.receiver[1])
        if port is not None:
            port.comes(packet)


class HostPort:
    """
    A UDP port of a host. A connected one hears nothing of others, and nobody is ever told that a port is closed: most
    NATs are silent about it as well.

    @ivar ttl: how many routers its datagrams pass; set as of a socket, by L{getHandle}.
    """

    def __init__(self, host: Host, number: int, protocol: Any, size: int) -> None:
        self.number = number
        self.protocol = protocol
        self.ttl = 64
        self._host = host
        self._size = size
        self._peer: Address | None = None

    def startListening(self) -> None:
        """
        Bind it.

        @raise CannotListenError: another one of this host has the port.
        """
        if self.number in self._host.ports:
            raise CannotListenError("", self.number, OSError(errno.EADDRINUSE, "Address already in use"))
        self._host.ports[self.number] = self
        self.protocol.makeConnection(self)

    def connect(self, host: str, port: int) -> None:
        """Send there only, and receive from nowhere else."""
        self._peer = (host, port)

    def write(self, datagram: bytes, addr: Any = None) -> int:
        """Send one datagram."""
        receiver = self._peer or addr[:2]
        self._host.net.carry(Packet((self._host.address, self.number), receiver, bytes(datagram), self.ttl))
        return len(datagram)

    def comes(self, packet: Packet) -> None:
        """Somebody sends something here."""
        if self._peer in (None, packet.sender):
            self.protocol.datagramReceived(packet.data[: self._size], packet.sender)

    def stopListening(self) -> Deferred[None]:
        """Close it."""
        if self._host.ports.get(self.number) is not self:
            return succeed(None)
        del self._host.ports[self.number]
        closed: Deferred[None] = Deferred()

        def close() -> None:
            self.protocol.doStop()
            closed.callback(None)

        self._host.callLater(0, close)
        return closed

    def getHost(self) -> IPv4Address:
        """Where it is bound: as of most ports this says of the host nothing."""
        return IPv4Address("UDP", "0.0.0.0", self.number)

    def getHandle(self) -> HostPort:
        """It is its own socket, of which nothing can be set but how far datagrams go."""
        return self

    def setsockopt(self, level: int, option: int, value: int) -> None:
        """As of a socket; C{IP_TTL} only."""
        _checked(level, option)
        self.ttl = value

    def getsockopt(self, level: int, option: int) -> int:
        """The same."""
        _checked(level, option)
        return self.ttl


def _checked(level: int, option: int) -> None:
    if (level, option) != (socket.IPPROTO_IP, socket.IP_TTL):
        raise OSError(errno.ENOPROTOOPT, "Protocol not available")

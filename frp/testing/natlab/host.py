"""A host of the laboratory: a reactor with UDP ports of its own."""

from __future__ import annotations

import errno
import socket
from typing import Any, Protocol

from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.defer import Deferred, succeed
from twisted.internet.error import CannotListenError, InvalidAddressError
from twisted.python.components import proxyForInterface
from zope.interface import implementer

from frp.interfaces import IReactor
from frp.nathole.local import IAddressed
from frp.testing.memory import MemoryReactor
from frp.values import frozen

__all__ = ["Host", "HostPort", "Net", "Packet"]

Address = tuple[str, int]


@frozen
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

    @ivar address: its own, which others see if there is no NAT between; C{address6}, its global one of IPv6, if it has
        one.
    @ivar ports: its UDP ports, by their numbers.
    """

    def __init__(self, reactor: MemoryReactor, net: Net, net6: Net | None = None, address6: str = "") -> None:
        """@param net: where it is plugged in; @param net6: and with its address of IPv6, if it has one."""
        super().__init__(reactor)
        self.ports: dict[int, HostPort] = {}
        self.address = net.plug(self)
        self.address6 = net6.plug(self, address6) if net6 is not None else ""
        self._nets = {self.address: net, self.address6: net6}

    def listenUDP(self, port: int, protocol: Any, interface: str = "", maxPacketSize: int = 8192) -> HostPort:
        """As a reactor does: for both families where that is C{::}, else for IPv4, on every address."""
        number = port or next(n for n in self.reactor.ephemeral if n not in self.ports)
        if interface == "::" and not self.address6:
            raise CannotListenError(interface, number, OSError(errno.EAFNOSUPPORT, "no IPv6"))
        bound = HostPort(self, number, protocol, maxPacketSize, wide=interface == "::")
        bound.startListening()
        return bound

    def localHosts(self) -> list[str]:
        """All that it has."""
        return [address for address in (self.address, self.address6) if address]

    def send(self, packet: Packet) -> None:
        """Something leaves, by the net of its sender's address."""
        net = self._nets[packet.sender[0]]
        assert net is not None, "who has an address is plugged in"
        net.carry(packet)

    def receive(self, packet: Packet) -> None:
        """Something has come. It is read in the next turn, as by every reactor."""
        self.callLater(0, self._read, packet)

    def _read(self, packet: Packet) -> None:
        port = self.ports.get(packet.receiver[1])
        if port is not None and (port.wide or ":" not in packet.receiver[0]):
            port.comes(packet)


class HostPort:
    """
    A UDP port of a host. A connected one hears nothing of others, and nobody is ever told that a port is closed: most
    NATs are silent about it as well.

    @ivar wide: whether it is for IPv6 as well.
    @ivar ttl: how many routers its datagrams pass; set as of a socket, by L{getHandle}.
    """

    def __init__(self, host: Host, number: int, protocol: Any, size: int, wide: bool = False) -> None:
        self.number = number
        self.protocol = protocol
        self.wide = wide
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
        """
        Send one datagram.

        @raise InvalidAddressError: the port is not for addresses of that family.
        """
        receiver = self._peer or addr[:2]
        sender = self._host.address
        if ":" in receiver[0]:
            if not self.wide:
                raise InvalidAddressError(receiver[0], "IPv4 port write() called with IPv6 address")
            sender = self._host.address6
        self._host.send(Packet((sender, self.number), receiver, bytes(datagram), self.ttl))
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

    def getHost(self) -> IPv4Address | IPv6Address:
        """Where it is bound: as of most ports this says of the host nothing."""
        if self.wide:
            return IPv6Address("UDP", "::", self.number)
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

"""
Users of a UDP port who have come to other nodes. To the proxy they are as those who come to the port: their datagrams
are given to it, and what it answers to them goes back to their node.

A client answers all users of such a proxy through one work stream, and closes it when another one comes: other nodes
cannot have their own.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import attrs
from twisted.internet.error import ConnectionDone
from twisted.internet.interfaces import IUDPTransport
from twisted.internet.protocol import Protocol
from twisted.python.components import proxyForInterface
from twisted.python.failure import Failure

from frp.errors import RemoteWireError
from frp.interfaces import IStream
from frp.joining.coded import CodedStream
from frp.server.site import ServerSite
from frp.session.datagrams import DatagramLink, Losses
from frp.session.deadline import Later
from frp.session.greeting import handOver
from frp.sockets.datagram import BurstProtocol
from frp.wire.dialect import Packet

__all__ = ["Guests"]

#: Seconds between the pings that tell another node that the way to the proxy is there, as frpc does it.
PING = 30

#: So many users of other nodes are known at a time; the one who was silent longest is forgotten for one more.
MOST = 65536


class _Port(proxyForInterface(IUDPTransport, "port")):  # type: ignore[misc]  # made by a function
    """The port of the proxy, to the proxy: some of those who have come to it are elsewhere."""

    def __init__(self, port: Any, guests: Guests) -> None:
        super().__init__(port)
        self._guests = guests

    def write(self, packet: bytes, addr: tuple[str, int]) -> None:
        link = self._guests.users.get(addr)
        if link is None:
            self.port.write(packet, addr)
        else:
            link.send([(packet, addr)])


class Guests:
    """
    Those of one port.

    @ivar users: where each of them has come, by address; who was heard last is the last.
    """

    def __init__(self, site: ServerSite, empty: Callable[[], object]) -> None:
        """
        @param site: of a proxy that has bound a port.
        @param empty: is called when nobody can come any more from where they came.
        """
        assert site.bound is not None, "it has a port"
        self.users: dict[tuple[str, int], DatagramLink] = {}
        self._site = site
        self._empty = empty
        self._protocol = site.bound
        self._links: set[DatagramLink] = set()
        self._losses = Losses(site.clock, site.log)
        self._ping = Later(site.clock)
        self._port: Any = self._protocol.transport
        self._protocol.transport = _Port(self._port, self)

    def come(self, stream: IStream) -> None:
        """@param stream: of another node, whose half of the proxy takes it for a work stream of the client."""

        def lost(why: str) -> None:
            self._links.discard(link)
            self.users = {user: each for user, each in self.users.items() if each is not link}
            if not self._links:
                self._ping.stop()
                self._protocol.transport = self._port
                self._empty()

        link = DatagramLink(
            self._site.dialect, self._site.clock, self._losses, lambda packets: self._came(link, packets), lost
        )
        self._links.add(link)
        if not self._ping.waiting:
            self._ping.set(PING, self._pings)
        stream.widen()
        handOver(stream, _Beginning(self._site, link.protocol()))

    def _pings(self) -> None:
        for link in self._links:
            link.ping()
        self._ping.set(PING, self._pings)

    def _came(self, link: DatagramLink, packets: list[Packet]) -> None:
        users = self.users
        for _, user in packets:
            users.pop(user, None)
            users[user] = link
        while len(users) > MOST:
            del users[next(iter(users))]
        protocol = self._protocol
        if isinstance(protocol, BurstProtocol):
            protocol.burstReceived(packets)
        else:
            for data, user in packets:
                protocol.datagramReceived(data, user)


class _Beginning(Protocol):
    """Reads away what would tell a client which proxy the stream is for."""

    transport: IStream

    def __init__(self, site: ServerSite, protocol: Protocol) -> None:
        self._site = site
        self._protocol = protocol
        self._reader = site.dialect.reader()

    def dataReceived(self, data: bytes) -> None:
        try:
            self._reader.receive(data)
            start = self._reader.nextMessage()
        except RemoteWireError as error:
            self._site.log.warn("another node speaks to the port in a way that is none: {why}", why=error.detail)
            self.transport.abortConnection()
            return
        if start is not None:
            stream, site = self.transport, self._site
            stream.pauseProducing()
            stream.unread(self._reader.takeRest())
            # The limit is that of the work stream, on which they go on.
            treatment = attrs.evolve(site.treatment, bucket=None)
            CodedStream(stream, treatment, clock=site.clock, log=site.log).begin(self._protocol)

    def connectionLost(self, reason: Failure | None = None) -> None:
        """Before it had begun."""
        self._protocol.connectionLost(reason or Failure(ConnectionDone()))

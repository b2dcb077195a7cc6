"""frpc's end: a UDP port for each conversation, so that the system takes datagrams from the server alone."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import cast

from twisted.internet.defer import Deferred, execute
from twisted.internet.error import CannotListenError
from twisted.internet.interfaces import IProtocol, IProtocolFactory, IStreamClientEndpoint
from twisted.internet.udp import Port
from zope.interface import implementer

from frp.errors import LocalWireError, TunnelLost, reasonOf
from frp.interfaces import IReactor
from frp.sockets.trains import Train
from frp.transports.kcp.exchange import LONGEST_DATAGRAM, Exchange, address
from frp.transports.kcp.stream import KCPStream
from frp.values import frozen
from frp.wire.address import authority
from frp.wire.kcp.conversation import Conversation

__all__ = ["Connected", "KCPEndpoint"]

#: How many segments we may have under way, and the server: the reference's windows for clients.
_SENDS = 128
_RECEIVES = 512

#: Gets the reason for which a conversation has ended in which the peer did not say a word, and gives the one that its
#: protocol is told.
Unheard = Callable[[Exception], Exception]


class Connected(Exchange):
    """
    A port that is connected to one peer, for one conversation.

    @ivar stream: the conversation.
    """

    transport: Port
    stream: KCPStream

    def __init__(self, reactor: IReactor, unheard: Unheard = lambda reason: reason) -> None:
        super().__init__(reactor)
        self._unheard = unheard

    def converse(self, conversation: Conversation, peer: tuple[str, int], factory: IProtocolFactory) -> IProtocol:
        """
        Begin the conversation.

        @return: what the factory has made for it.
        """
        near = self.transport.getHost()
        self.stream = stream = KCPStream(conversation, self, address(near.host, near.port), address(*peer))
        self.add(stream)
        protocol = factory.buildProtocol(stream.getPeer())
        if protocol is None:
            stream.abortConnection()
            raise LocalWireError("nobody answers the connection")
        stream.begin(protocol)
        return protocol

    def trainsReceived(self, trains: list[Train]) -> None:
        if self.stream in self._streams:
            fitting = [train for train in trains if train[1] <= LONGEST_DATAGRAM]
            self.guarded(self.stream, self.stream.trainsReceived, fitting, self.now())

    def way(self, stream: KCPStream) -> None:
        return None

    def connectionRefused(self) -> None:
        self.stream.refused()

    def forget(self, stream: KCPStream) -> None:
        super().forget(stream)
        self.transport.stopListening()

    def fault(self, stream: KCPStream, reason: Exception) -> Exception:
        return reason if stream.answered else self._unheard(reason)


@implementer(IStreamClientEndpoint)
@frozen
class KCPEndpoint:
    """
    Conversations with a server. As there is no handshake, one is there at once, whether there is a server or not.

    @ivar host: an IP address.
    @ivar unheard: is told why a conversation has ended without a word from the server.
    """

    reactor: IReactor
    host: str
    port: int
    unheard: Unheard

    def connect(self, factory: IProtocolFactory) -> Deferred[IProtocol]:
        """
        Fails with L{TunnelLost<frp.errors.TunnelLost>} where the system knows no way.
        """
        return execute(self._open, factory)

    def _open(self, factory: IProtocolFactory) -> IProtocol:
        host, where = self.host, authority(self.host, self.port)
        exchange = Connected(self.reactor, self.unheard)
        try:
            made = self.reactor.listenUDP(0, exchange, "::" if ":" in host else "", LONGEST_DATAGRAM)
        except CannotListenError as error:
            raise TunnelLost("no socket is left", f"no socket for {where}: {error}") from error
        # Twisted's interface of ports lacks what those for datagrams have.
        port = cast(Port, made)
        try:
            port.connect(host, self.port)
        except OSError as error:
            port.stopListening()
            raise TunnelLost(f"dial udp {where}: {reasonOf(error)}") from error
        conversation = Conversation(random.getrandbits(32), exchange.now(), sends=_SENDS, receives=_RECEIVES)
        return exchange.converse(conversation, (host, self.port), factory)

"""A KCP conversation as a stream."""

from __future__ import annotations

from collections.abc import Iterable
from math import inf
from typing import TYPE_CHECKING

from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.error import ConnectionAborted, ConnectionDone, ConnectionLost, ConnectionRefusedError
from twisted.internet.interfaces import IHalfCloseableProtocol, IProtocol
from twisted.python.failure import Failure
from zope.interface import implementer

from frp.interfaces import IGuest, IStream
from frp.session.deadline import Later
from frp.session.producers import Slot
from frp.session.unmultiplexed import Unmultiplexed
from frp.sockets.trains import Train
from frp.wire.kcp.conversation import Conversation

if TYPE_CHECKING:
    from frp.transports.kcp.door import Door

__all__ = ["KCPStream"]

#: Bytes that wait for the peer's window when a producer is paused, and when it is resumed.
_FULL = 128 * 1024
_ROOM = 64 * 1024

#: Seconds that a peer has for what was written before we closed.
_FLUSH = 10

#: How often a segment is sent again to somebody who has answered to none. His address may not be his own.
_UNPROVEN = 8

#: Seconds between two reports that nobody listens at the peer's address, for those to be believed of one whom we have
#: heard. Whoever starts frps again closes its port for less.
_REFUSED = 0.5

Address = IPv4Address | IPv6Address


@implementer(IStream, IGuest)
class KCPStream(Slot, Unmultiplexed):
    """
    One conversation, for its protocol.

    KCP has no word for the end. Our peers are told, by a datagram that others drop. Towards those of the reference the
    end of one direction is that of both; that one of them is gone shows in its silence alone, which yamux notices
    first. C{resets} says who is there.

    @ivar conversation: what it is made of.
    @ivar scheduled: when its L{Door} wakes it (milliseconds).
    """

    def __init__(self, conversation: Conversation, exchange: Door[KCPStream], host: Address, peer: Address) -> None:
        self.conversation = conversation
        self.scheduled = inf
        self._exchange = exchange
        self._host = host
        self._peer = peer
        self._closing = False
        self._writeEnded = False
        self._readEnded = False  # and the protocol knows
        self._told = False  # the protocol has heard of the end
        self._done = False  # and the exchange
        self._held = False  # what is written leaves later, together
        self._refusedAt: float | None = None
        self._deadline = Later(exchange.clock)

    def __repr__(self) -> str:
        return f"<KCP conversation {self.conversation.number} with {self._peer.host}>"

    def begin(self, protocol: IProtocol, patience: float = 0) -> None:
        """
        @param patience: seconds in which the peer must have said something; 0 for any.
        """
        self.protocol = protocol
        if patience:
            self._deadline.set(patience, self.abortConnection)
        protocol.makeConnection(self)

    def welcome(self) -> None:
        self._exchange.welcome(self)

    # From the exchange

    def trainsReceived(self, trains: list[Train], now: int) -> None:
        """Datagrams of the peer have come."""
        conversation = self.conversation
        self._refusedAt = None
        for train, size, _ in trains:
            conversation.receive(train, size, now)
        self._held = True
        try:
            if not self._paused and conversation.inbound.ready:
                self._deliver()
        finally:
            self._held = False
        self.step(now)

    def step(self, now: int) -> None:
        """Do what is due."""
        conversation = self.conversation
        if conversation.hasty() or conversation.due <= now:
            datagrams = conversation.flush(now)
            if datagrams:
                self._exchange.send(self, datagrams)
        outbound = conversation.outbound
        if outbound.waiting < _ROOM and self._producerHeld:
            self._freeProducer()
        ending = conversation.ending
        if ending.gone:
            self.lose(ConnectionLost("the peer has dropped it"))
        elif conversation.dead(now) or (not outbound.proven and outbound.worst > _UNPROVEN):
            self.lose(ConnectionLost("the peer does not answer"))
        elif ending.byPeer and not (conversation.inbound.ready or self._paused or (self._closing and outbound.empty)):
            self._endReading()
        if outbound.empty and not self._done and (self._closing or (self._writeEnded and self._readEnded)):
            ending.patient = False
            self._tell(ConnectionDone())
            if ending.over:
                self._finish()
        if not self._done:
            self._exchange.schedule(self)

    def _endReading(self) -> None:
        """The peer says nothing more, and all that it has said is delivered."""
        half = IHalfCloseableProtocol(self.protocol, None) if self.halfClose else None
        if half is None:
            self.lose(ConnectionDone())
        elif not self._readEnded:
            self._readEnded = True
            if not self._closing:
                half.readConnectionLost()

    @property
    def answered(self) -> bool:
        """Whether anything has come from the peer."""
        return self.conversation.outbound.proven or self.conversation.inbound.heard is not None

    def refused(self) -> None:
        """The system says that nobody listens where the peer should be; anybody may make it say so."""
        now = self._exchange.clock.seconds()
        if self.answered:
            if self._refusedAt is None:
                self._refusedAt = now
            if now - self._refusedAt < _REFUSED:
                return
        self.lose(ConnectionRefusedError())

    def lose(self, reason: Exception) -> None:
        """It is over. The protocol hears of it in a later turn."""
        if not self._done:
            self._finish()
            self._exchange.clock.callLater(0, self._tell, reason)

    def _finish(self) -> None:
        if not self._done:
            self._done = True
            self._deadline.stop()
            self._exchange.forget(self)

    def _tell(self, reason: Exception) -> None:
        if self._told:
            return
        self._told = True
        self._deadline.stop()
        if self._unread:
            self._putBack()
        self._endProducer()
        self.protocol.connectionLost(Failure(self._exchange.fault(self, reason)))

    def _deliver(self) -> None:
        """Hand on what has come, and while it is handed on."""
        inbound = self.conversation.inbound
        while inbound.ready and not self._paused and not self._told:
            data = inbound.take()
            if data:
                if not self._closing:
                    self._deadline.stop()
                self.protocol.dataReceived(data)

    # Writing

    def write(self, data: bytes) -> None:
        if not self._takesNoMore():
            self.conversation.outbound.write(data)
            self._written()

    def writeVector(self, head: bytes, body: bytes) -> None:
        self.writeSequence((head, body))

    def writeSequence(self, data: Iterable[bytes]) -> None:
        if not self._takesNoMore():
            write = self.conversation.outbound.write
            for piece in data:
                write(piece)
            self._written()

    def _written(self) -> None:
        if not self._held:
            self._flush()
        if self.conversation.outbound.waiting >= _FULL:
            self._holdProducer()

    def _flush(self) -> None:
        """Send what can be sent now."""
        exchange, conversation = self._exchange, self.conversation
        if conversation.hasty():
            datagrams = conversation.flush(exchange.now())
            if datagrams:
                exchange.send(self, datagrams)
            if not self._done:
                exchange.schedule(self)

    def _isFull(self) -> bool:
        return self.conversation.outbound.waiting >= _FULL

    def _takesNoMore(self) -> bool:
        return self._writeEnded or self.closed

    # Reading

    def pauseProducing(self) -> None:
        self._paused = True

    def resumeProducing(self) -> None:
        self._paused = False
        if self._unread:
            self._putBack()
        conversation = self.conversation
        inbound = conversation.inbound
        if not self._paused and (inbound.ready or conversation.ending.byPeer) and not self._done:
            if inbound.room < inbound.window // 2:
                conversation.tell()
            self._deliver()
            self.step(self._exchange.now())

    def stopProducing(self) -> None:
        self.loseConnection()

    # Ends

    @property
    def closed(self) -> bool:
        return self._closing or self._done or self._told

    def loseConnection(self) -> None:
        if not self.closed:
            self._closing = True
            ending = self.conversation.ending
            ending.wanted, ending.patient = True, False
            self._deadline.set(_FLUSH, self.abortConnection)
            # In a later turn, as any transport: whoever closes may not expect to hear of it meanwhile.
            self._exchange.clock.callLater(0, self._close)

    def _close(self) -> None:
        if not self._done:
            self.step(self._exchange.now())

    @property
    def halfClose(self) -> bool:  # type: ignore[override]  # it depends on the peer
        return self.resets

    def loseWriteConnection(self) -> None:
        if not self.halfClose:
            self.loseConnection()
        elif not self._takesNoMore():
            self._writeEnded = True
            ending = self.conversation.ending
            ending.wanted = ending.patient = True
            self._exchange.clock.callLater(0, self._close)

    def abortConnection(self) -> None:
        if not self._done and not self._told:
            self._exchange.send(self, [self.conversation.ending.drop(self._exchange.now())])
            self.lose(ConnectionAborted())

    def getPeer(self) -> Address:
        return self._peer

    def getHost(self) -> Address:
        return self._host

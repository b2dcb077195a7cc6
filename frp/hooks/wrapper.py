"""In the way of a user: what sees, changes or makes the bytes between a user and a service."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.interfaces import IHalfCloseableProtocol, IProducer
from twisted.python.failure import Failure
from zope.interface import implementer

from frp.interfaces import IStream
from frp.joining.halfclose import passReadEnd, passWriteEnd
from frp.session.unmultiplexed import Unmultiplexed

__all__ = ["StreamWrapper"]

T = TypeVar("T")


@implementer(IStream, IHalfCloseableProtocol)
class StreamWrapper(Unmultiplexed):
    """
    Stands between a user's stream and the tunnel to the service: the protocol of the one, the transport of the other,
    as C{ProtocolWrapper} of L{twisted.protocols.policies} is. As it is, everything passes.

    Override what is told (L{fromUser}, L{fromService}, ...), and send what you like with L{toService} and L{toUser}.
    A slow side slows down the other one; what a wrapper holds back is the only thing that grows, so it must be bounded,
    and given away in L{userEnded} and L{serviceEnded}.

    An error that is raised here ends this one connection, and stands in the log with its traceback.

    @ivar stream: the user's side.
    @ivar protocol: the service's side: what receives the user's bytes; None until there is a connection to it.
    @ivar served: whether the service has sent anything.
    """

    def __init__(self, stream: IStream) -> None:
        self.stream = stream
        self.protocol: Any = None
        self.served = False
        self.disconnecting = False
        self.source = stream.source
        self.destination = stream.destination
        self.serverName = stream.serverName
        self.chosen = stream.chosen
        self.halfClose = stream.halfClose
        self._serviceOver = False
        self._wrote = False
        stream.protocol = self  # type: ignore[assignment]  # all of IProtocol that a connected transport calls

    # Told: override these

    def fromUser(self, data: bytes) -> None:
        """The user has sent bytes."""
        self.toService(data)

    def fromService(self, data: bytes) -> None:
        """The service has sent bytes."""
        self.toUser(data)

    def userEnded(self) -> None:
        """The user sends no more, and may still receive. The service hears of it after this."""

    def serviceEnded(self) -> None:
        """The service sends no more. The user hears of it after this."""

    def unanswered(self) -> None:
        """
        There is no service: no work stream came, or the client's side ended before the service had sent a byte. What is
        sent to the user now arrives before the end. Called in place of L{serviceEnded}.
        """

    def ended(self, reason: Failure) -> None:
        """The user's connection is over."""

    # Asked: call these

    def toService(self, data: bytes) -> None:
        """Send bytes to the service."""
        self.protocol.dataReceived(data)

    def toUser(self, data: bytes) -> None:
        """Send bytes to the user."""
        self._wrote = True
        self.stream.write(data)

    # The protocol of the user's stream

    def makeConnection(self, transport: object) -> None:
        """The stream was connected before."""

    def dataReceived(self, data: bytes) -> None:
        if not self.disconnecting:
            self.fromUser(data)

    def readConnectionLost(self) -> None:
        if self.disconnecting:
            self.stream.loseConnection()
            return
        self.userEnded()
        passReadEnd(self.protocol, self)

    def writeConnectionLost(self) -> None:
        passWriteEnd(self.protocol)

    def connectionLost(self, reason: Failure) -> None:
        if self._unread and self.protocol is not None:  # else nobody will ever want it
            self._putBack()
        self.disconnecting = self._serviceOver = True
        try:
            self.ended(reason)
        finally:
            if self.protocol is not None:
                self.protocol.connectionLost(reason)

    # The transport of the tunnel

    def write(self, data: bytes) -> None:
        if not self._serviceOver:
            self.served = True
            self.fromService(data)

    def writeSequence(self, pieces: Iterable[bytes]) -> None:
        self.write(b"".join(pieces))

    def loseWriteConnection(self) -> None:
        self._endService()
        self.stream.loseWriteConnection()

    def loseConnection(self) -> None:
        self._endService()
        self.disconnecting = True
        self.stream.loseConnection()

    def abortConnection(self) -> None:
        """
        Where L{unanswered} has sent something,
        the user gets it: what still comes is read and dropped until the user closes, for a reset would destroy it.
        """
        if not self._serviceOver and not self.served:
            self._wrote = False
            self._endService()
            if self._wrote:
                self.disconnecting = True
                self.stream.loseWriteConnection()
                self.stream.resumeProducing()
                return
        self.disconnecting = self._serviceOver = True
        self.stream.abortConnection()

    def _endService(self) -> None:
        if not self._serviceOver:
            self._serviceOver = True
            try:
                if self.served:
                    self.serviceEnded()
                else:
                    self.unanswered()
            except Exception:
                # Whoever calls is the service's side, whose end would not be the user's.
                self.stream.abortConnection()
                raise

    def registerProducer(self, producer: IProducer, streaming: bool) -> None:
        self.stream.registerProducer(producer, streaming)

    def unregisterProducer(self) -> None:
        self.stream.unregisterProducer()

    def pauseProducing(self) -> None:
        self._paused = True
        self.stream.pauseProducing()

    def resumeProducing(self) -> None:
        self._paused = False
        if self._unread:
            self._putBack()
        if not self._paused:
            self.stream.resumeProducing()

    def stopProducing(self) -> None:
        self.loseConnection()

    # Facts, and what only some streams can do: the user's stream knows

    @property
    def closed(self) -> bool:
        return self.disconnecting or self.stream.closed

    def together(self, act: Callable[[], T]) -> T:
        return self.stream.together(act)

    def keepAlive(self, seconds: int) -> None:
        self.stream.keepAlive(seconds)

    def getPeer(self) -> IPv4Address | IPv6Address:
        return self.stream.getPeer()

    def getHost(self) -> IPv4Address | IPv6Address:
        return self.stream.getHost()

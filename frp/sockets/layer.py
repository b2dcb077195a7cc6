"""What TLS and WebSocket have in common: a protocol to the transport below, a transport to the protocol above."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.interfaces import IHalfCloseableProtocol, IProducer, IProtocol
from twisted.python.failure import Failure
from zope.interface import implementer

from frp.errors import RemoteWireError
from frp.interfaces import IStream
from frp.session.unmultiplexed import Unmultiplexed

__all__ = ["Layer"]


@implementer(IStream, IProtocol, IHalfCloseableProtocol)
class Layer(Unmultiplexed):
    """
    A base of a layer that keeps bytes as they are, and has an end of its own for each direction.

    It behaves as a TCP transport does: C{protocol} may be replaced at any time, producers are the raw transport's,
    C{loseConnection} flushes and waits for a registered producer. C{loseWriteConnection} says the layer's goodbye and
    leaves reading as it is. The end of the peer's bytes is its goodbye or the end of the raw stream, whichever comes
    first: many peers send only the latter. Whoever breaks the protocol of the layer is lost with
    L{RemoteWireError<frp.errors.RemoteWireError>}.

    What derives from it reads in C{dataReceived}: it keeps in C{_held} what comes while C{_paused}, delivers only while
    C{_reading}, notes in C{_ending} what ends that, and then calls C{_end}. It writes only while C{_writable}, and says
    goodbye in C{_farewell}.

    @ivar protocol: what receives.
    @ivar connected: whether C{protocol} is connected.
    @ivar disconnecting: C{loseConnection} was called.
    """

    connected = False
    disconnecting = False
    _reading = True
    _writable = False
    _writeEnding = False
    _ending: RemoteWireError | bool = False
    _reason: Failure | None = None
    _producer: IProducer | None = None

    def __init__(self, protocol: IProtocol | None = None) -> None:
        self.protocol: Any = protocol
        self._held: list[bytes] = []

    # What the raw transport tells us.

    def makeConnection(self, transport: Any) -> None:
        self.transport: IStream = transport

    def connectionMade(self) -> None:
        """Nothing: L{makeConnection} does it all."""

    def dataReceived(self, data: bytes) -> None:
        raise NotImplementedError

    def readConnectionLost(self) -> None:
        if self._reading:
            self._reading = False
            self._ending = self._ending or True
            self._end()

    def writeConnectionLost(self) -> None:
        """Nothing: the raw transport's write side ends only together with its read side."""

    def connectionLost(self, reason: Failure) -> None:
        self._writable = self._reading = self._ending = False
        self._held.clear()
        self._producer = None
        if self.connected:
            if self._unread:
                self._putBack()
            self.connected = False
            if self.protocol is not None:
                self.protocol.connectionLost(self._reason or reason)

    # What the protocol asks of us.

    def write(self, data: bytes) -> None:
        raise NotImplementedError

    def writeSequence(self, iovec: Iterable[bytes]) -> None:
        self.write(b"".join(iovec))

    def loseConnection(self) -> None:
        """
        Flush, say goodbye, close. Where a producer is registered, this waits until it has unregistered.

        As with any TCP transport, the kernel resets a connection that is closed while something of the peer is unread,
        and then our last bytes may be lost.
        """
        if not self.disconnecting:
            self.disconnecting = True
            self._reading = self._ending = False
            if self._producer is None:
                self._close()

    def loseWriteConnection(self) -> None:
        """Say goodbye and keep receiving. Where a producer is registered, this waits for it as well."""
        if self._writable and not self.disconnecting:
            if self._producer is not None:
                self._writeEnding = True
            else:
                self._endWriting()

    def abortConnection(self) -> None:
        """Drop the connection at once, without a goodbye."""
        self._reading = self._writable = self._ending = False
        self.disconnecting = True
        self.transport.abortConnection()

    def pauseProducing(self) -> None:
        self._paused = True
        self.transport.pauseProducing()

    def resumeProducing(self) -> None:
        self._paused = False
        if self._unread:
            self._putBack()
            if self._paused:
                return
        held, self._held = self._held, []
        if held:
            self.dataReceived(b"".join(held))
        if self._ending:
            self._end()
        if not self._paused and self._reading:
            self.transport.resumeProducing()

    def stopProducing(self) -> None:
        self.loseConnection()

    def registerProducer(self, producer: IProducer, streaming: bool) -> None:
        if not self._writable:
            producer.stopProducing()
            return
        self.transport.registerProducer(producer, streaming)
        self._producer = producer

    def unregisterProducer(self) -> None:
        self._producer = None
        self.transport.unregisterProducer()
        if self.disconnecting:
            self._close()
        elif self._writeEnding:
            self._endWriting()

    def getPeer(self) -> IPv4Address | IPv6Address:
        return self.transport.getPeer()

    def getHost(self) -> IPv4Address | IPv6Address:
        return self.transport.getHost()

    @property
    def halfClose(self) -> bool:  # type: ignore[override]  # asked of streams only: this stands on any transport
        return bool(self.transport.halfClose)

    @property
    def resets(self) -> bool:
        return self.transport.resets

    @resets.setter
    def resets(self, resets: bool) -> None:
        self.transport.resets = resets

    @property
    def lossless(self) -> bool:
        return self.transport.lossless

    @property
    def closed(self) -> bool:
        return self.disconnecting or not self.connected

    def roundTrip(self) -> float:
        return self.transport.roundTrip()

    def keepAlive(self, seconds: int) -> None:
        self.transport.keepAlive(seconds)

    # Endings.

    def _end(self) -> None:
        """The read side ends, once all before it has been delivered."""
        if self._paused:
            return
        ending, self._ending = self._ending, False
        if isinstance(ending, RemoteWireError):
            self._lose(ending)
            return
        half = IHalfCloseableProtocol(self.protocol, None)
        if half is not None:
            half.readConnectionLost()
        if half is None or not self._writable:
            self._dropProducer()
            self._close()

    def _lose(self, error: RemoteWireError) -> None:
        """The peer broke the protocol: tell it, and go."""
        self._reason = Failure(error)
        self._writable = self._reading = False
        self._dropProducer()
        self._tell(error)
        self._close()

    def _dropProducer(self) -> None:
        producer, self._producer = self._producer, None
        if producer is not None:
            self.transport.unregisterProducer()
            producer.stopProducing()

    def _endWriting(self) -> None:
        self._writeEnding = False
        self._goodbye()
        half = IHalfCloseableProtocol(self.protocol, None)
        if half is not None:
            half.writeConnectionLost()
        if not self._reading and not self._ending:
            self._close()

    def _goodbye(self) -> None:
        if self._writable:
            self._writable = False
            self._farewell()

    def _farewell(self) -> None:
        """Tell the peer that no more bytes will come."""
        raise NotImplementedError

    def _tell(self, error: RemoteWireError) -> None:
        """Tell the peer what it has done, where there is a way to."""
        raise NotImplementedError

    def _close(self) -> None:
        self._goodbye()
        self.disconnecting = True
        self._reading = False
        self.transport.loseConnection()

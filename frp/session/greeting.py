"""
The first message of a logical connection, and giving a connection from one protocol to the next.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.internet.interfaces import IAddress, IDelayedCall, IProtocol, IReactorTime
from twisted.internet.protocol import Factory, Protocol
from twisted.python.failure import Failure

from frp.errors import FRPError, RemoteWireError, TunnelLost
from frp.interfaces import IStream
from frp.wire.frames import FrameReader
from frp.wire.messages import Message
from frp.wire.sniff import describe, isFrame

__all__ = ["Greeting", "Once", "handOver", "hasEnded"]


def handOver(transport: IStream, protocol: IProtocol, rest: bytes = b"") -> None:
    """
    Give a connected transport, paused or not, to another protocol; it flows from here.

    A protocol that has paused it by then, because of C{rest}, says so by a true C{holding}, and resumes it later. So
    does one that has given it away again.

    @param rest: what came for the new protocol already.
    """
    transport.protocol = protocol
    protocol.makeConnection(transport)
    if rest:
        protocol.dataReceived(rest)
    if transport.protocol is protocol and not getattr(protocol, "holding", False):
        transport.resumeProducing()


def hasEnded(stream: IStream) -> bool:
    """
    Whether a stream that a L{Greeting} gave away has ended since. Who had something to wait for in between must look:
    a protocol that is put on it afterwards would never hear of the end.
    """
    return bool(getattr(stream, "disconnecting", False) or getattr(stream.protocol, "lost", False))


class Greeting(Protocol):
    """
    Waits for one message, pauses the transport, and gives both away. Holds at most one message, and never longer than
    it is told.

    @ivar holding: the message has come; the transport stays paused until somebody has use for it.
    @ivar lost: the connection has ended.
    """

    holding = False
    lost = False

    transport: IStream
    _timer: IDelayedCall | None = None

    def __init__(
        self,
        received: Callable[[Any, IStream, bytes], object],
        failed: Callable[[FRPError, IStream], object],
        *,
        expected: type[Message] | None = None,
        clock: IReactorTime | None = None,
        timeout: float = 10,
    ) -> None:
        """
        @param received: gets the message, the paused transport, and the bytes behind the message.
        @param failed: gets what was wrong, and the transport; the connection is ended after that. Where the whole
            session has ended, what ended it is the error's C{__cause__}.
        @param expected: read any known message as this one, as the reference does where only one can come.
        @param clock: limits the wait to C{timeout} seconds; without it the wait has no end.
        """
        self._received = received
        self._failed = failed
        self._expected = expected
        self._clock = clock
        self._timeout = timeout
        self._reader = FrameReader()
        self._first = b""
        self._waiting = True

    def connectionMade(self) -> None:
        if self._clock is not None:
            self._timer = self._clock.callLater(self._timeout, self._timedOut)

    def dataReceived(self, data: bytes) -> None:
        if not self._waiting:
            return  # what was held for the next protocol, and the stream has ended before there was one
        if len(self._first) < 16:
            self._first += data[:16]
        reader = self._reader
        try:
            reader.receive(data)
            message = reader.nextMessage() if self._expected is None else reader.nextAs(self._expected)
        except RemoteWireError as error:
            # A frame of ours with something wrong in it needs no guess at what the peer is.
            guess = "" if isFrame(self._first) else f"; {describe(self._first)}"
            self._end(RemoteWireError(error.brief, error.detail + guess))
            return
        if message is not None:
            self._stop()
            self.holding = True
            self.transport.pauseProducing()
            self._received(message, self.transport, reader.takeRest())

    def connectionLost(self, reason: Failure | None = None) -> None:
        self.lost = True
        if not self._stop():
            return
        error = TunnelLost("the connection was closed", f"closed before the first message; {self._soFar()}")
        if reason is not None and isinstance(reason.value, FRPError):
            # The session has ended, and its owner hears why.
            error = TunnelLost(reason.value.brief, reason.value.detail)
            error.__cause__ = reason.value
        self._failed(error, self.transport)

    def _timedOut(self) -> None:
        self._timer = None
        self._end(RemoteWireError("read timeout", f"no first message within {self._timeout:g} s; {self._soFar()}"))

    def _soFar(self) -> str:
        """What the peer has sent, in words."""
        return "a part of it came" if isFrame(self._first) else describe(self._first)

    @property
    def heard(self) -> bool:
        """Whether the peer has said anything."""
        return bool(self._first)

    def _end(self, error: FRPError) -> None:
        self._stop()
        self._failed(error, self.transport)
        self.transport.abortConnection()

    def _stop(self) -> bool:
        """@return: whether the message was still awaited."""
        waiting, self._waiting = self._waiting, False
        timer, self._timer = self._timer, None
        if timer is not None:
            timer.cancel()
        return waiting


class Once(Factory):
    """Gives the one connection that is made with it a protocol that is there already."""

    noisy = False

    def __init__(self, protocol: Greeting) -> None:
        self._protocol = protocol

    def buildProtocol(self, addr: IAddress | None) -> Greeting:
        return self._protocol

"""The first message of a logical connection, and giving a connection from one protocol to the next."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.internet.interfaces import IAddress, IProtocol, IReactorTime
from twisted.internet.protocol import Factory, Protocol
from twisted.python.failure import Failure

from frp.errors import FRPError, Refused, RemoteWireError, TunnelLost
from frp.interfaces import IStream
from frp.session.deadline import Later
from frp.values import frozen
from frp.wire.dialect import Dialect, Opening
from frp.wire.dialects import dialectOf
from frp.wire.messages import Message
from frp.wire.sniff import describe, isFrame

__all__ = ["Greeting", "Heard", "Once", "handOver"]


def handOver(transport: IStream, protocol: IProtocol, rest: bytes = b"") -> None:
    """
    Give a connected transport, paused or not, to another protocol; it flows from here.

    @param rest: what came for the new protocol already.
    """
    transport.protocol = protocol
    protocol.makeConnection(transport)
    if transport.protocol is not protocol:
        return  # it has given it away again
    if rest:
        transport.unread(rest)
    transport.resumeProducing()


@frozen
class Heard:
    """
    What the first message of a logical connection came with.

    @ivar stream: the connection, paused.
    @ivar rest: what came behind the message.
    @ivar dialect: what the connection is in.
    @ivar opening: what the two ends have agreed on so far.
    @ivar size: bytes that had come when the message was whole.
    """

    stream: IStream
    rest: bytes
    dialect: Dialect
    opening: Opening
    size: int

    def answer(self, message: Message) -> None:
        """
        Write our first message.

        @raise frp.errors.LocalWireError: the peer would not take it.
        """
        self.stream.write(self.dialect.encode(message))


class Greeting(Protocol):
    """
    Waits for one message, pauses the transport, and gives both away. Holds at most one message, and never longer than
    it is told.
    """

    transport: IStream

    def __init__(
        self,
        received: Callable[[Any, Heard], object],
        failed: Callable[[FRPError, IStream], object],
        *,
        opening: Opening | None = None,
        dialect: Dialect | None = None,
        expected: type[Message] | None = None,
        keeps: Callable[[int], object] | None = None,
        clock: IReactorTime | None = None,
        timeout: float = 10,
    ) -> None:
        """
        @param received: gets the message, and what it came with.
        @param failed: gets what was wrong, and the transport; the connection is ended after that. Where the whole
            session has ended, what ended it is the error's C{__cause__}.
        @param dialect: what the connection is in, and
        @param opening: its beginning, where we have opened it. Without them the first bytes tell.
        @param expected: read any known message as this one, as the reference does where only one can come.
        @param keeps: hears how many bytes more are kept, before they are; it may raise L{RemoteWireError}. Where no
            message comes of them it hears of all of them, below zero; else they are C{received}'s.
        @param clock: limits the wait to C{timeout} seconds; without it the wait has no end.
        """
        self._received = received
        self._failed = failed
        self._expected = expected
        self._timer = Later(clock) if clock is not None else None
        self._timeout = timeout
        self._dialect = dialect
        self._opening = opening
        self._keeps = keeps
        self._size = 0
        self._first = self._unsure = b""
        self._waiting = True

    def connectionMade(self) -> None:
        if self._timer is not None:
            self._timer.set(self._timeout, self._timedOut)

    def dataReceived(self, data: bytes) -> None:
        if not self._waiting:
            return  # what was held for the next protocol, and the stream has ended before there was one
        if len(self._first) < 16:
            self._first += data[:16]
        self._size += len(data)
        try:
            if self._keeps is not None:
                self._keeps(len(data))
            opening = self._opening or self._recognised()
            if opening is None:
                self._unsure += data
                return
            data, self._unsure = self._unsure + data, b""
            reader = opening.reader
            reader.receive(data)
            message = reader.nextMessage() if self._expected is None else reader.nextAs(self._expected)
        except RemoteWireError as error:
            # A frame of ours with something wrong in it needs no guess at what the peer is.
            guess = "" if isFrame(self._first) else f"; {describe(self._first)}"
            self._end(RemoteWireError(error.brief, error.detail + guess))
            return
        except Refused as error:
            self._end(error)
            return
        owed = opening.owed()
        if owed:
            self.transport.write(owed)
        if message is not None:
            self._stop()
            self.transport.pauseProducing()
            assert self._dialect is not None
            self._received(message, Heard(self.transport, reader.takeRest(), self._dialect, opening, self._size))

    def _recognised(self) -> Opening | None:
        """@return: the beginning that the peer has made; None when it could still be in more than one dialect."""
        self._dialect = dialect = dialectOf(self._first)
        if dialect is None:
            return None
        self._opening = opening = dialect.opening(opener=False)
        return opening

    def connectionLost(self, reason: Failure | None = None) -> None:
        if not self._stop():
            return
        error = TunnelLost("the connection was closed", f"closed before the first message; {self._soFar()}")
        if reason is not None and isinstance(reason.value, FRPError):
            # The session has ended, and its owner hears why.
            error = TunnelLost(reason.value.brief, reason.value.detail)
            error.__cause__ = reason.value
        self._fail(error)

    def _timedOut(self) -> None:
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
        owed = self._opening.owed() if self._opening is not None else b""
        if owed:
            self.transport.write(owed)
        self._fail(error)
        if owed:
            self.transport.pauseProducing()
            self.transport.loseConnection()
        else:
            self.transport.abortConnection()

    def _fail(self, error: FRPError) -> None:
        if self._keeps is not None:
            self._keeps(-self._size)
        self._failed(error, self.transport)

    def _stop(self) -> bool:
        """@return: whether the message was still awaited."""
        waiting, self._waiting = self._waiting, False
        if self._timer is not None:
            self._timer.stop()
        return waiting


class Once(Factory):
    """Gives the one connection that is made with it a protocol that is there already."""

    noisy = False

    def __init__(self, protocol: Protocol) -> None:
        self._protocol = protocol

    def buildProtocol(self, addr: IAddress | None) -> Protocol:
        return self._protocol

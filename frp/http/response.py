"""The response of one HTTP/1 exchange: what a handler says, framed for the user who asked."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import Protocol

from twisted.internet.error import ConnectionDone
from twisted.python.failure import Failure
from zope.interface import implementer

from frp.errors import Unavailable
from frp.http.answering import Answering, Carrying
from frp.http.exchange import GivenFields, IExchange, IReceiver
from frp.interfaces import IStream
from frp.wire.http.body import encodeChunk, encodeLastChunk
from frp.wire.http.connection import keepsAlive
from frp.wire.http.fields import Fields
from frp.wire.http.framing import CHUNKED, UNTIL_CLOSE
from frp.wire.http.head import RequestHead

__all__ = ["PlainCarrying", "PlainExchange"]

#: The framing of a response that has no body, whatever its fields say.
_NONE = -3

_REASONS = {status.value: status.phrase.encode("ascii") for status in HTTPStatus}
_REASONS[413] = b"Content Too Large"


class PlainCarrying(Carrying, Protocol):
    """
    The connection, one exchange after the other.

    @ivar full: whether the user takes no more for now.
    """

    full: bool

    @property
    def expectsBody(self) -> bool:
        """Whether a part of the request is still to come."""

    @property
    def mayKeepAlive(self) -> bool:
        """Whether another request may follow, as far as the connection is concerned."""

    def takeBody(self) -> None:
        """The body is wanted from here."""

    def holdBody(self) -> None:
        """The body is not wanted for now."""

    def exchangeDone(self, exchange: PlainExchange) -> None:
        """The response is complete."""

    def stepAside(self) -> tuple[IStream, bytes]:
        """@return: the transport, paused, and what was not looked at."""

    def move(self, give: Callable[[IStream, bytes], bool]) -> bool:
        """Let somebody else have the connection, as L{IExchange.move} says."""


@implementer(IExchange)
class PlainExchange(Answering):
    """
    An exchange of HTTP/1.0 or 1.1.

    @ivar flowing: whether the receiver wants the body now.
    @ivar keepAlive: whether another request may follow.
    """

    # One is made for each request: places of its own cost less than a dictionary.
    __slots__ = (
        "_connection",
        "_framing",
        "_left",
        "_pending",
        "_producerHeld",
        "_write",
        "answered",
        "flowing",
        "head",
        "keepAlive",
        "length",
        "over",
        "producer",
        "receiver",
    )

    canTakeOver = True
    _connection: PlainCarrying

    def __init__(self, connection: PlainCarrying, head: RequestHead, framing: int) -> None:
        self.head = head
        self.length = None if framing == CHUNKED else framing
        self.keepAlive = keepsAlive(head)
        self.receiver = self.producer = None
        self.flowing = self.answered = self.over = self._producerHeld = False
        self._connection = connection
        self._write = connection.transport.write
        self._pending = b""
        self._framing = _NONE
        self._left = 0

    # The request's body

    def receive(self, receiver: IReceiver) -> None:
        self.receiver = receiver
        if self.over:
            receiver.exchangeLost(Failure(ConnectionDone()))
            return
        if self._connection.expectsBody:
            self.resumeProducing()
        else:
            receiver.bodyEnded(None)

    def pauseProducing(self) -> None:
        if not self.over and self.flowing:
            self.flowing = False
            self._connection.holdBody()

    def resumeProducing(self) -> None:
        if not self.over and not self.flowing:
            self.flowing = True
            self._connection.takeBody()

    # The response

    def inform(self, status: int, fields: Fields | None = None) -> None:
        if not self.over and not self.answered and self.head.version == b"HTTP/1.1":
            self._write(_head(b"HTTP/1.1", status, b"", fields))

    def answer(self, status: int, fields: GivenFields = None, reason: bytes = b"") -> None:
        fields = self._toAnswer(fields)
        head = self.head
        self.answered = True
        if not self._connection.mayKeepAlive:
            self.keepAlive = False
        length = fields.get(b"content-length")
        version = head.version
        if head.method == b"HEAD" or status in (204, 304):
            self._framing = _NONE
        elif length is not None:
            self._framing = self._left = int(length)
        elif version == b"HTTP/1.0":
            self._framing = UNTIL_CLOSE
            self.keepAlive = False
        else:
            self._framing = CHUNKED
            fields.add(b"Transfer-Encoding", b"chunked")
        if not self.keepAlive:
            fields.add(b"Connection", b"close")
        elif version == b"HTTP/1.0":
            fields.add(b"Connection", b"keep-alive")
        self._pending = _head(version, status, reason, fields)

    def flush(self) -> None:
        pending, self._pending = self._pending, b""
        if pending and not self.over:
            self._write(pending)

    def write(self, data: bytes) -> None:
        framing = self._framing
        if not data or self.over or framing == _NONE:
            return
        if framing >= 0:
            self._left = left = self._left - len(data)
            if left < 0:
                self._miscounted()
                return
        pending = self._pending
        if framing == CHUNKED:
            # Joining costs less than the system calls that it saves.
            data = encodeChunk(data, pending)
        elif pending:
            data = pending + data
        if pending:
            self._pending = b""
        self._write(data)

    def finish(self, trailers: Fields | None = None) -> None:
        if self.over:
            return
        if self._framing >= 0 and self._left:
            self._miscounted()
            return
        pending = self._pending
        if self._framing == CHUNKED:
            pending += encodeLastChunk(trailers)
        if pending:
            self._pending = b""
            self._write(pending)
        self._end()
        self._connection.exchangeDone(self)

    def abort(self) -> None:
        if not self.over:
            self._end()
            self._connection.transport.abortConnection()

    def takeOver(self, status: int = 0, fields: Fields | None = None) -> tuple[IStream, bytes]:
        if self.over:
            raise Unavailable("the user is gone")
        head = _head(b"HTTP/1.1", status, b"", fields) if status else b""
        self.answered = True
        self._end()
        transport, rest = self._connection.stepAside()
        if head:
            transport.write(head)
        return transport, rest

    def move(self, give: Callable[[IStream, bytes], bool]) -> bool:
        if self.answered or self.over:
            return False
        self.over = self._connection.move(give)
        return self.over

    def _isFull(self) -> bool:
        return self._connection.full


def _head(version: bytes, status: int, reason: bytes, fields: Fields | None) -> bytes:
    lines = b"".join([b"%b: %b\r\n" % pair for pair in fields.pairs]) if fields is not None else b""
    return b"%b %d %b\r\n%b\r\n" % (version, status, reason or _REASONS.get(status, b""), lines)

"""
The response of one HTTP/1 exchange: what a handler says, framed for the user who asked.
"""

from __future__ import annotations

from email.utils import formatdate
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from twisted.internet._producer_helpers import _PullToPush
from twisted.internet.error import ConnectionDone
from twisted.python.failure import Failure
from zope.interface import implementer

from frp.errors import LocalWireError, Unavailable
from frp.http.exchange import GivenFields, IExchange, IReceiver, fieldsOf
from frp.http.origin import Origin
from frp.interfaces import IStream
from frp.wire.http.body import encodeLastChunk
from frp.wire.http.connection import keepsAlive
from frp.wire.http.fields import Fields
from frp.wire.http.framing import CHUNKED, UNTIL_CLOSE
from frp.wire.http.head import RequestHead

if TYPE_CHECKING:
    from frp.http.connection import HTTPConnection

__all__ = ["PlainExchange", "dateOf", "reasonOf"]

#: The framing of a response that has no body, whatever its fields say.
_NONE = -3

_REASONS = {status.value: status.phrase.encode("ascii") for status in HTTPStatus}
_REASONS[413] = b"Content Too Large"

_date = (0, b"")


def reasonOf(status: int) -> bytes:
    """The usual words for a status; empty where there are none."""
    return _REASONS.get(status, b"")


def dateOf(now: float) -> bytes:
    """The C{Date} of a response. It is written once a second."""
    global _date
    second = int(now)
    if _date[0] != second:
        _date = (second, formatdate(second, usegmt=True).encode("ascii"))
    return _date[1]


@implementer(IExchange)
class PlainExchange(Origin):
    """
    An exchange of HTTP/1.0 or 1.1.

    @ivar receiver: who hears of the request's body, once somebody does.
    @ivar flowing: whether the receiver wants the body now.
    @ivar keepAlive: whether another request may follow.
    """

    __slots__ = (
        "_connection",
        "_framing",
        "_left",
        "_pending",
        "_producer",
        "_write",
        "answered",
        "flowing",
        "head",
        "keepAlive",
        "length",
        "over",
        "receiver",
    )

    canTakeOver = True

    def __init__(self, connection: HTTPConnection, head: RequestHead, framing: int) -> None:
        self.head = head
        self.length = None if framing == CHUNKED else framing
        self.receiver: IReceiver | None = None
        self.flowing = False
        self.answered = False
        self.keepAlive = keepsAlive(head)
        self._connection = connection
        self._write = connection.transport.write
        self._pending = b""
        self._framing = _NONE
        self._left = 0
        self.over = False
        self._producer: Any = None

    def __repr__(self) -> str:
        return f"<{self.head.method!r} {self.head.target!r}>"

    # The request's body

    def receive(self, receiver: IReceiver) -> None:
        """As L{IExchange.receive}."""
        self.receiver = receiver
        if self.over:
            receiver.exchangeLost(Failure(ConnectionDone()))
            return
        if self._connection.expectsBody:
            self.resumeProducing()
        else:
            receiver.bodyEnded(None)

    def pauseProducing(self) -> None:
        """As L{IPushProducer.pauseProducing<twisted.internet.interfaces.IPushProducer.pauseProducing>}."""
        if not self.over and self.flowing:
            self.flowing = False
            self._connection.holdBody()

    def resumeProducing(self) -> None:
        """As L{IPushProducer.resumeProducing<twisted.internet.interfaces.IPushProducer.resumeProducing>}."""
        if not self.over and not self.flowing:
            self.flowing = True
            self._connection.takeBody()

    def stopProducing(self) -> None:
        """The consumer of the body is gone: the rest is for nobody."""

    # The response

    def inform(self, status: int, fields: Fields | None = None) -> None:
        """As L{IExchange.inform}."""
        if not self.over and not self.answered and self.head.version == b"HTTP/1.1":
            self._write(_head(b"HTTP/1.1", status, b"", fields))

    def answer(self, status: int, fields: GivenFields = None, reason: bytes = b"") -> None:
        """As L{IExchange.answer}."""
        if self.answered:
            raise LocalWireError("answered twice", f"{self!r} was answered before")
        if type(fields) is not Fields:
            fields = fieldsOf(fields)
        head = self.head
        connection = self._connection
        self.answered = True
        if not connection.mayKeepAlive:
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
        if b"date" not in fields:
            fields.add(b"Date", dateOf(connection.server.clock.seconds()))
        if not self.keepAlive:
            fields.add(b"Connection", b"close")
        elif version == b"HTTP/1.0":
            fields.add(b"Connection", b"keep-alive")
        self._pending = _head(version, status, reason, fields)

    def flush(self) -> None:
        """As L{IExchange.flush}."""
        pending, self._pending = self._pending, b""
        if pending and not self.over:
            self._write(pending)

    def write(self, data: bytes) -> None:
        """As L{IExchange.write}."""
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
            data = b"%b%x\r\n%b\r\n" % (pending, len(data), data)
        elif pending:
            data = pending + data
        if pending:
            self._pending = b""
        self._write(data)

    def writeSequence(self, pieces: Any) -> None:
        """Several pieces at once."""
        self.write(b"".join(pieces))

    def finish(self, trailers: Fields | None = None) -> None:
        """As L{IExchange.finish}."""
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

    def reply(self, status: int, fields: GivenFields = None, body: bytes = b"") -> None:
        """As L{IExchange.reply}."""
        if type(fields) is not Fields:
            fields = fieldsOf(fields)
        if status != 204:
            fields.set(b"Content-Length", b"%d" % len(body))
        self.answer(status, fields)
        self.write(body)
        self.finish()

    def _miscounted(self) -> None:
        """The handler has said another length than it has: the user must not take what comes for a whole body."""
        self._connection.server.log.error("{exchange}: the response is not as long as it says", exchange=self)
        self.abort()

    def abort(self) -> None:
        """As L{IExchange.abort}."""
        if not self.over:
            self._end()
            self._connection.transport.abortConnection()

    def _end(self) -> None:
        """It is over. Nothing that knows us is held on to, or the two would wait for the garbage collector."""
        self.over = True
        self.receiver = None

    def takeOver(self, status: int = 0, fields: Fields | None = None) -> tuple[IStream, bytes]:
        """As L{IExchange.takeOver}."""
        if self.over:
            raise Unavailable("the user is gone")
        head = _head(b"HTTP/1.1", status, b"", fields) if status else b""
        self.answered = True
        self._end()
        transport, rest = self._connection.stepAside()
        if head:
            transport.write(head)
        return transport, rest

    # The connection

    def registerProducer(self, producer: Any, streaming: bool) -> None:
        """As L{IConsumer.registerProducer<twisted.internet.interfaces.IConsumer.registerProducer>}."""
        if self._producer is not None:
            raise RuntimeError(f"{self!r} has a producer, {self._producer!r}")
        if self.over:
            producer.stopProducing()
            return
        self._producer = producer if streaming else _PullToPush(producer, self)
        if not streaming:
            self._producer.startStreaming()
        if self._connection.full:
            self._producer.pauseProducing()

    def unregisterProducer(self) -> None:
        """As L{IConsumer.unregisterProducer<twisted.internet.interfaces.IConsumer.unregisterProducer>}."""
        producer, self._producer = self._producer, None
        if isinstance(producer, _PullToPush):
            producer.stopStreaming()

    def filled(self) -> None:
        """The user does not take more for now."""
        if self._producer is not None:
            self._producer.pauseProducing()

    def drained(self) -> None:
        """The user takes more."""
        if self._producer is not None:
            self._producer.resumeProducing()

    def lost(self, reason: Failure) -> None:
        """The user is gone, or cannot be understood."""
        if not self.over:
            receiver = self.receiver
            self._end()
            producer, self._producer = self._producer, None
            if producer is not None:
                producer.stopProducing()
            if receiver is not None:
                receiver.exchangeLost(reason)


def _head(version: bytes, status: int, reason: bytes, fields: Fields | None) -> bytes:
    lines = b"".join([b"%b: %b\r\n" % pair for pair in fields.pairs]) if fields is not None else b""
    return b"%b %d %b\r\n%b\r\n" % (version, status, reason or _REASONS.get(status, b""), lines)

"""
One stream of HTTP/2: a request and its response.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any

from twisted.internet._producer_helpers import _PullToPush
from twisted.python.failure import Failure
from zope.interface import implementer

from frp.errors import LocalWireError, Unavailable
from frp.http.exchange import GivenFields, IExchange, IReceiver, fieldsOf
from frp.http.h2.incoming import Incoming
from frp.http.origin import Origin
from frp.http.response import dateOf
from frp.interfaces import IStream
from frp.wire.http.fields import Fields
from frp.wire.http.h2head import Block, encodeResponse, encodeTrailers
from frp.wire.http.head import RequestHead

if TYPE_CHECKING:
    from frp.http.h2.connection import HTTP2Connection

__all__ = ["StreamExchange"]

#: Bytes of a response that wait for the user's windows: above and below which its producer is paused and resumed.
HIGH, LOW = 65536, 16384


@implementer(IExchange)
class StreamExchange(Origin):
    """
    An exchange of HTTP/2.

    @ivar number: of the stream.
    @ivar incoming: the request's body.
    @ivar waits: bytes of the response that wait for the windows of the user.
    @ivar since: when the user has last let some of them go, or they have begun to wait.
    """

    __slots__ = (
        "_bodiless",
        "_connection",
        "_finished",
        "_left",
        "_out",
        "_paused",
        "_pending",
        "_producer",
        "_trailers",
        "_waiting",
        "answered",
        "head",
        "incoming",
        "length",
        "number",
        "over",
        "since",
        "waits",
    )

    canTakeOver = False

    def __init__(self, connection: HTTP2Connection, number: int, head: RequestHead, complete: bool) -> None:
        """@param complete: whether the request has no body."""
        self.number = number
        self.head = head
        length = head.fields.get(b"content-length")
        self.length = 0 if complete else None if length is None else int(length)
        self.incoming = Incoming(self._taken, complete)
        self.answered = False
        self.waits = 0
        self.since = 0.0
        self._connection = connection
        self._out = connection.out
        self.over = False
        self._finished = False
        self._pending: Block | None = None  # the head, until something follows it
        self._bodiless = False
        self._left: int | None = None  # of the length that was told
        self._waiting: deque[bytes | memoryview] = deque()
        self._trailers: Fields | None = None
        self._producer: Any = None
        self._paused = False

    def __repr__(self) -> str:
        return f"<{self.head.method!r} {self.head.target!r}>"

    # The request's body

    def receive(self, receiver: IReceiver) -> None:
        """As L{IExchange.receive}."""
        self.incoming.receiver = receiver
        self.resumeProducing()

    def pauseProducing(self) -> None:
        """As L{IPushProducer.pauseProducing<twisted.internet.interfaces.IPushProducer.pauseProducing>}."""
        self.incoming.pause()

    def resumeProducing(self) -> None:
        """As L{IPushProducer.resumeProducing<twisted.internet.interfaces.IPushProducer.resumeProducing>}."""
        if not self.over:
            with self._out:
                self.incoming.resume()

    def stopProducing(self) -> None:
        """The consumer of the body is gone: the rest is for nobody."""

    def _taken(self, size: int) -> None:
        self._out.taken(self.number, size)

    # The response

    def inform(self, status: int, fields: Fields | None = None) -> None:
        """As L{IExchange.inform}."""
        if not self.over and not self.answered and status != 101:
            self._out.head(self.number, encodeResponse(status, fields), False)

    def answer(self, status: int, fields: GivenFields = None, reason: bytes = b"") -> None:
        """As L{IExchange.answer}."""
        if self.answered:
            raise LocalWireError("answered twice", f"{self!r} was answered before")
        if type(fields) is not Fields:
            fields = fieldsOf(fields)
        if b"date" not in fields:
            fields.add(b"date", dateOf(self._connection.server.clock.seconds()))
        pending = encodeResponse(status, fields)
        self.answered = True
        self._pending = pending
        self._bodiless = self.head.method == b"HEAD" or status in (204, 304)
        length = fields.get(b"content-length")
        if length is not None and not self._bodiless:
            self._left = int(length)

    def flush(self) -> None:
        """As L{IExchange.flush}."""
        pending, self._pending = self._pending, None
        if pending is not None and not self.over:
            self._out.head(self.number, pending, False)

    def write(self, data: bytes) -> None:
        """As L{IExchange.write}."""
        if not data or self.over or self._finished or self._bodiless:
            return
        if self._left is not None:
            self._left -= len(data)
            if self._left < 0:
                self._miscounted()
                return
        connection = self._connection
        if not self.waits:
            self.since = connection.server.clock.seconds()
        self._waiting.append(data)
        self.waits += len(data)
        with self._out:
            self.flush()
            self._out.ready(self)
        if self.waits > HIGH:
            self.filled()

    def writeSequence(self, pieces: Any) -> None:
        """Several pieces at once."""
        self.write(b"".join(pieces))

    def finish(self, trailers: Fields | None = None) -> None:
        """As L{IExchange.finish}."""
        if self.over or self._finished:
            return
        if self._left:
            self._miscounted()
            return
        self._finished = True
        self._trailers = trailers if trailers and not self._bodiless else None
        if not self.waits:
            with self._out:
                self._end()

    def reply(self, status: int, fields: GivenFields = None, body: bytes = b"") -> None:
        """As L{IExchange.reply}."""
        if type(fields) is not Fields:
            fields = fieldsOf(fields)
        if status != 204:
            fields.set(b"content-length", b"%d" % len(body))
        with self._out:
            self.answer(status, fields)
            self.write(body)
            self.finish()

    def send(self, room: int) -> bool:
        """
        Send a frame of what waits.

        @param room: bytes that the windows and the size of frames allow; more than none.
        @return: whether more waits.
        """
        connection = self._connection
        piece = self._next(room)
        self.waits -= len(piece)
        self.since = connection.server.clock.seconds()
        last = self._finished and not self.waits
        end = last and self._trailers is None
        self._out.data(self.number, piece, end)
        if end:
            self._done()
        elif last:
            self._end()
        elif self._paused and not self._out.full:
            self.drained()
        return bool(self.waits)

    def _next(self, room: int) -> bytes | memoryview:
        """What fits, without copying large pieces, and with small ones joined."""
        waiting = self._waiting
        piece = waiting.popleft()
        if len(piece) > room:
            view = memoryview(piece)
            waiting.appendleft(view[room:])
            return view[:room]
        if not waiting or len(piece) + len(waiting[0]) > room:
            return piece
        pieces = [piece]
        room -= len(piece)
        while waiting and len(waiting[0]) <= room:
            pieces.append(waiting.popleft())
            room -= len(pieces[-1])
        return b"".join(pieces)

    def _end(self) -> None:
        """Nothing waits any more: send what marks the end."""
        pending, self._pending = self._pending, None
        trailers, self._trailers = self._trailers, None
        if pending is not None:
            self._out.head(self.number, pending, trailers is None)
        if trailers is not None:
            self._out.head(self.number, encodeTrailers(trailers), True)
        elif pending is None:
            self._out.data(self.number, b"", True)
        self._done()

    def _done(self) -> None:
        self.over = True
        self.incoming.drop()
        self._connection.exchangeDone(self)

    def _miscounted(self) -> None:
        """The handler has said another length than it has: the user must not take what comes for a whole body."""
        self._connection.server.log.error("{exchange}: the response is not as long as it says", exchange=self)
        self.abort()

    def abort(self) -> None:
        """As L{IExchange.abort}."""
        if not self.over:
            self._forget()
            self._connection.exchangeAborted(self)

    def takeOver(self, status: int = 0, fields: Fields | None = None) -> tuple[IStream, bytes]:
        """As L{IExchange.takeOver}: there is nothing to give."""
        raise Unavailable("HTTP/2 has no connection to give away")

    # The connection

    def registerProducer(self, producer: Any, streaming: bool) -> None:
        """As L{IConsumer.registerProducer<twisted.internet.interfaces.IConsumer.registerProducer>}."""
        if self._producer is not None:
            raise RuntimeError(f"{self!r} has a producer, {self._producer!r}")
        if self.over:
            producer.stopProducing()
            return
        self._producer = producer if streaming else _PullToPush(producer, self)
        self._paused = False
        if not streaming:
            self._producer.startStreaming()
        if self._out.full or self.waits > HIGH:
            self.filled()

    def unregisterProducer(self) -> None:
        """As L{IConsumer.unregisterProducer<twisted.internet.interfaces.IConsumer.unregisterProducer>}."""
        producer, self._producer = self._producer, None
        if isinstance(producer, _PullToPush):
            producer.stopStreaming()

    def filled(self) -> None:
        """The user does not take more for now."""
        if self._producer is not None and not self._paused:
            self._paused = True
            self._producer.pauseProducing()

    def drained(self) -> None:
        """The user takes more."""
        if self._producer is not None and self._paused and self.waits <= LOW:
            self._paused = False
            self._producer.resumeProducing()

    def lost(self, reason: Failure) -> None:
        """The user is gone, has reset the stream, or cannot be understood."""
        if not self.over:
            producer, self._producer = self._producer, None
            self._forget()
            if producer is not None:
                producer.stopProducing()
            if self.incoming.receiver is not None:
                self.incoming.receiver.exchangeLost(reason)

    def _forget(self) -> None:
        self.over = True
        self.incoming.drop()
        self._waiting.clear()
        self.waits = 0

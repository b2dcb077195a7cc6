"""One stream of HTTP/2: a request and its response."""

from __future__ import annotations

from collections import deque
from typing import Protocol

from zope.interface import implementer

from frp.errors import Unavailable
from frp.http.answering import Answering, Carrying
from frp.http.exchange import GivenFields, IExchange, IReceiver
from frp.http.h2.incoming import Incoming
from frp.http.h2.outgoing import Outgoing
from frp.interfaces import IStream
from frp.wire.http.fields import Fields
from frp.wire.http.h2head import Block, encodeResponse, encodeTrailers
from frp.wire.http.head import RequestHead

__all__ = ["StreamCarrying", "StreamExchange"]

#: Bytes of a response that wait for the user's windows: above and below which its producer is paused and resumed.
HIGH, LOW = 65536, 16384


class StreamCarrying(Carrying, Protocol):
    """
    The connection of many exchanges.

    @ivar out: what they send with.
    """

    out: Outgoing

    def exchangeDone(self, exchange: StreamExchange) -> None:
        """The response is complete; what is left of the request is not wanted."""

    def exchangeAborted(self, exchange: StreamExchange) -> None:
        """The response ends before it is complete."""


@implementer(IExchange)
class StreamExchange(Answering):
    """
    An exchange of HTTP/2.

    @ivar number: of the stream.
    @ivar incoming: the request's body.
    @ivar waits: bytes of the response that wait for the windows of the user.
    @ivar since: when the user has last let some of them go, or they have begun to wait.
    """

    canTakeOver = False
    waits = 0
    since = 0.0
    _connection: StreamCarrying
    _finished = False
    _pending: Block | None = None  # the head, until something follows it
    _bodiless = False
    _left: int | None = None  # of the length that was told
    _trailers: Fields | None = None

    def __init__(self, connection: StreamCarrying, number: int, head: RequestHead, complete: bool) -> None:
        """@param complete: whether the request has no body."""
        self.number = number
        self.head = head
        length = head.fields.get(b"content-length")
        self.length = 0 if complete else None if length is None else int(length)
        self.incoming = Incoming(self._taken, complete)
        self._connection = connection
        self._out = connection.out
        self._waiting: deque[bytes | memoryview] = deque()

    # The request's body

    def receive(self, receiver: IReceiver) -> None:
        self.receiver = self.incoming.receiver = receiver
        self.resumeProducing()

    def pauseProducing(self) -> None:
        self.incoming.pause()

    def resumeProducing(self) -> None:
        if not self.over:
            with self._out:
                self.incoming.resume()

    def _taken(self, size: int) -> None:
        self._out.taken(self.number, size)

    # The response

    def inform(self, status: int, fields: Fields | None = None) -> None:
        if not self.over and not self.answered and status != 101:
            self._out.head(self.number, encodeResponse(status, fields), False)

    def answer(self, status: int, fields: GivenFields = None, reason: bytes = b"") -> None:
        fields = self._toAnswer(fields)
        pending = encodeResponse(status, fields)
        self.answered = True
        self._pending = pending
        self._bodiless = self.head.method == b"HEAD" or status in (204, 304)
        length = fields.get(b"content-length")
        if length is not None and not self._bodiless:
            self._left = int(length)

    def flush(self) -> None:
        pending, self._pending = self._pending, None
        if pending is not None and not self.over:
            self._out.head(self.number, pending, False)

    def write(self, data: bytes) -> None:
        if not data or self.over or self._finished or self._bodiless:
            return
        if self._left is not None:
            self._left -= len(data)
            if self._left < 0:
                self._miscounted()
                return
        if not self.waits:
            self.since = self._connection.serving.clock.seconds()
        self._waiting.append(data)
        self.waits += len(data)
        with self._out:
            self.flush()
            self._out.ready(self)
        if self.waits > HIGH:
            self.filled()

    def finish(self, trailers: Fields | None = None) -> None:
        if self.over or self._finished:
            return
        if self._left:
            self._miscounted()
            return
        self._finished = True
        self._trailers = trailers if trailers and not self._bodiless else None
        if not self.waits:
            with self._out:
                self._sendEnd()

    def reply(self, status: int, fields: GivenFields = None, body: bytes = b"") -> None:
        with self._out:
            super().reply(status, fields, body)

    def send(self, room: int) -> bool:
        piece = self._next(room)
        self.waits -= len(piece)
        self.since = self._connection.serving.clock.seconds()
        last = self._finished and not self.waits
        end = last and self._trailers is None
        self._out.data(self.number, piece, end)
        if end:
            self._done()
        elif last:
            self._sendEnd()
        elif self._producerHeld and not self._out.full:
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

    def _sendEnd(self) -> None:
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
        self._end()
        self._connection.exchangeDone(self)

    def abort(self) -> None:
        if not self.over:
            self._end()
            self._connection.exchangeAborted(self)

    def takeOver(self, status: int = 0, fields: Fields | None = None) -> tuple[IStream, bytes]:
        raise Unavailable("HTTP/2 has no connection to give away")

    # The connection

    def _isFull(self) -> bool:
        return self._out.full or self.waits > HIGH

    def drained(self) -> None:
        if self.waits <= LOW:
            super().drained()

    def _end(self) -> None:
        super()._end()
        self.incoming.drop()
        self._waiting.clear()
        self.waits = 0

"""
A user's HTTP/1 connection: one request after the other, each answered before the next is looked at.

What an idle connection holds is little: there are thousands of them. A reader is made when a head does not come in one
piece, and for a body.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.internet.error import ConnectionDone, TimeoutError
from twisted.internet.interfaces import IHalfCloseableProtocol, IProtocol, IPushProducer
from twisted.internet.protocol import Factory
from twisted.python.failure import Failure
from zope.interface import implementer

from frp.http.limits import SLOW_TIMEOUT
from frp.http.lingering import Lingering
from frp.http.response import PlainExchange
from frp.http.serving import Serving
from frp.http.turn import ANSWERING, BODY, FRESH, GONE, HEAD, HELD, IDLE, REFUSING, Turn
from frp.interfaces import IStream
from frp.session.deadline import Deadline
from frp.session.greeting import handOver
from frp.wire.address import hostPort
from frp.wire.http.body import BodyReader, bodyReader
from frp.wire.http.error import HTTPWireError
from frp.wire.http.fields import Fields
from frp.wire.http.h2head import PREFACE
from frp.wire.http.head import HEAD_LIMIT, RequestHead, readRequest
from frp.wire.http.reader import HeadReader, requestReader

__all__ = ["HTTPConnection"]


@implementer(IProtocol, IHalfCloseableProtocol, IPushProducer)
class HTTPConnection:
    """
    The protocol of a user's transport, and the producer of what is written to it.

    @ivar full: whether the transport takes no more for now.
    """

    __slots__ = (
        "_body",
        "_deadline",
        "_ended",
        "_exchange",
        "_held",
        "_reader",
        "_reading",
        "_rest",
        "_said",
        "_turn",
        "full",
        "serving",
        "transport",
    )

    transport: IStream
    factory: Factory | None = None

    def __init__(self, serving: Serving) -> None:
        self.serving = serving
        self.full = False
        self._deadline = Deadline(serving.clock, self._timedOut)
        self._turn = FRESH
        self._exchange: PlainExchange | None = None
        self._reader: HeadReader[RequestHead] | None = None  # of a head that has begun
        self._body: BodyReader | None = None  # while a part of the request is to come
        self._rest = b""  # has come and was not looked at, or may become the preface of HTTP/2
        self._said = b""  # all of it, while the first request is new to its handler
        self._held = False  # whether we have paused the transport
        self._reading = False  # in the loop over what has come
        self._ended = False  # the user sends no more, or need not

    def _enter(self, turn: Turn) -> None:
        """
        It is somebody else's turn, or the same one's anew. That a user takes what is there for it is waited for from
        when that became too much, whoever's turn it is.
        """
        self._turn = turn
        if not self.full:
            if turn.seconds:
                self._deadline.wait(turn.seconds)
            else:
                self._deadline.rest()

    # The transport

    def makeConnection(self, transport: Any) -> None:
        self.transport = transport
        self.serving.connections.add(self)
        transport.registerProducer(self, True)
        self._enter(FRESH)

    def connectionMade(self) -> None:
        """All is in L{makeConnection}."""

    def dataReceived(self, data: bytes) -> None:
        exchange = self._exchange
        if exchange is None and not self.full:
            self._read(data)
        elif exchange is not None and self._turn is BODY and self._body is not None and not self._rest:
            self._bodyReceived(exchange, self._body, data)
        else:
            self._rest += data
            self._hold()

    def pauseProducing(self) -> None:
        self.full = True
        self._deadline.wait(SLOW_TIMEOUT)
        if self._exchange is not None:
            self._exchange.filled()

    def resumeProducing(self) -> None:
        self.full = False
        self._enter(self._turn)
        if self._exchange is not None:
            self._exchange.drained()
        elif not self._reading:
            self._next()

    def stopProducing(self) -> None:
        """The transport is gone, and says so in L{connectionLost}."""

    def readConnectionLost(self) -> None:
        """The user sends no more; who has asked for something still gets it."""
        self._ended = True
        exchange = self._exchange
        if exchange is None:
            if not (self.full and self._rest):
                self._close()
        elif self._body is not None:
            exchange.lost(Failure(ConnectionDone()))
            self.transport.abortConnection()

    def writeConnectionLost(self) -> None:
        """Whoever says so has another protocol by then."""

    def connectionLost(self, reason: Failure) -> None:
        exchange = self._exchange
        self._leave()
        if exchange is not None:
            exchange.lost(reason)

    def _hold(self) -> None:
        if not self._held:
            self._held = True
            self.transport.pauseProducing()

    def _release(self) -> None:
        if self._held:
            self._held = False
            self.transport.resumeProducing()

    # Requests

    def _read(self, data: bytes) -> None:
        """
        Look at what has come, request by request. Those that are answered at once do not nest; and no request is looked
        at while the user does not take the responses to those before, or it could have us hold any number of them.
        """
        self._reading = True
        self._headReceived(data)
        while self._rest and self._turn is IDLE and not self.full:
            data, self._rest = self._rest, b""
            self._headReceived(data)
        self._reading = False

    def _headReceived(self, data: bytes) -> None:
        serving = self.serving
        reader = self._reader
        self._said = data if self._turn is FRESH else b""
        try:
            if reader is None:
                if self._turn is not IDLE and serving.http2 is not None:
                    data, self._rest = self._rest + data, b""
                    if self._beginsHTTP2(data):
                        return
                end = data.find(b"\r\n\r\n", 0, HEAD_LIMIT)
            if reader is None and end > 0 and data[0] != 13:
                head: RequestHead | None = readRequest(data[:end])
                self._rest = data[end + 4 :]
            else:
                head = self._gather(data)
            if head is None:
                return
            framing = head.framing()
        except HTTPWireError as error:
            self._refuse(error)
            return
        self._body = bodyReader(framing) if framing else None
        self._enter(ANSWERING)
        self._exchange = exchange = PlainExchange(self, head, framing)
        serving.began(self.transport)
        try:
            serving.handler(exchange)
        except Exception:
            serving.log.failure("{exchange} failed", exchange=exchange)
            serving.fail(exchange)
        self._said = b""

    def _gather(self, data: bytes) -> RequestHead | None:
        """@return: the head, when the last piece of it has come."""
        reader = self._reader
        if reader is None:
            self._reader = reader = requestReader()
            self._enter(HEAD)
        head = reader.receive(data)
        if head is not None:
            self._reader = None
            self._rest = reader.rest
        return head

    def _beginsHTTP2(self, data: bytes) -> bool:
        """Whether this is, or may become, the beginning of HTTP/2; then it was taken."""
        if not data.startswith(PREFACE[: len(data)]):
            # Who has agreed on it in TLS, and begins with something else, hears so in its frames.
            if self.transport.chosen != b"h2":
                return False
        elif len(data) < len(PREFACE):
            self._rest = data
            self._enter(HEAD)
            return True
        transport, _ = self.stepAside()
        assert self.serving.http2 is not None
        handOver(transport, self.serving.http2(self.serving), data)
        return True

    def _refuse(self, error: HTTPWireError) -> None:
        """What has come is no request that could be trusted."""
        self._tell("a request of {peer} is refused: {reason}", reason=error.detail)
        self._say(error.status, error.brief)

    def _tell(self, text: str, **more: object) -> None:
        self.serving.log.info(text, peer=hostPort(self.transport.getPeer()), **more)

    def _say(self, status: int, text: str) -> None:
        """Answer what is no exchange, and close."""
        head = RequestHead(b"GET", b"/", Fields(), b"HTTP/1.1")
        exchange = PlainExchange(self, head, 0)
        exchange.keepAlive = False
        self._exchange, self._body, self._reader = exchange, None, None
        self._enter(REFUSING)
        self.serving.began(self.transport)
        exchange.reply(status, Fields([(b"Content-Type", b"text/plain; charset=utf-8")]), f"{text}\n".encode())

    # The body of a request

    @property
    def expectsBody(self) -> bool:
        return self._body is not None

    def takeBody(self) -> None:
        exchange, body = self._exchange, self._body
        if exchange is None or body is None:
            return
        self._enter(BODY)
        data, self._rest = self._rest, b""
        if data:
            self._bodyReceived(exchange, body, data)
        if self._turn is BODY:
            self._release()

    def holdBody(self) -> None:
        if self._body is not None:
            self._hold()
            self._enter(HELD)

    def _bodyReceived(self, exchange: PlainExchange, body: BodyReader, data: bytes) -> None:
        try:
            pieces = body.receive(data)
        except HTTPWireError as error:
            self._breach(exchange, error)
            return
        receiver = exchange.receiver
        assert receiver is not None, "who wants a body has a receiver"
        done = body.done
        if done:
            self._body = None
            self._rest = body.rest
        self._enter(ANSWERING if done else BODY)
        if pieces:
            # A read may hold thousands of tiny chunks, each of which would cost a write.
            receiver.bodyReceived(pieces[0] if len(pieces) == 1 else b"".join(pieces))
        if done and self._exchange is exchange:
            receiver.bodyEnded(body.trailers)

    def _breach(self, exchange: PlainExchange, error: HTTPWireError) -> None:
        """The body cannot be read: the user hears why where nothing was answered."""
        self.serving.log.info("the request {exchange} is broken: {reason}", exchange=exchange, reason=error.detail)
        answered = exchange.answered
        self._body = None
        exchange.lost(Failure(error))
        if answered:
            self.transport.abortConnection()
        else:
            self._say(error.status, error.brief)

    # The end of an exchange

    @property
    def mayKeepAlive(self) -> bool:
        # Who is answered before its body has come had better try again than send what nobody reads.
        return self._body is None and not (self._ended and not self._rest) and not self.serving.closing

    def exchangeDone(self, exchange: PlainExchange) -> None:
        self._exchange = None
        self.serving.ended(self.transport)
        if self._turn is GONE:
            return  # a server that waited for this has shut us
        if self._body is not None or not exchange.keepAlive or self.serving.closing:
            self._close()
            return
        self._enter(IDLE)
        if not self.full and not self._reading:
            self._next()

    def _next(self) -> None:
        """The user has taken its responses: go on with what it has sent meanwhile."""
        if self._rest:
            data, self._rest = self._rest, b""
            self._read(data)
        if self._exchange is None and self._turn is not GONE and not self.full:
            if self._ended:
                self._close()
            else:
                self._release()

    def _close(self) -> None:
        """Close when all is sent."""
        sends = not self._ended and (self._turn is REFUSING or self._body is not None or bool(self._rest))
        transport, _ = self.stepAside()
        handOver(transport, Lingering(self.serving.clock, sends, self.full))

    def _timedOut(self) -> None:
        if self.full:
            self._drop()
        elif late := _LATE.get(self._turn):
            late(self)

    def _drop(self) -> None:
        self._tell("{peer} is dropped: it does not take its response")
        if self._exchange is not None:
            self._exchange.lost(Failure(TimeoutError()))
        self.transport.abortConnection()

    def _headLate(self) -> None:
        self._say(408, "the request did not come in time")

    def _bodyLate(self) -> None:
        if self._exchange is not None:
            self._breach(self._exchange, HTTPWireError(408, "the request did not come in time"))

    def _handlerLate(self) -> None:
        if self._exchange is not None and not self._exchange.answered:
            self._breach(self._exchange, HTTPWireError(504, "the service does not take the request"))

    def _leave(self) -> None:
        """Nothing of the transport is ours any more."""
        self._enter(GONE)
        self._deadline.stop()
        self.serving.connections.discard(self)
        self._body = self._reader = None
        self._rest = b""
        if self._exchange is not None:
            self._exchange = None
            self.serving.ended(self.transport)

    def stepAside(self) -> tuple[IStream, bytes]:
        """Give the transport away, paused, with what was not looked at."""
        transport, rest = self.transport, self._rest
        self._leave()
        transport.unregisterProducer()
        transport.pauseProducing()
        return transport, rest

    def move(self, give: Callable[[IStream, bytes], bool]) -> bool:
        moved = bool(self._said) and give(self.transport, self._said)
        if moved:
            self._leave()
        return moved

    def shut(self) -> None:
        """The server stops: an idle connection ends now, and one that is answered ends with the answer."""
        if self._exchange is None:
            self._close()


#: What is done when a turn takes too long.
_LATE: dict[Turn, Callable[[HTTPConnection], None]] = {
    FRESH: HTTPConnection._close,
    IDLE: HTTPConnection._close,
    HEAD: HTTPConnection._headLate,
    BODY: HTTPConnection._bodyLate,
    HELD: HTTPConnection._handlerLate,
}

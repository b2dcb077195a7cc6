"""A connection to a service that answers HTTP/1: one request after the other."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from typing import Any

from twisted.internet.error import ConnectionDone
from twisted.internet.interfaces import IConsumer, IProducer, IProtocol, IPushProducer, IReactorTime
from twisted.python.failure import Failure
from zope.interface import Interface, implementer

from frp.errors import FRPError, NoWorkStream, Unavailable
from frp.interfaces import IStream
from frp.session.deadline import Deadline
from frp.wire.http.body import BodyReader, bodyReader, encodeChunk, encodeLastChunk
from frp.wire.http.connection import keepsAlive
from frp.wire.http.error import HTTPWireError
from frp.wire.http.fields import Fields
from frp.wire.http.framing import UNTIL_CLOSE
from frp.wire.http.head import RESPONSE_LIMIT, ResponseHead, readResponse
from frp.wire.http.loose import looseEnd
from frp.wire.http.reader import HeadReader, responseReader

__all__ = ["AnswerTimeout", "IResponder", "Upstream"]

#: Interim responses to one request. A service that sends more means no good.
MAX_INTERIM = 32

#: Seconds within which the word comes that the service had closed a connection before we wrote. Who closes later has
#: read the request.
RACE = 1


class AnswerTimeout(Unavailable):
    """The service has taken the request, and did not begin to answer it in time."""


class IResponder(Interface):
    """What hears of the response to a request."""

    def informed(head: ResponseHead) -> None:
        """A 1xx response; others follow."""

    def responded(head: ResponseHead) -> None:
        """
        The response's head. After a 101, and after a 2xx to CONNECT, nothing follows but by L{Upstream.takeOver}, which
        is called within this call.
        """

    def responseReceived(data: bytes) -> None:
        """A piece of the response's body, never empty."""

    def responsePaused() -> None:
        """What has come for now is told, and the response is not complete: whoever collects may send."""

    def responseEnded(trailers: Fields | None) -> None:
        """The response is complete. The connection is somebody else's by now."""

    def requestFailed(error: FRPError, unheard: bool) -> None:
        """
        The connection is over before the response was complete.

        @param unheard: the connection had served before, and has ended at once, without a byte of this response: the
            service may have closed it just when we wrote, so that the request can be tried again.
        """


@implementer(IProtocol, IConsumer, IPushProducer)
class Upstream:
    """
    The protocol of a transport to a service. As a consumer it takes the request's body, as a producer it is that of the
    response's.

    @ivar served: how many responses have come.
    @ivar key: which others could take its place.
    """

    __slots__ = (
        "_body",
        "_chunked",
        "_deadline",
        "_gone",
        "_heard",
        "_idle",
        "_interim",
        "_keepAlive",
        "_method",
        "_paused",
        "_pending",
        "_reader",
        "_responder",
        "_rest",
        "_sending",
        "_timeout",
        "key",
        "served",
        "transport",
    )

    transport: IStream

    def __init__(
        self,
        clock: IReactorTime,
        idle: Callable[[Upstream], object] | None = None,
        gone: Callable[[Upstream], object] = lambda upstream: None,
        key: Hashable = None,
    ) -> None:
        """
        @param idle: takes it back when it is idle; without, it serves once.
        @param gone: hears that it is not to be taken any more; it may hear so twice, or of one that was not idle.
        """
        self.served = 0
        self.key = key
        self._idle = idle
        self._gone = gone
        self._deadline = Deadline(clock, self._timedOut)
        self._responder: IResponder | None = None
        self._reader: HeadReader[ResponseHead] | None = None
        self._body: BodyReader | None = None
        self._rest = b""  # came behind the head that ended HTTP
        self._pending = b""  # the request's head, until a piece of its body goes with it
        self._method = b""
        self._chunked = False  # how the request's body is framed
        self._sending = False  # a part of the request is to come
        self._keepAlive = False
        self._heard = False
        self._paused = False
        self._interim = 0
        self._timeout = 0.0

    # The request

    def request(self, method: bytes, head: bytes, length: int | None, responder: IResponder, timeout: float) -> None:
        """
        Send a request, the first of this connection or after the end of another one.

        @param head: as it stands on the wire, its framing included; it may wait for the body, see L{flush}.
        @param length: of the body, which is for L{write} and L{finish}; 0 for none, None for chunks.
        @param timeout: seconds in which the response begins, from the end of the request.
        """
        self._method = method
        self._responder = responder
        self._heard = False
        self._interim = 0
        self._timeout = timeout
        if length == 0:
            self._sending = False
            self._deadline.wait(timeout)
            self.transport.write(head)
        else:
            self._deadline.rest()
            self._sending = True
            self._chunked = length is None
            self._pending = head

    def flush(self) -> None:
        """Send the head that still waits for a body."""
        pending, self._pending = self._pending, b""
        if pending:
            self.transport.write(pending)

    def write(self, data: bytes) -> None:
        """Send a piece of the request's body."""
        if self._sending and data:
            pending, self._pending = self._pending, b""
            if self._chunked:
                data = encodeChunk(data, pending)
            elif pending:
                data = pending + data
            self.transport.write(data)

    def writeSequence(self, pieces: Iterable[bytes]) -> None:
        self.write(b"".join(pieces))

    def finish(self, trailers: Fields | None = None) -> None:
        """The request is complete."""
        if not self._sending:
            return
        self._sending = False
        pending, self._pending = self._pending, b""
        if self._chunked:
            pending += encodeLastChunk(trailers)
        if pending:
            self.transport.write(pending)
        self.transport.unregisterProducer()
        if not self._heard:
            self._deadline.wait(self._timeout)

    def registerProducer(self, producer: IProducer, streaming: bool) -> None:
        self.transport.registerProducer(producer, streaming)

    def unregisterProducer(self) -> None:
        self.transport.unregisterProducer()

    def abort(self) -> None:
        """Nobody waits for the response."""
        self._responder = None
        self._end()
        self.transport.abortConnection()

    # The response

    def makeConnection(self, transport: Any) -> None:
        self.transport = transport

    def connectionMade(self) -> None:
        """All is in L{makeConnection}."""

    def pauseProducing(self) -> None:
        """Hold the response's body up."""
        self._paused = True
        self.transport.pauseProducing()

    def resumeProducing(self) -> None:
        """Let it flow."""
        self._paused = False
        self.transport.resumeProducing()

    def stopProducing(self) -> None:
        """The consumer is gone; it says what becomes of us."""

    def dataReceived(self, data: bytes) -> None:
        responder = self._responder
        if responder is None:
            # Who speaks without being asked would give the next user another one's answer.
            self.abort()
            return
        try:
            if self._body is not None:
                self._bodyReceived(responder, self._body, data)
            else:
                self._headReceived(responder, data)
        except HTTPWireError as error:
            self._fail(error)
            return
        if self._responder is responder and self._body is not None:
            responder.responsePaused()

    def _headReceived(self, responder: IResponder, data: bytes) -> None:
        self._heard = True
        while data:
            head, data = self._read(data)
            if head is None:
                return
            if head.status >= 200 or head.status == 101:
                self._responded(responder, head, data)
                return
            self._interim += 1
            if self._interim > MAX_INTERIM:
                raise HTTPWireError(502, "too many interim responses", f"more than {MAX_INTERIM} interim responses")
            responder.informed(head)
            if self._responder is not responder:
                return

    def _read(self, data: bytes) -> tuple[ResponseHead | None, bytes]:
        reader = self._reader
        if reader is None:
            end, behind = looseEnd(data, 0, RESPONSE_LIMIT)
            if end > 0 and data[0] != 13:
                return readResponse(data[:end]), data[behind:]
            if data[:1] != b"\r" and not data.startswith(b"HTTP/"[: len(data)]):
                # Most protocols of which a client waits for the first word have no empty line to wait for.
                raise HTTPWireError(502, "malformed HTTP response", f"the service says {data[:60]!r}")
            self._reader = reader = responseReader()
        head = reader.receive(data)
        if head is None:
            return None, b""
        self._reader = None
        return head, reader.rest

    def _responded(self, responder: IResponder, head: ResponseHead, rest: bytes) -> None:
        self._deadline.rest()
        framing = head.framing(self._method)
        if head.status == 101 or (self._method == b"CONNECT" and head.status < 300):
            self._rest = rest
            responder.responded(head)
            if self._responder is responder:
                self.abort()
            return
        self._keepAlive = framing != UNTIL_CLOSE and keepsAlive(head)
        responder.responded(head)
        if self._responder is not responder:
            return
        if not framing:
            self._done(responder, rest, None)
            return
        self._body = body = bodyReader(framing, True)
        if rest:
            self._bodyReceived(responder, body, rest)

    def _bodyReceived(self, responder: IResponder, body: BodyReader, data: bytes) -> None:
        pieces = body.receive(data)
        if pieces:
            # A read may hold thousands of tiny chunks, each of which would cost a write.
            responder.responseReceived(pieces[0] if len(pieces) == 1 else b"".join(pieces))
            if self._responder is not responder:
                return
        if body.done:
            self._body = None
            self._done(responder, body.rest, body.trailers)

    def _done(self, responder: IResponder, rest: bytes, trailers: Fields | None) -> None:
        self._responder = None
        self.served += 1
        if self._sending:
            self._sending = False
            self._pending = b""
            self.transport.unregisterProducer()
            self.close()
        elif self._keepAlive and not rest and self._idle is not None:
            self._idle(self)
            if self._paused:
                self.resumeProducing()
        else:
            self.close()
        responder.responseEnded(trailers)

    # The end

    def takeOver(self) -> tuple[IStream, bytes]:
        """
        Step aside when HTTP has ended.

        @return: the transport, paused; and what came behind the head.
        """
        self._responder = None
        self._end()
        transport, rest = self.transport, self._rest
        if self._sending:
            transport.unregisterProducer()
        transport.pauseProducing()
        return transport, rest

    def wait(self, seconds: float) -> None:
        """It is idle, and closes after this time."""
        self._deadline.wait(seconds)

    def close(self) -> None:
        """Close an idle connection."""
        self._end()
        self.transport.loseConnection()

    def _end(self) -> None:
        self._deadline.stop()
        self._gone(self)

    def _timedOut(self) -> None:
        if self._responder is None:
            self.close()
        else:
            text = f"no response within {self._timeout:g} s"
            self._fail(AnswerTimeout("the service takes too long to answer", text))

    def _fail(self, error: FRPError) -> None:
        responder = self._responder
        if self._sending:
            self._sending = False
            self.transport.unregisterProducer()
        self.abort()
        if responder is not None:
            responder.requestFailed(error, False)

    def connectionLost(self, reason: Failure) -> None:
        unheard = self.served > 0 and not self._heard and self._deadline.left > self._timeout - RACE
        self._end()
        responder, body = self._responder, self._body
        if responder is None:
            return
        self._responder = self._body = None
        if body is not None and reason.check(ConnectionDone) is not None:
            try:
                body.connectionEnded()
            except HTTPWireError as broken:
                responder.requestFailed(broken, False)
            else:
                responder.responseEnded(None)
            return
        if isinstance(reason.value, NoWorkStream):
            responder.requestFailed(reason.value, False)
            return
        what = "in the middle of its response" if self._heard else "without a response"
        error = Unavailable("the service has closed the connection", f"the service has closed the connection {what}")
        responder.requestFailed(error, unheard)

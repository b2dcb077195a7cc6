"""
A user's HTTP/2 connection: many requests at a time.

The frames and their states are C{h2}'s; here are the streams, the patience, and the times.
"""

from __future__ import annotations

from typing import Any

from h2.errors import ErrorCodes
from h2.events import (
    ConnectionTerminated,
    DataReceived,
    Event,
    PingReceived,
    PriorityUpdated,
    RemoteSettingsChanged,
    RequestReceived,
    StreamEnded,
    StreamReset,
    TrailersReceived,
    UnknownFrameReceived,
    WindowUpdated,
)
from h2.exceptions import H2Error
from twisted.internet.error import ConnectionDone, ConnectionLost, TimeoutError
from twisted.internet.interfaces import IHalfCloseableProtocol, IProtocol, IPushProducer
from twisted.internet.protocol import Factory
from twisted.python.failure import Failure
from zope.interface import implementer

from frp.http.h2.exchange import StreamExchange
from frp.http.h2.frames import STREAMS, HTTP2Frames
from frp.http.h2.outgoing import Outgoing
from frp.http.serving import Serving
from frp.interfaces import IStream
from frp.session.deadline import Deadline
from frp.session.tokens import TokenBucket
from frp.wire.address import hostPort
from frp.wire.http.error import HTTPWireError
from frp.wire.http.h2head import readRequestFields, readTrailerFields

__all__ = ["HTTP2Connection"]

#: Seconds without a request, after which an idle connection is closed; seconds of silence of a user who waits for a
#: response, after which it is asked for a sign of life; seconds for that, for the first bytes, and for the last ones.
IDLE_TIMEOUT = 180
SIGN_TIMEOUT = 60
CLOSE_TIMEOUT = 10

#: Seconds in which a user must take some part of a response that waits.
SLOW_TIMEOUT = 300

#: Points for what leads nowhere: 400 streams that are reset at once and 40 more each second, 1000 pings...
POINTS, POINTS_RATE = 2000.0, 200.0
RESET, SETTINGS, PING, EMPTY, ODD = 5.0, 40.0, 2.0, 5.0, 0.5


@implementer(IProtocol, IHalfCloseableProtocol, IPushProducer)
class HTTP2Connection:
    """
    The protocol of a user's transport, and the producer of what is written to it.

    @ivar out: what the exchanges send with.
    """

    transport: IStream
    factory: Factory | None = None

    def __init__(self, serving: Serving) -> None:
        """@param serving: what the connections of HTTP/1.1 have too: its handler is called for each stream."""
        self.serving = serving
        self._frames = HTTP2Frames()
        self.out = Outgoing(self._frames, self._overrun)
        self._exchanges: dict[int, StreamExchange] = {}
        self._fed: dict[int, StreamExchange] = {}  # for which something came in this read
        self._patience = TokenBucket(POINTS, POINTS_RATE)
        self._deadline = Deadline(serving.clock, self._timedOut)
        self._heard = 0.0  # when the user has sent something
        self._greeted = False  # the user's settings have come
        self._asked = False  # for a sign of life
        self._refusing = False  # the last requests have come
        self._goingAway = False  # we have said so
        self._closed = False

    # The transport

    def makeConnection(self, transport: Any) -> None:
        self.transport = transport
        self.serving.connections.add(self)
        transport.registerProducer(self, True)
        self.out.transport = transport
        with self.out:
            self._frames.begin()
        self._deadline.wait(SIGN_TIMEOUT)
        if self.serving.closing:
            self.shut()

    def connectionMade(self) -> None:
        """All is in L{makeConnection}."""

    def dataReceived(self, data: bytes) -> None:
        if self._closed:
            return
        self._heard = self.serving.clock.seconds()
        self._asked = False
        with self.out:
            try:
                events = self._frames.read(data)
            except (H2Error, ValueError) as error:
                # ValueError is what a number of thousands of digits is to Python.
                if not self._frames.ended:
                    # h2 does not answer what is no HTTP/2 at all.
                    self._frames.close_connection(ErrorCodes.PROTOCOL_ERROR)
                self._broken(str(error))
                return
            if not self._greeted and events:
                if not isinstance(events[0], RemoteSettingsChanged):
                    self._frames.close_connection(ErrorCodes.PROTOCOL_ERROR)
                    self._broken("the first frame is not SETTINGS")
                    return
                self._greeted = True
            self._happened(events)

    def pauseProducing(self) -> None:
        self.out.filled()
        for exchange in list(self._exchanges.values()):
            exchange.filled()

    def resumeProducing(self) -> None:
        self.out.drained()
        for exchange in list(self._exchanges.values()):
            if self.out.full:
                break
            exchange.drained()

    def stopProducing(self) -> None:
        """The transport is gone, and says so in L{connectionLost}."""

    def readConnectionLost(self) -> None:
        """The user sends no more, not even what windows it has."""
        self._end(Failure(ConnectionDone()))

    def writeConnectionLost(self) -> None:
        """We have sent all."""

    def connectionLost(self, reason: Failure) -> None:
        self._closed = True
        self.out.close()
        self._deadline.stop()
        self.serving.connections.discard(self)
        self._loseAll(reason)

    def _loseAll(self, reason: Failure) -> None:
        exchanges, self._exchanges = self._exchanges, {}
        if exchanges:
            self.serving.ended(self.transport)
        for exchange in exchanges.values():
            exchange.lost(reason)

    # What the user does

    def _happened(self, events: list[Event]) -> None:
        # The states of h2 are those after all of these events already, so that its ends come first: nothing is sent on
        # a stream that is reset later in the same piece, and no handler called for it.
        reset = set()
        for event in events:
            if isinstance(event, StreamReset):
                reset.add(event.stream_id)
                self._reset(event)
            elif isinstance(event, ConnectionTerminated):
                self._refusing = True  # the user makes no more requests
        for event in events:
            if self._closed:
                return
            if isinstance(event, DataReceived):
                self._dataReceived(event)
            elif isinstance(event, WindowUpdated):
                self.out.windowUpdated(event.stream_id)
            elif isinstance(event, RequestReceived):
                if event.stream_id not in reset:
                    self._requested(event)
            elif isinstance(event, TrailersReceived):
                self._trailersReceived(event)
            elif isinstance(event, StreamEnded):
                self._bodyEnded(event.stream_id)
            elif isinstance(event, RemoteSettingsChanged):
                self._settingsChanged()
            elif isinstance(event, PingReceived):
                self._spend(PING)
            elif isinstance(event, (PriorityUpdated, UnknownFrameReceived)):
                self._spend(ODD)
        while self._fed:
            self._fed.popitem()[1].incoming.deliver()
        self._closeIfIdle()

    def _requested(self, event: RequestReceived) -> None:
        number = event.stream_id
        if self._refusing or len(self._exchanges) >= STREAMS:
            self._refuse(number, ErrorCodes.REFUSED_STREAM)
            return
        try:
            head = readRequestFields(event.headers)
        except HTTPWireError as error:
            self._malformed(number, error)
            return
        exchange = StreamExchange(self, number, head, event.stream_ended is not None)
        serving = self.serving
        if not self._exchanges:
            self._deadline.wait(IDLE_TIMEOUT)
            serving.began(self.transport)
        self._exchanges[number] = exchange
        try:
            serving.handler(exchange)
        except Exception:
            serving.log.failure("{exchange} failed", exchange=exchange)
            serving.fail(exchange)

    def _dataReceived(self, event: DataReceived) -> None:
        number, taken = event.stream_id, event.flow_controlled_length
        if not event.data and event.stream_ended is None and not self._spend(EMPTY):
            return
        exchange = self._exchanges.get(number)
        if exchange is None:
            self.out.taken(number, taken)
        else:
            exchange.incoming.received(event.data, taken)
            self._fed[number] = exchange

    def _trailersReceived(self, event: TrailersReceived) -> None:
        exchange = self._exchanges.get(event.stream_id)
        if exchange is None:
            return
        try:
            trailers = readTrailerFields(event.headers)
        except HTTPWireError as error:
            self._malformed(event.stream_id, error)
        else:
            exchange.incoming.ended(trailers)

    def _bodyEnded(self, number: int) -> None:
        exchange = self._exchanges.get(number)
        if exchange is not None and not exchange.incoming.complete:
            exchange.incoming.ended(None)

    def _reset(self, event: StreamReset) -> None:
        self._lose(event.stream_id, Failure(ConnectionLost("the user has reset the stream")))
        self._spend(RESET)

    def _settingsChanged(self) -> None:
        self._frames.settingsChanged()
        self.out.windowUpdated(0)
        self._spend(SETTINGS)

    # What is wrong with it

    def _tell(self, text: str, **more: object) -> None:
        self.serving.log.info(text, peer=hostPort(self.transport.getPeer()), **more)

    def _malformed(self, number: int, error: HTTPWireError) -> None:
        self._tell("a request of {peer} is refused: {reason}", reason=error.detail)
        self._lose(number, Failure(error))
        self._refuse(number, ErrorCodes.PROTOCOL_ERROR)

    def _refuse(self, number: int, code: ErrorCodes) -> None:
        self.out.reset(number, code)
        self._spend(RESET)

    def _lose(self, number: int, reason: Failure) -> None:
        """One exchange has ended early."""
        exchange = self._exchanges.get(number)
        if exchange is not None:
            self._remove(exchange)
            exchange.lost(reason)

    def _spend(self, points: float) -> bool:
        """@return: whether the user may go on."""
        if not self._patience.take(points, self.serving.clock.seconds()) or self._closed:
            return True
        self._frames.close_connection(ErrorCodes.ENHANCE_YOUR_CALM)
        self._broken("too many resets, settings, pings or empty frames")
        return False

    def _broken(self, why: str) -> None:
        """The connection cannot go on; C{h2} has said so in a last frame."""
        self._tell("an HTTP/2 connection of {peer} ends: {reason}", reason=why)
        self._end(Failure(ConnectionLost(why)))

    def _overrun(self) -> None:
        self._closed = True
        self._tell("{peer} is dropped: it asks and does not listen")
        self.transport.abortConnection()

    def _end(self, reason: Failure) -> None:
        if self._closed:
            return
        self._close()
        self._loseAll(reason)

    # The end of exchanges and of the connection

    def exchangeDone(self, exchange: StreamExchange) -> None:
        if not exchange.incoming.complete:
            self.out.reset(exchange.number, ErrorCodes.NO_ERROR)
        self._remove(exchange)

    def exchangeAborted(self, exchange: StreamExchange) -> None:
        self.out.reset(exchange.number, ErrorCodes.INTERNAL_ERROR)
        self._remove(exchange)

    def _remove(self, exchange: StreamExchange) -> None:
        number = exchange.number
        self.out.forget(number)
        if self._exchanges.pop(number, None) is not None and not self._exchanges:
            self.serving.ended(self.transport)
            self._deadline.wait(IDLE_TIMEOUT)
            self._closeIfIdle()

    def shut(self) -> None:
        """The server stops: requests that run are answered, and no others."""
        if not self._goingAway and not self._closed:
            self._goingAway = self._refusing = True
            self.out.flush()
            self.transport.write(self._frames.lastWords())
            self._closeIfIdle()

    def _closeIfIdle(self) -> None:
        if self._refusing and not self._exchanges and not self._closed:
            self._close()

    def _close(self) -> None:
        """Close when all is sent."""
        self._closed = True
        self.out.flush()
        self.out.close()
        self._deadline.wait(CLOSE_TIMEOUT)
        self.transport.unregisterProducer()
        self.transport.loseConnection()

    def _timedOut(self) -> None:
        if self._closed:
            self.transport.abortConnection()
        elif not self._exchanges:
            self.shut()
        elif self._asked:
            self._end(Failure(TimeoutError()))
        else:
            self._lookAround()

    def _lookAround(self) -> None:
        """Somebody is waited for. End what is stuck, and ask for a sign of life after a long silence."""
        now = self.serving.clock.seconds()
        for exchange in list(self._exchanges.values()):
            if exchange.waits and now - exchange.since >= SLOW_TIMEOUT:
                self._lose(exchange.number, Failure(TimeoutError()))
                self.out.reset(exchange.number, ErrorCodes.CANCEL)
        if self._closed or not self._exchanges:
            return
        if now - self._heard >= IDLE_TIMEOUT:
            self._asked = True
            with self.out:
                self._frames.ping(b"are you?")
        self._deadline.wait(SIGN_TIMEOUT)

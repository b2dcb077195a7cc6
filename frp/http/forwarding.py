"""The reverse proxy: a request goes to a service, its response comes back."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IPushProducer
from twisted.python.failure import Failure
from zope.interface import implementer

from frp.errors import FRPError, RemoteWireError, Unavailable
from frp.http.exchange import IExchange, IReceiver
from frp.http.gunzip import Gunzip
from frp.http.pool import Pool
from frp.http.rewriting import Rewritten, Rules, connecting
from frp.http.upstream import AnswerTimeout, IResponder, Upstream
from frp.interfaces import IStream
from frp.logs import Log
from frp.session.deadline import Deadline
from frp.values import define
from frp.wire.http.connection import removeHopByHop, upgrade
from frp.wire.http.fields import Fields
from frp.wire.http.framing import CHUNKED
from frp.wire.http.head import ResponseHead
from frp.wire.http.target import Target

__all__ = ["Destination", "Dial", "Tunnel", "badGateway", "connect", "forward"]

#: What can be asked twice without harm.
_SAFE = frozenset((b"GET", b"HEAD", b"OPTIONS", b"TRACE"))

#: Seconds in which a service says that it wants the body for which a user waits to be asked (C{Expect}). Many never say
#: so, and the user waits for as long as it pleases.
EXPECT_TIMEOUT = 0.2

#: Connects a protocol to the service, for this exchange. Fails with L{FRPError}, or an error of Twisted.
Dial = Callable[[Any, IExchange], Deferred[Any]]

#: Joins a user that has changed the protocol with its service: gets the user's transport and what it has sent already,
#: then the same of the service. Both are paused.
Tunnel = Callable[[IStream, bytes, IStream, bytes], object]


def badGateway(exchange: IExchange, error: FRPError) -> None:
    """Tell the user that the service failed, in a status alone: 504 when it took too long, else 502."""
    exchange.reply(504 if isinstance(error, AnswerTimeout) else 502)


@define(eq=False)
class Destination:
    """
    Where the requests of a route go.

    @ivar key: connections of the same key serve any exchange of this destination.
    @ivar failed: answers in place of the service, which did not, or has answered nonsense.
    @ivar timeout: seconds in which a response begins.
    """

    pool: Pool
    dial: Dial
    rules: Rules
    tunnel: Tunnel
    log: Log
    key: Hashable = None
    failed: Callable[[IExchange, FRPError], object] = badGateway
    timeout: float = 60


def forward(exchange: IExchange, target: Target, destination: Destination) -> None:
    """
    Answer with what a service says.

    @param target: of the exchange's head.
    """
    _Forwarding(exchange, destination, destination.rules.outgoing(exchange, target)).begin()


def connect(exchange: IExchange, destination: Destination) -> None:
    """
    Pass a C{CONNECT} on. It is the service that says yes or no, and only behind its yes the bytes of user and service
    are theirs: a service that is no proxy would take them for requests that nobody has looked at. What the user has
    sent by then, which the reference loses, comes after the yes.
    """
    if not exchange.canTakeOver:
        exchange.reply(501)
    elif exchange.length != 0:
        exchange.reply(400)
    else:
        _Forwarding(exchange, destination, connecting(exchange.head)).dial()


@implementer(IReceiver, IResponder, IPushProducer)
class _Forwarding:
    """One exchange on its way."""

    __slots__ = (
        "_destination",
        "_exchange",
        "_expecting",
        "_gunzip",
        "_outgoing",
        "_packedEnd",
        "_registered",
        "_tried",
        "_upstream",
    )

    def __init__(self, exchange: IExchange, destination: Destination, outgoing: Rewritten) -> None:
        self._exchange = exchange
        self._destination = destination
        self._outgoing = outgoing
        self._upstream: Upstream | None = None
        self._expecting: Deadline | None = None  # the user waits to be asked for the body
        self._gunzip: Gunzip | None = None
        self._packedEnd = False  # all that is packed has come
        self._registered = False  # whether the exchange holds us up
        self._tried = False

    # To the service

    def begin(self) -> None:
        destination = self._destination
        upstream = destination.pool.take(destination.key)
        if upstream is None:
            self.dial()
        else:
            self._send(upstream)

    def dial(self) -> None:
        """Make a new connection."""
        destination = self._destination
        pool = destination.pool
        upstream = Upstream(pool.clock, pool.put, pool.forget, destination.key)
        dialled = destination.dial(upstream, self._exchange)
        dialled.addCallbacks(self._dialled, self._notDialled, callbackArgs=(upstream,))
        dialled.addErrback(self._broken)

    def _dialled(self, _: object, upstream: Upstream) -> None:
        if self._exchange.over:
            self._destination.pool.put(upstream)
            self._exchange.abort()
        else:
            self._send(upstream)

    def _notDialled(self, failure: Failure) -> None:
        error = failure.value
        if not isinstance(error, FRPError):
            error = Unavailable("the service cannot be reached", f"the service cannot be reached: {error}")
        self._fail(error)

    def _broken(self, failure: Failure) -> None:
        """A mistake of ours, in a callback that nobody else hears of."""
        self._destination.log.failure("{exchange} failed", failure, exchange=self._exchange)
        self._exchange.abort()

    def _send(self, upstream: Upstream) -> None:
        exchange, outgoing = self._exchange, self._outgoing
        self._upstream = upstream
        upstream.request(outgoing.method, outgoing.head, exchange.length, self, self._destination.timeout)
        if exchange.length != 0:
            upstream.registerProducer(exchange, True)
        if not self._tried:
            self._tried = True
            if b"expect" in exchange.head.fields and exchange.length != 0:
                self._expecting = Deadline(self._destination.pool.clock, self._askForBody)
                self._expecting.wait(EXPECT_TIMEOUT)
            exchange.receive(self)
        if exchange.length != 0 and self._upstream is upstream:
            upstream.flush()

    def _askForBody(self) -> None:
        self._expecting = None
        self._exchange.inform(100)

    def _unexpect(self) -> None:
        """The user need not be asked."""
        expecting, self._expecting = self._expecting, None
        if expecting is not None:
            expecting.stop()

    def bodyReceived(self, data: bytes) -> None:
        if self._expecting is not None:
            self._unexpect()
        if self._upstream is not None:
            self._upstream.write(data)

    def bodyEnded(self, trailers: Fields | None) -> None:
        if self._upstream is not None:
            if trailers is not None:
                self._destination.rules.clean(trailers)
            self._upstream.finish(trailers)

    def exchangeLost(self, reason: Failure) -> None:
        self._unexpect()
        upstream, self._upstream = self._upstream, None
        if upstream is not None:
            upstream.abort()

    # Back to the user

    def informed(self, head: ResponseHead) -> None:
        if head.status == 100:
            self._unexpect()
        removeHopByHop(head.fields)
        head.fields.remove(b"content-length")
        self._exchange.inform(head.status, head.fields)

    def responded(self, head: ResponseHead) -> None:
        outgoing = self._outgoing
        if self._expecting is not None:
            self._unexpect()
        if head.status == 101:
            self._switch(head)
            return
        if outgoing.method == b"CONNECT" and head.status < 300:
            self._connect(head)
            return
        framing = head.framing(outgoing.method)
        fields = self._destination.rules.incoming(head, framing == CHUNKED, outgoing.method)
        if outgoing.unpacks and framing:
            coding = fields.get(b"content-encoding")
            if coding is not None and coding.lower() == b"gzip":
                fields.remove(b"content-encoding", b"content-length")
                self._gunzip = Gunzip(self._exchange.write)
        self._exchange.answer(head.status, fields, head.reason)
        if self._gunzip is not None:
            # A single read may swell up to a thousand times its size.
            self._registered = True
            self._exchange.registerProducer(self, True)

    def responseReceived(self, data: bytes) -> None:
        if self._gunzip is None:
            self._exchange.write(data)
        else:
            self._unpack(self._gunzip, data)

    def responsePaused(self) -> None:
        self._exchange.flush()
        if not self._registered:
            self._registered = True
            self._exchange.registerProducer(self, True)

    def responseEnded(self, trailers: Fields | None) -> None:
        self._upstream = None
        gunzip = self._gunzip
        if gunzip is not None:
            self._packedEnd = True
            if gunzip.waiting:
                return
            try:
                gunzip.end()
            except RemoteWireError as error:
                self._cut(error)
                return
        self._finish(trailers)

    def _finish(self, trailers: Fields | None) -> None:
        if self._registered:
            self._registered = False
            self._exchange.unregisterProducer()
        self._exchange.finish(trailers)

    def requestFailed(self, error: FRPError, unheard: bool) -> None:
        self._upstream = None
        self._unexpect()
        if unheard and self._exchange.length == 0 and self._outgoing.method in _SAFE:
            # Only a connection that was used before says so: this ends with a new one.
            self.dial()
        elif self._exchange.answered:
            self._cut(error)
        else:
            self._fail(error)

    def _fail(self, error: FRPError) -> None:
        """There is no response."""
        exchange = self._exchange
        exchange.explain(error.detail)
        if exchange.over:
            exchange.abort()
        else:
            self._destination.failed(exchange, error)

    def _cut(self, error: FRPError) -> None:
        """The response breaks off, and the user must see that it does."""
        self._exchange.explain(error.detail)
        self._destination.log.info(
            "{exchange}: the response breaks off: {reason}", exchange=self._exchange, reason=error.detail
        )
        self._exchange.abort()

    # Compressed by our doing

    def _unpack(self, gunzip: Gunzip, data: bytes) -> bool:
        """@return: whether it could be unpacked."""
        try:
            gunzip.receive(data)
        except RemoteWireError as error:
            upstream, self._upstream = self._upstream, None
            if upstream is not None:
                upstream.abort()
            self._cut(error)
            return False
        return True

    def pauseProducing(self) -> None:
        if self._gunzip is not None:
            self._gunzip.paused = True
        if self._upstream is not None:
            self._upstream.pauseProducing()

    def resumeProducing(self) -> None:
        """The user wants more: first what is unpacked from before."""
        gunzip = self._gunzip
        if gunzip is not None:
            gunzip.paused = False
            if not self._unpack(gunzip, b"") or gunzip.paused:
                return
            if self._packedEnd:
                self.responseEnded(None)
        if self._upstream is not None:
            self._upstream.resumeProducing()

    def stopProducing(self) -> None:
        """The user is gone; L{exchangeLost} says so, too."""

    # Another protocol

    def _connect(self, head: ResponseHead) -> None:
        """A yes has no body (RFC 9110, section 9.3.6); what has one is a page of somebody who is no proxy."""
        fields = head.fields
        if b"transfer-encoding" in fields or (fields.get(b"content-length") or b"0").strip(b"0"):
            self._noSwitch("the service answers CONNECT with a page")
        else:
            self._join(head.status, Fields())

    def _switch(self, head: ResponseHead) -> None:
        asked, given = self._outgoing.upgrade, upgrade(head)
        if asked is None or given is None or asked.lower() != given.lower():
            self._noSwitch(f"the service switches to the protocol {given!r} when {asked!r} was asked for")
            return
        for name, value in self._destination.rules.response:
            head.fields.set(name, value)
        self._join(101, head.fields)

    def _noSwitch(self, text: str) -> None:
        upstream, self._upstream = self._upstream, None
        assert upstream is not None, "somebody has answered"
        upstream.abort()
        self._fail(Unavailable("the service does not speak HTTP", text))

    def _join(self, status: int, fields: Fields) -> None:
        """User and service speak with each other from here, behind this head."""
        upstream, self._upstream = self._upstream, None
        assert upstream is not None, "somebody has answered"
        stream, first = upstream.takeOver()
        user, rest = self._exchange.takeOver(status, fields)
        self._destination.tunnel(user, rest, stream, first)

"""
From a carrier, which is any stream of bytes between frpc and frps, to a session: frp's own byte, TLS, and yamux, in
this order.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

import attrs
from twisted.internet.defer import Deferred, succeed
from twisted.internet.interfaces import IAddress, IProtocol, IProtocolFactory, IReactorTime, IStreamClientEndpoint
from twisted.internet.protocol import Factory, Protocol
from twisted.python.failure import Failure

from frp.errors import FRPError
from frp.interfaces import Claim, IDialSite, ISession, ISharedPort, IStream, ITLSSide
from frp.logs import Log
from frp.session.carrier import answer, carrierOf
from frp.session.deadline import Later
from frp.session.greeting import handOver
from frp.session.muxed import MuxedSession
from frp.session.plain import PlainSession
from frp.session.turnstile import Turnstile
from frp.sockets.tls import TLSLayer, startTLS
from frp.sockets.tlsends import TLSEndpoint
from frp.transports.port import SNIFF_TIMEOUT, SharedPort
from frp.values import define
from frp.wire.address import hostPort
from frp.wire.sniff import CUSTOM_TLS, WANTS_TLS, isTLS

if TYPE_CHECKING:
    from frp.config.server import ServerConfig

__all__ = ["Carriers", "TLSEndpoint", "answer", "carrierOf", "secured", "sessionOver"]


def secured(endpoint: IStreamClientEndpoint, site: IDialSite) -> IStreamClientEndpoint:
    """@return: the same over TLS, if it is on."""
    if site.tls is None:
        return endpoint
    customByte = not site.config.transport.tls.disableCustomTLSFirstByte
    return TLSEndpoint(endpoint, site.tls, site.reactor, customByte, site.turnstile)


def sessionOver(endpoint: IStreamClientEndpoint, site: IDialSite) -> Deferred[ISession]:
    """
    frpc's session over an endpoint that reaches the server with TLS already done.

    @return: with C{tcpMux} the session has a carrier when this fires; without, each stream dials, and the first one
        tells whether the server is there.
    """
    transport = site.config.transport
    if not transport.tcpMux:
        return succeed(PlainSession(endpoint))

    def carried(carrier: IStream) -> ISession:
        session = MuxedSession(site.reactor, site.log, client=True, keepalive=transport.tcpMuxKeepaliveInterval)
        handOver(carrier, session)
        return session

    return carrierOf(endpoint).addCallback(carried)


@define(eq=False)
class Carriers(Factory):
    """
    frps' side, a step at a time: a carrier is taken, its first byte says whether it shakes hands, and what is inside is
    served. A slow peer is in nobody's way.

    @ivar answer: builds the protocol that gets the bytes after TLS; its argument is the carrier's transport.
    @ivar turnstile: where those wait who shake hands, so that a crowd of them is in nobody's way either.
    """

    clock: IReactorTime
    config: ServerConfig
    side: ITLSSide
    answer: Callable[[IStream], IProtocol | None]
    log: Log
    turnstile: Turnstile = attrs.field(default=attrs.Factory(lambda self: Turnstile(self.clock), takes_self=True))
    _withinTLS: SharedPort | None = attrs.field(default=None, init=False)

    noisy = False

    @property
    def withinTLS(self) -> ISharedPort:
        """Until somebody asks for it, what comes out of TLS is not looked at."""
        shared = self._withinTLS
        if shared is None:
            self._withinTLS = shared = SharedPort(self.clock, self.log)
            shared.claim(Claim("frp", priority=9, need=1, matches=lambda first: True, answer=self.secured))
        return shared

    @property
    def secured(self) -> IProtocolFactory:
        """Answers what comes out of TLS."""
        return Factory.forProtocol(partial(_Opened, self))

    def buildProtocol(self, addr: IAddress | None) -> Protocol:
        return _FirstByte(self)

    def shakeHands(self, carrier: IStream, data: bytes) -> None:
        """A carrier has begun with TLS."""
        said = data[1:] if data[0] == CUSTOM_TLS else data
        layer = startTLS(carrier, self.side, self.clock, leftover=said, turnstile=self.turnstile)
        layer.ready.addCallbacks(self._secured, self._failed, errbackArgs=(carrier,))

    def _secured(self, layer: TLSLayer) -> None:
        if self._withinTLS is None:
            self.serve(layer)
        else:
            answer(self._withinTLS, layer)

    def _failed(self, failure: Failure, carrier: IStream) -> None:
        failure.trap(FRPError)
        self.log.warn("TLS with {peer} failed: {reason}", peer=hostPort(carrier.getPeer()), reason=str(failure.value))

    def refuse(self, carrier: IStream) -> None:
        """A carrier has begun without TLS, where it must not."""
        self.log.warn(
            "non-TLS connection received on a TlsOnly server: {peer} is closed", peer=hostPort(carrier.getPeer())
        )
        # Whoever reads this instead of an answer learns more than from a connection that just ends.
        carrier.write(WANTS_TLS)
        carrier.loseConnection()

    def serve(self, carrier: IStream, rest: bytes = b"") -> None:
        """The TLS of a carrier is done, or it has none."""
        protocol = self.answer(carrier)
        if protocol is None:
            carrier.abortConnection()
        else:
            handOver(carrier, protocol, rest)


class _FirstByte(Protocol):
    """
    A carrier whose first byte decides on TLS. It comes with that byte from a shared port, and without it from a
    transport that listens by itself: there it has as long as it would have on the other.
    """

    transport: IStream

    def __init__(self, carriers: Carriers) -> None:
        self._carriers = carriers
        self._patience = Later(carriers.clock)

    def connectionMade(self) -> None:
        self._patience.set(SNIFF_TIMEOUT, self._timedOut)

    def _timedOut(self) -> None:
        self._carriers.log.info(
            "a connection from {peer} is closed: it sent nothing in {seconds} s",
            peer=hostPort(self.transport.getPeer()),
            seconds=SNIFF_TIMEOUT,
        )
        self.transport.abortConnection()

    def connectionLost(self, reason: Failure | None = None) -> None:
        self._patience.stop()

    def dataReceived(self, data: bytes) -> None:
        self._patience.stop()
        carriers = self._carriers
        if isTLS(data):
            carriers.shakeHands(self.transport, data)
        elif carriers.config.transport.tls.force:
            carriers.refuse(self.transport)
        else:
            carriers.serve(self.transport, data)


class _Opened(_FirstByte):
    """A carrier out of TLS, which nobody has claimed there."""

    def dataReceived(self, data: bytes) -> None:
        self._patience.stop()
        self._carriers.serve(self.transport, data)

"""
From a carrier, which is any stream of bytes between frpc and frps, to a session: frp's own byte, TLS, and yamux, in
this order.
"""

from __future__ import annotations

from collections.abc import Callable

import attrs
from twisted.internet.defer import Deferred, succeed
from twisted.internet.interfaces import IAddress, IProtocol, IReactorTime, IStreamClientEndpoint
from twisted.internet.protocol import Factory, Protocol
from twisted.python.failure import Failure

from frp.config.server import ServerConfig
from frp.errors import FRPError
from frp.interfaces import IDialSite, ISession, IStream, ITLSSide
from frp.logs import Log
from frp.session.carrier import answer, carrierOf
from frp.session.greeting import handOver
from frp.session.muxed import MuxedSession
from frp.session.plain import PlainSession
from frp.sockets.tls import TLSLayer, startTLS
from frp.sockets.tlsends import TLSEndpoint
from frp.wire.address import hostPort
from frp.wire.sniff import CUSTOM_TLS, WANTS_TLS, isTLS

__all__ = ["Carriers", "TLSEndpoint", "answer", "carrierOf", "sessionOver"]


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


@attrs.frozen
class Carriers(Factory):
    """
    frps' side: what answers a carrier. Looks at its first byte, does TLS where the client does, and serves the session
    on it.

    @ivar answer: builds the protocol that gets the bytes after TLS; its argument is the carrier's transport.
    """

    clock: IReactorTime
    config: ServerConfig
    side: ITLSSide
    answer: Callable[[IStream], IProtocol | None]
    log: Log

    noisy = False

    def buildProtocol(self, addr: IAddress | None) -> Protocol:
        return _FirstByte(self)


class _FirstByte(Protocol):
    """
    A carrier whose first byte decides on TLS. It has its deadline from the shared port, or from the transport that made
    it.
    """

    transport: IStream

    def __init__(self, carriers: Carriers) -> None:
        self._carriers = carriers

    def dataReceived(self, data: bytes) -> None:
        carriers = self._carriers
        if isTLS(data):
            if data[0] == CUSTOM_TLS:
                data = data[1:]
            layer = startTLS(self.transport, carriers.side, carriers.clock, leftover=data)
            layer.ready.addCallbacks(self._secured, self._failed)
        elif carriers.config.transport.tls.force:
            carriers.log.warn(
                "non-TLS connection received on a TlsOnly server: {peer} is closed",
                peer=hostPort(self.transport.getPeer()),
            )
            # Whoever reads this instead of an answer learns more than from a connection that just ends.
            self.transport.write(WANTS_TLS)
            self.transport.loseConnection()
        else:
            self._answer(self.transport, data)

    def _secured(self, layer: TLSLayer) -> None:
        self._answer(layer)

    def _answer(self, carrier: IStream, rest: bytes = b"") -> None:
        protocol = self._carriers.answer(carrier)
        if protocol is None:
            carrier.abortConnection()
        else:
            handOver(carrier, protocol, rest)

    def _failed(self, failure: Failure) -> None:
        failure.trap(FRPError)
        self._carriers.log.warn(
            "TLS with {peer} failed: {reason}", peer=hostPort(self.transport.getPeer()), reason=str(failure.value)
        )

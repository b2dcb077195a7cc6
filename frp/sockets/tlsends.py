"""Both ends of connections that begin with TLS: what dials them, and what answers them."""

from __future__ import annotations

from collections.abc import Callable

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IAddress, IProtocol, IProtocolFactory, IReactorTime, IStreamClientEndpoint
from twisted.internet.protocol import Factory, Protocol
from twisted.python.failure import Failure
from zope.interface import implementer

from frp.errors import FRPError
from frp.interfaces import IStream, ITLSSide, ITurnstile
from frp.session.carrier import answer, carrierOf
from frp.sockets.tls import HANDSHAKE_SECONDS, TLSLayer, startTLS
from frp.values import frozen
from frp.wire.sniff import CUSTOM_TLS

__all__ = ["TLSEndpoint", "TLSFactory"]


@implementer(IStreamClientEndpoint)
@frozen
class TLSEndpoint:
    """
    An endpoint whose connections are made over TLS; it fires when the handshake is done, and fails with what the
    handshake tells.

    @ivar customByte: say 0x17 first (C{disableCustomTLSFirstByte = false}), so that a shared port can tell frp's TLS
        from that of users.
    @ivar turnstile: as for L{startTLS<frp.sockets.tls.startTLS>}.
    """

    endpoint: IStreamClientEndpoint
    side: ITLSSide
    clock: IReactorTime
    customByte: bool = False
    turnstile: ITurnstile | None = None

    def connect(self, factory: IProtocolFactory) -> Deferred[IProtocol]:
        def carried(carrier: IStream) -> Deferred[TLSLayer]:
            if self.customByte:
                carrier.write(bytes([CUSTOM_TLS]))
            return startTLS(carrier, self.side, self.clock, turnstile=self.turnstile).ready

        def secured(layer: TLSLayer) -> IProtocol:
            return answer(factory, layer)

        return carrierOf(self.endpoint).addCallback(carried).addCallback(secured)


class TLSFactory(Factory):
    """Answers with TLS; what comes after the handshake is the inner factory's, which starts and stops with this one."""

    noisy = False

    def __init__(
        self,
        inner: IProtocolFactory,
        side: ITLSSide,
        clock: IReactorTime,
        failed: Callable[[FRPError], object],
        timeout: float = HANDSHAKE_SECONDS,
    ) -> None:
        """
        @param failed: gets what was wrong with a handshake.
        @param timeout: seconds for a handshake.
        """
        self._inner = inner
        self._side = side
        self._clock = clock
        self._failed = failed
        self._timeout = timeout

    def startFactory(self) -> None:
        self._inner.doStart()

    def stopFactory(self) -> None:
        self._inner.doStop()

    def buildProtocol(self, addr: IAddress | None) -> Protocol | None:
        assert addr is not None, "users come from somewhere"
        inner = self._inner.buildProtocol(addr)
        return None if inner is None else _Sealed(self, inner)

    def seal(self, transport: IStream, inner: IProtocol) -> None:
        """Shake hands, and connect the inner protocol after that."""
        layer = startTLS(transport, self._side, self._clock, inner, timeout=self._timeout)
        layer.source, layer.destination = transport.source, transport.destination
        layer.ready.addErrback(self._notSecured)

    def _notSecured(self, failure: Failure) -> None:
        failure.trap(FRPError)
        assert isinstance(failure.value, FRPError)
        self._failed(failure.value)


class _Sealed(Protocol):
    """A connection before its handshake."""

    transport: IStream

    def __init__(self, factory: TLSFactory, inner: IProtocol) -> None:
        self._factory = factory
        self._inner = inner

    def connectionMade(self) -> None:
        self._factory.seal(self.transport, self._inner)

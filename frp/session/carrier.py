"""Connections that are dialled before it is known what speaks on them."""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IProtocol, IProtocolFactory, IStreamClientEndpoint
from twisted.internet.protocol import Factory, Protocol

from frp.errors import LocalWireError
from frp.interfaces import IStream
from frp.session.greeting import handOver

__all__ = ["answer", "carrierOf"]


class _Dialled(Protocol):
    """Answers a connection for as long as nobody has it."""

    transport: IStream


_DIALLED = Factory.forProtocol(_Dialled)
_DIALLED.noisy = False


def carrierOf(endpoint: IStreamClientEndpoint) -> Deferred[IStream]:
    """Connect. Who gets the stream joins it, or gives it a protocol, at once: nothing has been read then."""
    dialled: Deferred[Any] = endpoint.connect(_DIALLED)
    return dialled.addCallback(_transportOf)


def _transportOf(dialled: _Dialled) -> IStream:
    return dialled.transport


def answer(factory: IProtocolFactory, carrier: IStream, rest: bytes = b"") -> IProtocol:
    """
    Give a connected stream to a new protocol of the factory.

    @param rest: what came for it already.
    @raise LocalWireError: the factory makes none; the stream is ended.
    """
    protocol = factory.buildProtocol(carrier.getPeer())
    if protocol is None:
        carrier.abortConnection()
        raise LocalWireError("nobody answers the connection")
    handOver(carrier, protocol, rest)
    return protocol

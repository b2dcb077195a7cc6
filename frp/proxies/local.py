"""
frpc's half of every proxy that passes streams on to a local service.
"""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IStreamClientEndpoint
from twisted.internet.protocol import Factory, Protocol
from twisted.python.failure import Failure
from zope.interface import implementer

from frp.config.proxy import ProxyConfig
from frp.errors import FRPError, LocalWireError
from frp.interfaces import IClientProxy, IClientSite, IStream
from frp.wire.messages import StartWorkConn
from frp.wire.proxyprotocol import encode

__all__ = ["LocalService"]


class _Local(Protocol):
    """A connection to the service that has just been made. It is joined in the same turn, before anything is read."""

    transport: IStream


_FACTORY = Factory.forProtocol(_Local)
_FACTORY.noisy = False


@implementer(IClientProxy)
class LocalService:
    """
    Each work stream gets a connection of its own to C{localIP:localPort}.
    """

    def __init__(self, config: ProxyConfig, site: IClientSite) -> None:
        self._config = config
        self._site = site
        self._endpoint: IStreamClientEndpoint = site.local(config.localIP, config.localPort)

    def open(self) -> None:
        """As L{IClientProxy.open<frp.interfaces.IClientProxy.open>}: the service is looked for when there is a user."""

    def serve(self, stream: IStream, start: StartWorkConn, rest: bytes) -> None:
        """As L{IClientProxy.serve<frp.interfaces.IClientProxy.serve>}."""
        dialled: Deferred[Any] = self._endpoint.connect(_FACTORY)
        dialled.addCallbacks(self._join, self._down, callbackArgs=(stream, start, rest), errbackArgs=(stream,))

    def _join(self, local: _Local, stream: IStream, start: StartWorkConn, rest: bytes) -> None:
        version = self._config.transport.proxyProtocolVersion
        if version and start.src_addr and start.src_port:
            try:
                header = encode(
                    version, (start.src_addr, start.src_port), (start.dst_addr or "127.0.0.1", start.dst_port)
                )
            except LocalWireError as error:
                self._site.log.warn("write proxy protocol header to local conn error: {reason}", reason=error.detail)
                local.transport.abortConnection()
                stream.abortConnection()
                return
            local.transport.write(header)
        self._site.join(stream, local.transport, rest)

    def _down(self, failure: Failure, stream: IStream) -> None:
        # A reset, not an orderly end: the user's connection closes at once, and nothing of it can be lost.
        stream.abortConnection()
        failure.trap(FRPError)
        self._site.log.error(
            "connect to local service [{host}:{port}] error: {reason}",
            host=self._config.localIP,
            port=self._config.localPort,
            reason=str(failure.value),
        )

    def close(self) -> None:
        """As L{IClientProxy.close<frp.interfaces.IClientProxy.close>}: nothing is held between users."""

"""frpc's half of every proxy that passes streams on: to a local service, or to a plugin in its place."""

from __future__ import annotations

from copy import copy

from twisted.internet.interfaces import IProtocolFactory, IStreamClientEndpoint
from twisted.python.failure import Failure
from zope.interface import implementer

from frp.config.proxy import ProxyConfig
from frp.errors import FRPError, LocalWireError
from frp.interfaces import IClientProxy, IClientSite, IStream
from frp.session.carrier import carrierOf
from frp.wire.address import authority
from frp.wire.messages import StartWorkConn
from frp.wire.proxyprotocol import encode

__all__ = ["LocalService"]


@implementer(IClientProxy)
class LocalService:
    """
    Each work stream gets a connection of its own to C{localEndpoint}, or to C{localIP:localPort}; or a protocol of the
    plugin.
    """

    def __init__(self, config: ProxyConfig, site: IClientSite) -> None:
        self._config = config
        self._site = site
        endpoint = site.local(config.localIP, config.localPort)
        self._endpoint: IStreamClientEndpoint = endpoint if config.plugin is not None else site.service(endpoint)
        self._plugin: IProtocolFactory | None = None

    def by(self, site: IClientSite) -> LocalService:
        """@return: the same service, for streams that another site joins with it; this one opens and closes it."""
        other = copy(self)
        other._site = site
        return other

    def open(self) -> None:
        """The service is looked for when there is a user."""
        config = self._config
        if self._plugin is not None:
            # The proxy was withdrawn while its service was down. The plugin was not, nor what it holds.
            return
        if config.plugin is not None:
            plugin = self._site.plugin(config)
            plugin.doStart()
            self._plugin = plugin
        elif config.localEndpoint:
            self._endpoint = self._site.service(self._site.endpoint(config.localEndpoint))

    def serve(self, stream: IStream, start: StartWorkConn, rest: bytes) -> None:
        if self._plugin is not None:
            protocol = self._plugin.buildProtocol(stream.getPeer())
            if protocol is None:
                stream.abortConnection()
            else:
                self._site.handOver(stream, protocol, rest, start)
            return
        carrierOf(self._endpoint).addCallbacks(
            self._join, self._down, callbackArgs=(stream, start, rest), errbackArgs=(stream,)
        )

    def _join(self, local: IStream, stream: IStream, start: StartWorkConn, rest: bytes) -> None:
        version = self._config.transport.proxyProtocolVersion
        if version and start.src_addr and start.src_port:
            try:
                header = encode(
                    version, (start.src_addr, start.src_port), (start.dst_addr or "127.0.0.1", start.dst_port)
                )
            except LocalWireError as error:
                self._site.log.warn("write proxy protocol header to local conn error: {reason}", reason=error.detail)
                local.abortConnection()
                stream.abortConnection()
                return
            local.write(header)
        self._site.join(stream, local, rest)

    def _down(self, failure: Failure, stream: IStream) -> None:
        # A reset, not an orderly end: the user's connection closes at once, and nothing of it can be lost.
        stream.abortConnection()
        failure.trap(FRPError)
        if self._config.localEndpoint:
            self._site.log.error("connect to local service error: {reason}", reason=str(failure.value))
            return
        self._site.log.error(
            "connect to local service [{where}] error: {reason}",
            where=authority(self._config.localIP, self._config.localPort),
            reason=str(failure.value),
        )

    def close(self) -> None:
        """Users that are being served live on."""
        plugin, self._plugin = self._plugin, None
        if plugin is not None:
            plugin.doStop()

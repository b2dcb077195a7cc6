"""Reaching the server over TCP: names, addresses, and what the socket is told."""

from __future__ import annotations

import errno
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.error import ConnectBindError, ConnectError, ConnectionRefusedError, DNSLookupError, TimeoutError
from twisted.internet.interfaces import IProtocol, IProtocolFactory, IStreamClientEndpoint
from twisted.python.failure import Failure
from zope.interface import implementer

from frp.errors import TunnelLost
from frp.interfaces import IDialSite
from frp.sockets.addresses import dialFault, endpointFor
from frp.transports.lookup import hostHint
from frp.values import frozen
from frp.wire.address import authority

__all__ = ["Dialled", "tcpEndpoint"]


def tcpEndpoint(site: IDialSite) -> IStreamClientEndpoint:
    """
    The endpoint for C{serverAddr:serverPort}, with the socket's options from the C{transport} table, through the proxy
    that C{transport.proxyURL} names.

    @raise ConfigError: C{transport.proxyURL} names no proxy that can be used.
    @raise TunnelLost: there is no such port. The rules of the configuration let it pass, as in the reference.
    """
    config = site.config
    host, port = config.serverAddr, config.serverPort
    if not 0 <= port <= 0xFFFF:
        raise TunnelLost(f"dial tcp: address {port}: invalid port")
    if not config.transport.proxyURL:
        # 0.0.0.0 and :: are what a file without serverAddr means; as a destination they reach this host, as with the
        # reference.
        return _endpoint(site, host, port, "is frps running, and is this its bindPort?")
    from frp.transports.outproxy import OutProxyEndpoint, serverProxy

    proxy = serverProxy(config.transport.proxyURL)
    endpoint = _endpoint(
        site,
        proxy.host,
        proxy.port,
        "is this the proxy of transport.proxyURL, or of the environment variable http_proxy?",
    )
    return OutProxyEndpoint(endpoint, proxy, host, port, site.reactor, config.transport.dialServerTimeout)


def _endpoint(site: IDialSite, host: str, port: int, whenRefused: str) -> IStreamClientEndpoint:
    transport = site.config.transport
    local = (transport.connectServerLocalIP, 0) if transport.connectServerLocalIP else None
    endpoint = endpointFor(site.reactor, host, port, transport.dialServerTimeout, local)
    return Dialled(
        endpoint, authority(host, port), whenRefused, transport.dialServerKeepalive, transport.connectServerLocalIP
    )


@implementer(IStreamClientEndpoint)
@frozen
class Dialled:
    """
    The same endpoint, towards a server or a proxy. Errors of Twisted and of the system become
    L{TunnelLost<frp.errors.TunnelLost>}, which says what to look at.

    @ivar address: what is dialled, as logs name it: C{host:port}, or the path of a socket.
    @ivar whenRefused: what to ask oneself where nothing listens, or there is no such socket.
    @ivar keepalive: seconds of silence before a TCP connection is probed, as in the C{transport} table.
    @ivar local: the address that the configuration dials from, if any.
    @ivar network: how logs name the way: C{tcp}, C{unix}.
    """

    endpoint: IStreamClientEndpoint
    address: str
    whenRefused: str
    keepalive: int = 0
    local: str = ""
    network: str = "tcp"

    def connect(self, factory: IProtocolFactory) -> Deferred[IProtocol]:
        return self.endpoint.connect(factory).addCallbacks(self._tune, self._explain)

    def _tune(self, protocol: Any) -> Any:
        protocol.transport.keepAlive(self.keepalive)
        return protocol

    def _explain(self, failure: Failure) -> Failure:
        if not failure.check(ConnectError, DNSLookupError):
            return failure
        hint = ""
        if failure.check(ConnectionRefusedError):
            hint = f"; nothing listens there: {self.whenRefused}"
        elif getattr(failure.value, "osError", None) == errno.ENOENT:
            hint = f"; there is no such socket: {self.whenRefused}"
        elif failure.check(DNSLookupError):
            hint = hostHint(self.address.rpartition(":")[0].strip("[]"))
        elif failure.check(ConnectBindError):
            hint = (
                f"; transport.connectServerLocalIP, {self.local}, is no address of this machine, or of another family"
            )
        elif failure.check(TimeoutError):
            hint = "; a firewall may drop the packets"
        brief = dialFault(self.address, failure, self.network)
        return Failure(TunnelLost(brief, f"{brief}{hint}"))

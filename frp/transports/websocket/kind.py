"""
The two kinds of transport. What they need when somebody dials, or comes, is imported then: frps always listens for
both.
"""

from __future__ import annotations

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IAddress, IProtocolFactory, IStreamClientEndpoint
from twisted.internet.protocol import Factory, Protocol
from zope.interface import implementer

from frp.interfaces import Claim, IDialSite, IListenSite, ISession, ISharedPort, ITunnelTransport
from frp.sockets.tlsside import clientContext
from frp.transports.carrier import TLSEndpoint, secured, sessionOver
from frp.transports.dial import tcpEndpoint
from frp.wire.address import authority
from frp.wire.sniff import WEBSOCKET

__all__ = ["WSS", "WebSocket"]

#: What to look at where nobody answers the request.
_PLAIN = 'is this the bindPort of frps, or does it want TLS (transport.protocol = "wss")?'
_WITHIN_TLS = "is there frps behind the TLS? That of Go needs a web server before it, which undoes the TLS of wss"


@implementer(ITunnelTransport)
class WebSocket:
    """An upgrade without TLS, on C{bindPort}. TLS, where it is on, stands within the frames."""

    def dial(self, site: IDialSite) -> Deferred[ISession]:
        config = site.config
        endpoint = _upgraded(tcpEndpoint(site), authority(config.serverAddr, config.serverPort), site, _PLAIN)
        return sessionOver(secured(endpoint, site), site)

    def listen(self, site: IListenSite) -> None:
        _claim(site.shared, site, site.carriers)


@implementer(ITunnelTransport)
class WSS:
    """
    An upgrade within TLS, which is on whatever the configuration says. The reference's frps needs something before it
    that undoes the TLS; ours does it by itself.
    """

    def dial(self, site: IDialSite) -> Deferred[ISession]:
        config = site.config
        side = site.tls or clientContext(config.transport.tls, config.serverAddr)
        # As in the reference the name has no port, though it may not be that of https.
        host = f"[{side.name}]" if ":" in side.name else side.name
        endpoint = TLSEndpoint(tcpEndpoint(site), side, site.reactor, turnstile=site.turnstile)
        return sessionOver(_upgraded(endpoint, host, site, _WITHIN_TLS), site)

    def listen(self, site: IListenSite) -> None:
        _claim(site.withinTLS, site, site.secured)


def _upgraded(endpoint: IStreamClientEndpoint, host: str, site: IDialSite, hint: str) -> IStreamClientEndpoint:
    from frp.transports.websocket.endpoint import WebSocketEndpoint

    config = site.config
    where = authority(config.serverAddr, config.serverPort)
    return WebSocketEndpoint(endpoint, host, where, site.reactor, config.transport.dialServerTimeout, hint)


def _claim(shared: ISharedPort, site: IListenSite, within: IProtocolFactory) -> None:
    """@param within: answers the streams."""
    answer = _Door(site, within)
    shared.claim(Claim("websocket", 0, len(WEBSOCKET), _asks, answer, could=WEBSOCKET.startswith))


def _asks(first: bytes) -> bool:
    return first.startswith(WEBSOCKET)


class _Door(Factory):
    """Answers whoever asks for a WebSocket."""

    noisy = False

    def __init__(self, site: IListenSite, within: IProtocolFactory) -> None:
        self._site = site
        self._within = within

    def buildProtocol(self, addr: IAddress | None) -> Protocol:
        from frp.transports.websocket.door import Upgrading

        return Upgrading(self._site.clock, self._site.log, self._within)

"""
C{transport.protocol = "quic"} and C{quicBindPort}: streams over UDP, where nobody waits for the lost bytes of others.
"""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import Deferred, succeed
from twisted.internet.error import CannotListenError
from twisted.internet.interfaces import IAddress, IListeningPort
from zope.interface import implementer

from frp.errors import ConfigError, TunnelLost
from frp.extras import lacks
from frp.interfaces import IDialSite, IListenSite, ISession, ITLSSide, ITunnelTransport
from frp.sockets.taken import bindFault, portTaken
from frp.transports.lookup import reached
from frp.wire.address import authority, dialable

__all__ = ["QUIC"]

#: What 0.0.0.0 and :: reach when they are dialled, as for TCP: this host.


@implementer(ITunnelTransport)
class QUIC:
    """
    One QUIC connection for each client, one stream of it for each logical connection. It has TLS inside itself:
    C{transport.tls.enable = false} only means that nobody shows certificates, as in the reference.
    """

    def dial(self, site: IDialSite) -> Deferred[ISession]:
        _need("transport.protocol")
        return Deferred.fromCoroutine(self._dial(site))

    async def _dial(self, site: IDialSite) -> ISession:
        from frp.transports.quic.dialling import dialled
        from frp.transports.quic.settings import settingsOf

        config = site.config
        host, port = config.serverAddr, config.serverPort
        if not 0 < port <= 0xFFFF:
            raise TunnelLost(f"dial udp: address {port}: invalid port")
        side = site.tls or _bare(site)
        table = config.transport.quic
        return await reached(
            site,
            dialable(host),
            lambda address: dialled(site, settingsOf(side, table), table, (address, port)),
        )

    def listen(self, site: IListenSite) -> None:
        config = site.config
        number = config.quicBindPort
        if number <= 0:
            return
        _need("quicBindPort")
        from frp.transports.quic.listening import Listening
        from frp.transports.quic.runs import ROOM
        from frp.transports.quic.settings import settingsOf

        table = config.transport.quic
        listening = Listening(site, lambda: settingsOf(site.tls, table), table)
        where = authority(config.bindAddr, number)
        try:
            port = site.reactor.listenUDP(number, listening, config.bindAddr or "0.0.0.0", ROOM)
        except CannotListenError as error:
            brief = f"listen on quic udp address {where} error: {bindFault(error)}"
            raise portTaken(brief, "bindAddr, quicBindPort", error, "udp") from None
        site.opened(_Port(listening, port), f"quic listen on {where}")


@implementer(IListeningPort)
class _Port:
    """
    What the server closes. Sessions live on when nobody is let in any more, and share the socket: it is closed with the
    last of them.
    """

    def __init__(self, listening: Any, port: IListeningPort) -> None:
        self._listening = listening
        self._port = port

    def startListening(self) -> None:
        """It does already."""

    def stopListening(self) -> Deferred[None]:
        self._listening.close()
        return succeed(None)

    def getHost(self) -> IAddress:
        return self._port.getHost()


def _need(key: str) -> None:
    """@raise ConfigError: aioquic is not there, or not the one that this was written for."""
    missing = lacks("quic")
    if missing:
        raise ConfigError(key, f"{key}: {missing}")


def _bare(site: IDialSite) -> ITLSSide:
    """The side of a client that shows no certificate, and takes any."""
    from frp.config.client import ClientTLSConfig
    from frp.sockets.tlsside import clientContext

    return clientContext(ClientTLSConfig(serverName=site.config.transport.tls.serverName), site.config.serverAddr)

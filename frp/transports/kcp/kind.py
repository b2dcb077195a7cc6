"""What is announced as C{kcp}."""

from __future__ import annotations

from twisted.internet.defer import Deferred
from twisted.internet.error import CannotListenError, ConnectionLost, ConnectionRefusedError
from zope.interface import implementer

from frp.errors import TunnelLost
from frp.interfaces import IDialSite, IListenSite, ISession, ITunnelTransport
from frp.wire.address import authority

__all__ = ["KCP"]


@implementer(ITunnelTransport)
class KCP:
    """
    Conversations with C{serverPort} by UDP; those that come to C{kcpBindPort}. What carries them is imported where
    there is one.

    C{transport.proxyURL} is for TCP, and is passed over. The reference would send its datagrams to the proxy.
    """

    def dial(self, site: IDialSite) -> Deferred[ISession]:
        from frp.transports.carrier import secured, sessionOver
        from frp.transports.kcp.dialling import KCPEndpoint
        from frp.transports.lookup import reached, unreached

        config = site.config
        if not 0 <= config.serverPort <= 0xFFFF:
            raise TunnelLost(f"dial udp: address {config.serverPort}: invalid port")

        def dial(host: str) -> Deferred[ISession]:
            def unheard(reason: Exception) -> Exception:
                site.silent.add(host)
                refused = isinstance(reason, ConnectionRefusedError)
                if refused or isinstance(reason, ConnectionLost):
                    return unreached(authority(host, config.serverPort), "kcpBindPort", refused=refused)
                return reason

            endpoint = KCPEndpoint(site.reactor, host, config.serverPort, unheard)
            return sessionOver(secured(endpoint, site), site)

        return Deferred.fromCoroutine(reached(site, config.serverAddr, dial))

    def listen(self, site: IListenSite) -> None:
        """@raise PortTaken: the system does not give C{kcpBindPort} away."""
        config = site.config
        if not config.kcpBindPort:
            return
        from frp.sockets.taken import bindFault, portTaken
        from frp.transports.kcp.exchange import LONGEST_DATAGRAM
        from frp.transports.kcp.listening import Listener

        where = authority(config.bindAddr, config.kcpBindPort)
        listener = Listener(site.clock, site.carriers, site.log)
        try:
            site.reactor.listenUDP(config.kcpBindPort, listener, config.bindAddr, LONGEST_DATAGRAM)
        except CannotListenError as error:
            brief = f"listen on kcp udp address {where} error: listen udp {where}: bind: {bindFault(error)}"
            raise portTaken(brief, "bindAddr, kcpBindPort", error, "udp") from error
        site.opened(listener, f"kcp listen on udp {where}")

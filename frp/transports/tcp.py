"""C{transport.protocol = "tcp"}: TCP, with TLS by default, multiplexed by default."""

from __future__ import annotations

from twisted.internet.defer import Deferred
from zope.interface import implementer

from frp.interfaces import Claim, IDialSite, IListenSite, ISession, ITunnelTransport
from frp.transports.carrier import secured, sessionOver
from frp.transports.dial import tcpEndpoint

__all__ = ["TCP"]


@implementer(ITunnelTransport)
class TCP:
    """Direct connections to C{serverPort}; all that no other claim on the shared port wants."""

    def dial(self, site: IDialSite) -> Deferred[ISession]:
        return sessionOver(secured(tcpEndpoint(site), site), site)

    def listen(self, site: IListenSite) -> None:
        site.shared.claim(Claim("frp", priority=9, need=1, matches=lambda first: True, answer=site.carriers))

"""
C{transport.protocol = "tcp"}: TCP, with TLS by default, multiplexed by default.
"""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import Deferred
from zope.interface import implementer

from frp.interfaces import ISession, ITunnelTransport
from frp.transports.carrier import TLSEndpoint, sessionOver
from frp.transports.dial import tcpEndpoint
from frp.transports.port import Claim
from frp.transports.sites import DialSite, ListenSite

__all__ = ["TCP"]


@implementer(ITunnelTransport)
class TCP:
    """Direct connections to C{serverPort}; all that no other claim on the shared port wants."""

    def dial(self, site: DialSite) -> Deferred[ISession]:
        """As L{ITunnelTransport.dial<frp.interfaces.ITunnelTransport.dial>}."""
        endpoint: Any = tcpEndpoint(site)
        if site.tls is not None:
            customByte = not site.config.transport.tls.disableCustomTLSFirstByte
            endpoint = TLSEndpoint(endpoint, site.tls, site.reactor, customByte)
        return sessionOver(endpoint, site)

    def listen(self, site: ListenSite) -> None:
        """As L{ITunnelTransport.listen<frp.interfaces.ITunnelTransport.listen>}."""
        site.shared.claim(Claim("frp", priority=9, need=1, matches=lambda first: True, answer=site.carriers))

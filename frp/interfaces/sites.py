"""What the sites have in common: a I{site} is all that a kind, or a thing that it made, may ask of its service."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twisted.internet.interfaces import IReactorTime, IStreamClientEndpoint
from zope.interface import Attribute, Interface

from frp.interfaces.reactor import IReactor
from frp.logs import Log

if TYPE_CHECKING:
    from twisted.internet.defer import Deferred

__all__ = ["ILocalSite", "IReachingSite", "ISite"]


class ISite(Interface):
    """Every site."""

    clock: IReactorTime = Attribute("the time")
    log: Log = Attribute("a logger that knows whose site it is: the client, the proxy, the visitor")


class IReachingSite(ISite):
    """The site of something that may reach others over the network."""

    reactor: IReactor = Attribute("the reactor, which is the clock as well")


class ILocalSite(ISite):
    """The site of something on frpc that reaches local services."""

    datagramSize: int = Attribute("bytes of a datagram that a proxy passes on: C{udpPacketSize}")

    def local(host: str, port: int) -> IStreamClientEndpoint:
        """@return: for a local service; its failures are L{LocalServiceDown<frp.errors.LocalServiceDown>}."""

    def endpoint(description: str) -> IStreamClientEndpoint:
        """
        @param description: as for Twisted's L{clientFromString<twisted.internet.endpoints.clientFromString>}.
        @return: its failures are L{LocalServiceDown<frp.errors.LocalServiceDown>}.
        @raise frp.errors.LocalServiceDown: the description means nothing.
        """

    def resolve(host: str) -> Deferred[str]:
        """
        @param host: a name or an IP address.
        @return: its IP address; fails with L{LocalServiceDown<frp.errors.LocalServiceDown>}.
        """

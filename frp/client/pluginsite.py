"""
What frpc gives to a client plugin: ways to others, and joining users with them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twisted.internet.defer import Deferred
from twisted.internet.error import CannotListenError
from twisted.internet.interfaces import IStreamClientEndpoint
from twisted.internet.protocol import DatagramProtocol
from zope.interface import implementer

from frp.client.senders import Senders
from frp.errors import PortTaken
from frp.interfaces import IClientPluginSite, IStream
from frp.joining.splice import directly
from frp.logs import Log
from frp.transports.port import bindFault
from frp.wire.address import authority
from frp.wire.proxyprotocol import encode

if TYPE_CHECKING:
    from frp.client.site import ClientSite

__all__ = ["PluginSite"]

#: Seconds for a connection. It may lead further than one to a local service.
DIAL_TIMEOUT = 30

#: More than the longest datagram of UDP.
_WHOLE = 1 << 16


@implementer(IClientPluginSite)
class PluginSite:
    """The view of one proxy's plugin."""

    def __init__(self, site: ClientSite, reactor: Any, version: str, senders: Senders) -> None:
        """
        @param version: of the PROXY protocol; empty where it is not wanted.
        """
        self.reactor = reactor
        self.clock = site.clock
        self.log: Log = site.log
        self.datagramSize: int = site.datagramSize
        self._site = site
        self._senders = senders
        self._version = version

    def local(self, host: str, port: int) -> IStreamClientEndpoint:
        """As L{IClientPluginSite.local<frp.interfaces.IClientPluginSite.local>}."""
        return self._site.local(host, port, DIAL_TIMEOUT)

    def endpoint(self, description: str) -> IStreamClientEndpoint:
        """As L{IClientPluginSite.endpoint<frp.interfaces.IClientPluginSite.endpoint>}."""
        return self._site.endpoint(description)

    def resolve(self, host: str) -> Deferred[str]:
        """As L{IClientPluginSite.resolve<frp.interfaces.IClientPluginSite.resolve>}."""
        return self._site.resolve(host)

    def join(self, user: IStream, local: IStream, rest: bytes = b"") -> None:
        """As L{IClientPluginSite.join<frp.interfaces.IClientPluginSite.join>}."""
        if rest:
            user.unread(rest)
        directly(local, user, clock=self.clock, log=self.log)

    def header(self, user: IStream) -> bytes:
        """As L{IClientPluginSite.header<frp.interfaces.IClientPluginSite.header>}."""
        source, reached = user.source, user.destination
        if not self._version or source is None:
            return b""
        destination = (reached.host, reached.port) if reached is not None else ("127.0.0.1", 0)
        return encode(self._version, (source.host, source.port), destination)

    def bind(self, host: str, port: int, protocol: DatagramProtocol) -> None:
        """As L{IClientPluginSite.bind<frp.interfaces.IClientPluginSite.bind>}."""
        try:
            self.reactor.listenUDP(port, protocol, host, _WHOLE)
        except CannotListenError as error:
            where = authority(host, port)
            raise PortTaken(f"listen udp {where}: bind: {bindFault(error)}") from error

    def sender(self, port: int) -> tuple[str, int] | None:
        """As L{IClientPluginSite.sender<frp.interfaces.IClientPluginSite.sender>}."""
        return self._senders.find(port)

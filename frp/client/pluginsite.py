"""
What frpc gives to a client plugin: ways to others, and joining users with them.
"""

from __future__ import annotations

from typing import cast

from twisted.internet.error import CannotListenError
from twisted.internet.protocol import DatagramProtocol
from zope.interface import implementer

from frp.client.localsite import LocalSite
from frp.client.parts import Parts
from frp.client.senders import Senders
from frp.errors import PortTaken
from frp.interfaces import IClientPluginSite, IReactor, IStream
from frp.joining.splice import directly
from frp.logs import Log
from frp.transports.port import bindFault
from frp.wire.address import authority
from frp.wire.proxyprotocol import encode

__all__ = ["PluginSite"]

#: More than the longest datagram of UDP.
_WHOLE = 1 << 16


@implementer(IClientPluginSite)
class PluginSite(LocalSite):
    """The view of one proxy's plugin. Its connections may lead further than those to a local service."""

    patience = 30

    def __init__(self, reactor: IReactor, log: Log, datagramSize: int, parts: Parts, version: str) -> None:
        """
        @param version: of the PROXY protocol; empty where it is not wanted.
        """
        super().__init__(reactor, log, datagramSize, parts)
        self._version = version

    def join(self, user: IStream, local: IStream, rest: bytes = b"") -> None:
        if rest:
            user.unread(rest)
        directly(local, user, clock=self.clock, log=self.log)

    def header(self, user: IStream) -> bytes:
        source, reached = user.source, user.destination
        if not self._version or source is None:
            return b""
        destination = (reached.host, reached.port) if reached is not None else ("127.0.0.1", 0)
        return encode(self._version, (source.host, source.port), destination)

    def bind(self, host: str, port: int, protocol: DatagramProtocol) -> None:
        try:
            self.reactor.listenUDP(port, protocol, host, _WHOLE)
        except CannotListenError as error:
            where = authority(host, port)
            raise PortTaken(f"listen udp {where}: bind: {bindFault(error)}") from error

    def sender(self, port: int) -> tuple[str, int] | None:
        return cast(Senders, self.part("senders")).find(port)

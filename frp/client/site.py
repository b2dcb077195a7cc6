"""
What frpc gives to its half of a proxy: local services, and joining them with work streams.
"""

from __future__ import annotations

from ipaddress import ip_address
from typing import cast

from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.error import CannotListenError
from twisted.internet.interfaces import IProtocol, IProtocolFactory
from twisted.internet.protocol import DatagramProtocol
from twisted.internet.udp import Port
from zope.interface import implementer

from frp.client.localsite import LocalSite
from frp.client.pluginsite import PluginSite
from frp.client.prepared import Prepared
from frp.config.proxy import ProxyConfig
from frp.errors import LocalServiceDown
from frp.interfaces import IClientPlugin, IClientSite, ICorrespondence, IStream
from frp.joining.coded import CodedStream
from frp.joining.served import ServedLocally
from frp.joining.splice import splice
from frp.joining.treatment import Treatment
from frp.logs import Log
from frp.session.correspondence import Corresponding
from frp.wire.address import authority
from frp.wire.dialect import Dialect
from frp.wire.messages import StartWorkConn

__all__ = ["ClientSite"]


@implementer(IClientSite)
class ClientSite(LocalSite, Corresponding):
    """One proxy's view of its client."""

    def __init__(
        self, prepared: Prepared, log: Log, dialect: Dialect, messages: ICorrespondence, treatment: Treatment
    ) -> None:
        """
        @param log: the proxy's.
        @param dialect: the session's, as is
        @param messages: its control connection.
        @param treatment: what the proxy does to its connections.
        """
        super().__init__(prepared.reactor, log, prepared.config.udpPacketSize, prepared.parts)
        self.dialect = dialect
        self.messages = messages
        self._flowing = prepared.flowing
        self._registry = prepared.registry
        self._treatment = treatment

    def plugin(self, config: ProxyConfig) -> IProtocolFactory:
        assert config.plugin is not None, "only a proxy with a plugin asks for it"
        version = config.transport.proxyProtocolVersion
        site = PluginSite(self.reactor, self.log, self.datagramSize, self._parts, version)
        factory: IProtocolFactory = self._registry.make(
            IClientPlugin, config.plugin.type, "factory", config.plugin, site
        )
        return factory

    def join(self, stream: IStream, local: IStream, rest: bytes) -> None:
        if rest:
            stream.unread(rest)
        ending = ServedLocally(stream, self.clock, self.log, self._flowing)
        splice(local, stream, self._treatment, clock=self.clock, log=self.log, ending=ending)

    def handOver(self, stream: IStream, protocol: IProtocol, rest: bytes, start: StartWorkConn | None = None) -> None:
        if rest:
            stream.unread(rest)
        source = destination = None
        if start is not None:
            source = _address(start.src_addr, start.src_port)
            destination = _address(start.dst_addr, start.dst_port)
        CodedStream(
            stream,
            self._treatment,
            clock=self.clock,
            log=self.log,
            ending=ServedLocally(stream, self.clock, self.log, self._flowing),
            source=source,
            destination=destination,
        ).begin(protocol)

    def localDatagrams(
        self, address: str, port: int, protocol: DatagramProtocol, user: tuple[str, int] | None = None
    ) -> None:
        try:
            made = self.reactor.listenUDP(0, protocol, "::" if ":" in address else "", self.datagramSize + 1)
        except CannotListenError as error:
            raise LocalServiceDown("no socket is left", f"no socket for {authority(address, port)}: {error}") from error
        socket = cast(Port, made)  # Twisted's interface of ports lacks what those for datagrams have
        try:
            socket.connect(address, port)
        except OSError as error:
            socket.stopListening()
            raise LocalServiceDown(
                "the local service cannot be reached", f"dial udp {authority(address, port)}: {error}"
            ) from error
        if user is not None:
            self.part("senders").add(socket.getHost().port, protocol, user)


def _address(host: str, port: int) -> IPv4Address | IPv6Address | None:
    """@return: None where this says nothing; it comes from the server."""
    try:
        version = ip_address(host).version if 0 < port < 65536 else 0
    except ValueError:
        version = 0
    if not version:
        return None
    return IPv4Address("TCP", host, port) if version == 4 else IPv6Address("TCP", host, port)

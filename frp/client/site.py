"""
What frpc gives to its half of a proxy: local services, and joining them with work streams.
"""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import ip_address
from typing import TYPE_CHECKING, NoReturn, TypeVar

from twisted.internet.abstract import isIPAddress, isIPv6Address
from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.defer import Deferred, succeed
from twisted.internet.error import CannotListenError
from twisted.internet.interfaces import IProtocol, IProtocolFactory, IStreamClientEndpoint
from twisted.internet.protocol import DatagramProtocol
from twisted.python.failure import Failure
from zope.interface import implementer

from frp.client.described import described
from frp.client.pluginsite import PluginSite
from frp.config.proxy import ProxyConfig
from frp.errors import LocalServiceDown
from frp.interfaces import IClientPlugin, IClientSite, IStream
from frp.joining.coded import CodedStream
from frp.joining.served import ServedLocally
from frp.joining.splice import splice
from frp.joining.treatment import Treatment
from frp.logs import Log
from frp.sockets.local import DIAL_TIMEOUT, LocalEndpoint
from frp.wire.messages import Message, StartWorkConn

if TYPE_CHECKING:
    from frp.client.session import ClientSession

__all__ = ["ClientSite"]

M = TypeVar("M", bound=Message)


@implementer(IClientSite)
class ClientSite:
    """One proxy's view of its client."""

    def __init__(self, session: ClientSession, config: ProxyConfig) -> None:
        self.clock = self._reactor = session.client.reactor
        self.log: Log = session.log.about(proxy=config.name)
        self.datagramSize: int = session.client.config.udpPacketSize
        self.dialect = session.dialect
        self._messages = session.messages
        self._flowing = session.client.flowing
        self._registry = session.client.registry
        self._senders = session.senders
        self._treatment = Treatment.of(config.transport, session.client.authenticator.key, halfClose=session.halfClose)

    def local(self, host: str, port: int, timeout: float = DIAL_TIMEOUT) -> IStreamClientEndpoint:
        """As L{IClientSite.local<frp.interfaces.IClientSite.local>}."""
        return LocalEndpoint(self.clock, host, port, timeout)

    def endpoint(self, description: str) -> IStreamClientEndpoint:
        """As L{IClientSite.endpoint<frp.interfaces.IClientSite.endpoint>}."""
        return described(self._reactor, description)

    def plugin(self, config: ProxyConfig) -> IProtocolFactory:
        """As L{IClientSite.plugin<frp.interfaces.IClientSite.plugin>}."""
        assert config.plugin is not None, "only a proxy with a plugin asks for it"
        version = config.transport.proxyProtocolVersion
        site = PluginSite(self, self._reactor, version, self._senders)
        factory: IProtocolFactory = self._registry.make(
            IClientPlugin, config.plugin.type, "factory", config.plugin, site
        )
        return factory

    def join(self, stream: IStream, local: IStream, rest: bytes) -> None:
        """As L{IClientSite.join<frp.interfaces.IClientSite.join>}."""
        if rest:
            stream.unread(rest)
        ending = ServedLocally(stream, self.clock, self.log, self._flowing)
        splice(local, stream, self._treatment, clock=self.clock, log=self.log, ending=ending)

    def handOver(self, stream: IStream, protocol: IProtocol, rest: bytes, start: StartWorkConn | None = None) -> None:
        """As L{IClientSite.handOver<frp.interfaces.IClientSite.handOver>}."""
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

    def tell(self, message: Message) -> None:
        """As L{ICorrespondence.tell<frp.interfaces.ICorrespondence.tell>}."""
        self._messages.tell(message)

    def ask(
        self, message: Message, reply: type[M], matches: Callable[[M], bool] | None = None, *, timeout: float = 10
    ) -> Deferred[M]:
        """As L{ICorrespondence.ask<frp.interfaces.ICorrespondence.ask>}."""
        return self._messages.ask(message, reply, matches, timeout=timeout)

    def resolve(self, host: str) -> Deferred[str]:
        """As L{IClientSite.resolve<frp.interfaces.IClientSite.resolve>}."""
        if isIPAddress(host) or isIPv6Address(host):
            return succeed(host)

        def unknown(failure: Failure) -> NoReturn:
            raise LocalServiceDown(
                f"lookup {host}: no such host", f"lookup {host}: {failure.getErrorMessage()}"
            ) from failure.value

        found: Deferred[str] = self._reactor.resolve(host)
        return found.addErrback(unknown)

    def localDatagrams(
        self, address: str, port: int, protocol: DatagramProtocol, user: tuple[str, int] | None = None
    ) -> None:
        """As L{IClientSite.localDatagrams<frp.interfaces.IClientSite.localDatagrams>}."""
        try:
            made = self._reactor.listenUDP(0, protocol, "::" if ":" in address else "", self.datagramSize + 1)
        except CannotListenError as error:
            raise LocalServiceDown("no socket is left", f"no socket for {address}:{port}: {error}") from error
        try:
            made.connect(address, port)
        except OSError as error:
            made.stopListening()
            raise LocalServiceDown(
                "the local service cannot be reached", f"dial udp {address}:{port}: {error}"
            ) from error
        if user is not None:
            self._senders.add(made.getHost().port, protocol, user)


def _address(host: str, port: int) -> IPv4Address | IPv6Address | None:
    """@return: None where this says nothing; it comes from the server."""
    try:
        version = ip_address(host).version if 0 < port < 65536 else 0
    except ValueError:
        version = 0
    if not version:
        return None
    return IPv4Address("TCP", host, port) if version == 4 else IPv6Address("TCP", host, port)

"""
What frpc gives to its half of a proxy, and to its plugin: ways to local services and to others, and joining users with
them.
"""

from __future__ import annotations

from ipaddress import ip_address
from typing import Any, ClassVar, NoReturn, cast

import attrs
from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.defer import Deferred, fail, succeed
from twisted.internet.error import CannotListenError
from twisted.internet.interfaces import IProtocol, IProtocolFactory, IStreamClientEndpoint
from twisted.internet.protocol import DatagramProtocol
from twisted.internet.udp import Port
from twisted.python.failure import Failure
from zope.interface import implementer

from frp.client.backend import Backend
from frp.client.parts import Parts, Prepared, Senders
from frp.config.proxy import ProxyConfig
from frp.errors import LocalServiceDown, PortTaken
from frp.interfaces import IClientPlugin, IClientPluginSite, IClientSite, ICorrespondence, ILocalSite, IReactor, IStream
from frp.joining.coded import CodedStream
from frp.joining.served import ServedLocally
from frp.joining.splice import directly, splice
from frp.joining.traffic import Traffic
from frp.joining.treatment import Treatment
from frp.logs import Log
from frp.session.correspondence import Corresponding
from frp.sockets.addresses import isLiteral, isNumber
from frp.sockets.local import DIAL_TIMEOUT, LocalEndpoint
from frp.sockets.plain import Entrance
from frp.sockets.taken import bindFault
from frp.values import frozen
from frp.wire.address import authority
from frp.wire.dialect import Dialect
from frp.wire.keys import tokenKey
from frp.wire.messages import StartWorkConn
from frp.wire.proxyprotocol import encode

__all__ = ["ClientSite", "DescribedEndpoint", "described"]

#: More than the longest datagram of UDP.
_WHOLE = 1 << 16


@implementer(ILocalSite)
class LocalSite:
    """
    A base for sites.

    @cvar patience: seconds for a connection to a local service.
    """

    patience: ClassVar[float] = DIAL_TIMEOUT

    def __init__(self, reactor: IReactor, log: Log, datagramSize: int, parts: Parts, backend: Backend) -> None:
        self.reactor = self.clock = reactor
        self.log = log
        self.datagramSize = datagramSize
        self._parts = parts
        self._backend = backend

    def part(self, name: str) -> Any:
        return self._parts.find(name)

    def local(self, host: str, port: int) -> IStreamClientEndpoint:
        return LocalEndpoint(self.reactor, host, port, self.patience)

    def endpoint(self, description: str) -> IStreamClientEndpoint:
        return described(self.reactor, description)

    def service(self, endpoint: IStreamClientEndpoint) -> IStreamClientEndpoint:
        return self._backend.behind(endpoint)

    def resolve(self, host: str) -> Deferred[str]:
        if isLiteral(host):
            return succeed(host)

        def unknown(failure: Failure) -> NoReturn:
            raise LocalServiceDown(
                f"lookup {host}: no such host", f"lookup {host}: {failure.getErrorMessage()}"
            ) from failure.value

        found: Deferred[str] = self.reactor.resolve(host)
        return found.addErrback(unknown)


@implementer(IClientPluginSite)
class PluginSite(LocalSite):
    """The view of one proxy's plugin. Its connections may lead further than those to a local service."""

    patience = 30

    def __init__(
        self, config: ProxyConfig, reactor: IReactor, log: Log, size: int, parts: Parts, backend: Backend
    ) -> None:
        super().__init__(reactor, log, size, parts, backend)
        self.name = config.name
        self.type = config.type
        self._version = config.transport.proxyProtocolVersion

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


@implementer(IClientSite)
class ClientSite(LocalSite, Corresponding):
    """One proxy's view of its client."""

    def __init__(
        self,
        prepared: Prepared,
        log: Log,
        dialect: Dialect,
        messages: ICorrespondence,
        treatment: Treatment,
        backend: Backend,
        traffic: Traffic | None = None,
    ) -> None:
        """
        @param treatment: what the proxy does to its connections.
        @param traffic: counts them, where somebody looks.
        """
        super().__init__(prepared.reactor, log, prepared.config.udpPacketSize, prepared.parts, backend)
        self.dialect = dialect
        self.messages = messages
        self._prepared = prepared
        self._flowing = prepared.flowing
        self._treatment = treatment
        self._traffic = traffic

    def keyed(self, secret: str, *, halfClose: bool) -> ClientSite:
        key = None if self._treatment.key is None else tokenKey(secret.encode())
        treatment = attrs.evolve(self._treatment, key=key, halfClose=halfClose)
        return ClientSite(
            self._prepared, self.log, self.dialect, self.messages, treatment, self._backend, self._traffic
        )

    def plugin(self, config: ProxyConfig) -> IProtocolFactory:
        assert config.plugin is not None, "only a proxy with a plugin asks for it"
        site = PluginSite(config, self.reactor, self.log, self.datagramSize, self._parts, self._backend)
        factory: IProtocolFactory = self._prepared.registry.make(
            IClientPlugin, config.plugin.type, "factory", config.plugin, site
        )
        return factory

    def join(self, stream: IStream, local: IStream, rest: bytes) -> None:
        if rest:
            stream.unread(rest)
        splice(local, stream, self._treatment, clock=self.clock, log=self.log, ending=self._served(stream))

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
            ending=self._served(stream),
            source=source,
            destination=destination,
        ).begin(protocol)

    def _served(self, stream: IStream) -> ServedLocally:
        return ServedLocally(stream, self.clock, self.log, self._flowing, self._traffic)

    def resolve(self, host: str) -> Deferred[str]:
        return fail(LocalServiceDown(f"lookup {host}: no such host")) if isNumber(host) else super().resolve(host)

    def answered(self, why: str = "") -> None:
        self._backend.answered(why)

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


def described(reactor: IReactor, description: str) -> IStreamClientEndpoint:
    """
    @param description: as for L{clientFromString<twisted.internet.endpoints.clientFromString>}.
    @raise LocalServiceDown: it means nothing.
    """
    from twisted.internet.endpoints import clientFromString  # for whoever describes one, with all that it imports

    try:
        endpoint = clientFromString(reactor, description)
    except Exception as error:
        # Parsers are plugins, and raise what they like.
        raise LocalServiceDown(
            f"{description!r} is no endpoint", f"{description!r} is no endpoint: {type(error).__name__}: {error}"
        ) from error
    return DescribedEndpoint(endpoint, description)


@implementer(IStreamClientEndpoint)
@frozen
class DescribedEndpoint:
    """An endpoint whose transports are L{IStream<frp.interfaces.IStream>}s."""

    endpoint: IStreamClientEndpoint
    description: str

    def connect(self, factory: IProtocolFactory) -> Deferred[IProtocol]:
        made: Deferred[IProtocol] = self.endpoint.connect(Entrance(factory))
        return made.addCallbacks(lambda stream: stream.first, self._down)

    def _down(self, failure: Failure) -> None:
        raise LocalServiceDown(
            "the local service does not answer", f"dial {self.description}: {failure.getErrorMessage()}"
        ) from failure.value

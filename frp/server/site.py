"""
What frps gives to its half of a proxy: work streams, ports, and joining users with the client.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import TYPE_CHECKING, Any, TypeVar

from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.defer import Deferred, DeferredList, maybeDeferred
from twisted.internet.error import CannotListenError
from twisted.internet.interfaces import IListeningPort, IProtocol, IProtocolFactory
from twisted.internet.protocol import DatagramProtocol
from twisted.python.failure import Failure
from zope.interface import implementer

from frp.errors import NoWorkStream, PortTaken
from frp.interfaces import IServerSite, IStream
from frp.interfaces.ending import NOBODY, Ending
from frp.interfaces.meter import Meter
from frp.joining.coded import CodedStream
from frp.joining.splice import splice
from frp.joining.treatment import Treatment
from frp.logs import INFO
from frp.server.ports import Ports
from frp.server.visitors import Welcome
from frp.server.watched import ServedUser, Users
from frp.transports.port import bindFault
from frp.wire.address import hostPort
from frp.wire.messages import Message, NewProxy, StartWorkConn

if TYPE_CHECKING:
    from frp.server.control import Control

__all__ = ["ServerSite"]

Address = tuple[str, int]

T = TypeVar("T")
M = TypeVar("M", bound=Message)


@implementer(IServerSite)
class ServerSite:
    """
    One proxy's view of its server.

    @ivar message: what the client asked for.
    """

    def __init__(self, control: Control, message: NewProxy) -> None:
        """@raise frp.errors.Refused: what the proxy asks for cannot be read."""
        server = control.server
        self.clock = server.reactor
        self.message = message
        self.dialect = control.dialect
        self.meter = server.shared.statistics.meter(message.proxy_name, message.proxy_type)
        self.datagramSize = server.config.udpPacketSize
        self.log = control.log.about(proxy=message.proxy_name)
        self._server = server
        self._control = control
        self._treatment = Treatment.asked(message, server.authenticator.key, halfClose=control.login.half_close)
        self._users = Users(message, control.caller, server.hooks, self.meter, server.flowing, self.clock, self.log)
        self._ports: list[IListeningPort] = []
        self._welcomes: list[Welcome] = []

    # Users

    def workStream(self, source: Address | None, destination: Address | None) -> Deferred[IStream]:
        """As L{IServerSite.workStream<frp.interfaces.IServerSite.workStream>}."""
        start = StartWorkConn(proxy_name=self.message.proxy_name)
        if source is not None:
            start.src_addr, start.src_port = source
        if destination is not None:
            start.dst_addr, start.dst_port = destination
        return self._control.workStreams.take().addCallback(_started, self.dialect.encode(start))

    def join(self, user: IStream, rest: bytes = b"") -> None:
        """As L{IServerSite.join<frp.interfaces.IServerSite.join>}."""
        if self.log.enabled(INFO):
            self.log.info("get a user connection [{peer}]", peer=hostPort(user.getPeer()))
        if rest:
            user.unread(rest)
        self._users.come(user).begin(self._fetch)

    def _fetch(self, user: IStream, served: ServedUser) -> None:
        self.meter.opened()
        peer, host = user.getPeer(), user.getHost()
        coming = self._control.together(lambda: self.workStream((peer.host, peer.port), (host.host, host.port)))
        if not coming.called:
            user.pauseProducing()
        coming.addCallbacks(self._joined, self._notJoined, callbackArgs=(user, served), errbackArgs=(user, served))
        coming.addErrback(served.broken)

    def _joined(self, stream: IStream, user: IStream, served: ServedUser) -> None:
        splice(user, stream, self._treatment, clock=self.clock, log=self.log, ending=served)

    def _notJoined(self, failure: Failure, user: IStream, served: ServedUser) -> None:
        served.notServed(user)
        failure.trap(NoWorkStream)
        self.log.warn("failed to get work connection: {reason}", reason=str(failure.value))

    def handOver(self, stream: IStream, protocol: IProtocol, *, counted: bool = False) -> None:
        """As L{IServerSite.handOver<frp.interfaces.IServerSite.handOver>}."""
        ending = NOBODY
        if counted:
            ending = _Metered(self.meter)
            self.meter.opened()
        CodedStream(stream, self._treatment, clock=self.clock, log=self.log, ending=ending).begin(protocol)

    def together(self, act: Callable[[], T]) -> T:
        """As L{IServerSite.together<frp.interfaces.IServerSite.together>}."""
        return self._control.together(act)

    def tell(self, message: Message) -> None:
        """As L{ICorrespondence.tell<frp.interfaces.ICorrespondence.tell>}."""
        self._control.messages.tell(message)

    def ask(
        self, message: Message, reply: type[M], matches: Callable[[M], bool] | None = None, *, timeout: float = 10
    ) -> Deferred[M]:
        """As L{ICorrespondence.ask<frp.interfaces.ICorrespondence.ask>}."""
        return self._control.messages.ask(message, reply, matches, timeout=timeout)

    # Visitors

    def welcome(self, factory: IProtocolFactory, secretKey: str, users: Collection[str]) -> Deferred[None]:
        """As L{IServerSite.welcome<frp.interfaces.IServerSite.welcome>}."""
        control = self._control
        welcome = Welcome(
            name=self.message.proxy_name,
            secretKey=secretKey.encode(),
            users=frozenset(users) or {control.login.user},
            factory=factory,
            workStreams=control.workStreams,
            clock=self.clock,
            log=self.log,
        )
        return maybeDeferred(self._server.shared.visitors.welcome, welcome).addCallback(
            lambda _: self._welcomes.append(welcome)
        )

    # Ports

    def gateway(self, name: str) -> Any:
        """As L{IServerSite.gateway<frp.interfaces.IServerSite.gateway>}."""
        return self._server.gateways.get(name)

    def listen(self, port: int, factory: IProtocolFactory) -> Deferred[int]:
        """As L{IServerSite.listen<frp.interfaces.IServerSite.listen>}."""
        return maybeDeferred(self._listen, port, factory)

    def _listen(self, port: int, factory: IProtocolFactory) -> int:
        message = self.message
        if message.group:
            listening = self._server.shared.tcpGroups.join(
                message.group, message.group_key, port, factory, lambda group: self._open(port, group)
            )
        else:
            listening = self._open(port, factory)
        self._ports.append(listening)
        host = listening.getHost()
        assert isinstance(host, IPv4Address | IPv6Address)
        return host.port

    def _open(self, port: int, factory: IProtocolFactory) -> IListeningPort:
        ports = self._server.shared.tcpPorts
        try:
            real = ports.acquire(self.message.proxy_name, port)
        except PortTaken as error:
            if error.detail != error.brief:
                self.log.warn("port {port} cannot be had: {reason}", port=port, reason=error.detail)
            raise
        reactor = self._server.reactor
        return self._lease(ports, real, "tcp", lambda address: reactor.listenTCP(real, factory, 1024, address))

    def bind(self, port: int, protocol: DatagramProtocol) -> Deferred[int]:
        """As L{IServerSite.bind<frp.interfaces.IServerSite.bind>}."""
        return maybeDeferred(self._bind, port, protocol)

    def _bind(self, port: int, protocol: DatagramProtocol) -> int:
        ports = self._server.shared.udpPorts
        try:
            real = ports.acquire(self.message.proxy_name, port)
        except PortTaken as error:
            raise PortTaken(
                f"acquire port {port} error: {error.brief}", f"acquire port {port} error: {error.detail}"
            ) from error
        reactor, size = self._server.reactor, self.datagramSize + 1
        bound = self._lease(ports, real, "udp", lambda address: reactor.listenUDP(real, protocol, address, size))
        self._ports.append(bound)
        return real

    def _lease(self, ports: Ports, real: int, network: str, listen: Callable[[str], IListeningPort]) -> IListeningPort:
        """Open a port that the registry has given us; where the system does not give it, it goes back."""
        address = self._server.config.proxyBindAddr
        try:
            opened = listen(address)
        except CannotListenError as error:
            ports.release(real)
            raise PortTaken(f"listen {network} {address}:{real}: bind: {bindFault(error)}") from error
        return _Leased(opened, lambda: ports.release(real))

    @property
    def held(self) -> int:
        """How much was listened to, bound or welcomed, and not given back yet."""
        return len(self._ports) + len(self._welcomes)

    def release(self) -> Deferred[Any]:
        """As L{IServerSite.release<frp.interfaces.IServerSite.release>}."""
        for welcome in self._welcomes:
            self._server.shared.visitors.dismiss(welcome)
        self._welcomes.clear()
        ports, self._ports = self._ports, []
        return DeferredList([maybeDeferred(port.stopListening) for port in ports], consumeErrors=True)


@implementer(IListeningPort)
class _Leased:
    """A port of the system together with its place in the registry; both are given back together."""

    def __init__(self, port: Any, released: Any) -> None:
        self._port = port
        self._released = released

    def startListening(self) -> None:
        """It listens already."""

    def stopListening(self) -> Deferred[Any]:
        """Close the port; it can be had again when this fires."""
        return maybeDeferred(self._port.stopListening).addBoth(lambda _: self._released())

    def getHost(self) -> Any:
        """Where it listens."""
        return self._port.getHost()


class _Metered(Ending):
    """Counts a connection that is nobody's alone."""

    __slots__ = ("_meter",)

    counts = True

    def __init__(self, meter: Meter) -> None:
        self._meter = meter

    def over(self, sent: int, received: int, byPeer: bool, mood: str) -> None:
        self._meter.closed(sent, received)


def _started(stream: IStream, start: bytes) -> IStream:
    stream.widen()
    stream.write(start)
    return stream

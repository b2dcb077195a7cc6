"""
What frps gives to its half of a proxy: work streams, ports, and joining users with the client.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any, TypeVar

from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.defer import Deferred, DeferredList, maybeDeferred
from twisted.internet.error import CannotListenError
from twisted.internet.interfaces import IAddress, IListeningPort, IProtocol, IProtocolFactory, IReactorTime
from twisted.internet.protocol import DatagramProtocol
from twisted.python.failure import Failure
from zope.interface import implementer

from frp.errors import NameTaken, NoWorkStream, PortTaken
from frp.interfaces import IPorts, IServerSite, IStream
from frp.interfaces.ending import NOBODY, Ending
from frp.interfaces.meter import Meter
from frp.joining.coded import CodedStream
from frp.joining.splice import splice
from frp.joining.treatment import Treatment
from frp.logs import INFO
from frp.server.serving import Peer, Serving
from frp.server.visitors import Welcome
from frp.server.watched import ServedUser, Users
from frp.transports.port import bindFault
from frp.wire.address import hostPort
from frp.wire.messages import Message, NewProxy, StartWorkConn

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

    def __init__(self, serving: Serving, peer: Peer, message: NewProxy) -> None:
        """@raise frp.errors.Refused: what the proxy asks for cannot be read."""
        config, shared = serving.config, serving.shared
        self.clock: IReactorTime = serving.clock
        self.message = message
        self.dialect = peer.dialect
        self.meter = shared.statistics.meter(message.proxy_name, message.proxy_type)
        self.datagramSize = config.udpPacketSize
        self.log = peer.log.about(proxy=message.proxy_name)
        self._reactor = serving.reactor
        self._address = config.proxyBindAddr
        self._shared = shared
        self._tcpGroups = serving.tcpGroups
        self._gateways = serving.gateways
        self._peer = peer
        self._treatment = Treatment.asked(message, serving.authenticator.key, halfClose=peer.login.half_close)
        self._users = Users(message, peer.caller, serving.hooks, self.meter, serving.flowing, self.clock, self.log)
        self._ports: list[IListeningPort] = []
        self._welcomes: list[Welcome] = []

    def __repr__(self) -> str:
        """For the log, where others want what it has: the proxy's name is known there."""
        return repr(self._peer)

    # Users

    def workStream(self, source: Address | None, destination: Address | None) -> Deferred[IStream]:
        start = StartWorkConn(proxy_name=self.message.proxy_name)
        if source is not None:
            start.src_addr, start.src_port = source
        if destination is not None:
            start.dst_addr, start.dst_port = destination
        return self._peer.workStreams.take().addCallback(_started, self.dialect.encode(start))

    def join(self, user: IStream, rest: bytes = b"") -> None:
        if self.log.enabled(INFO):
            self.log.info("get a user connection [{peer}]", peer=hostPort(user.getPeer()))
        if rest:
            user.unread(rest)
        self._users.come(user).begin(self._fetch)

    def _fetch(self, user: IStream, served: ServedUser) -> None:
        self.meter.opened()
        peer, host = user.getPeer(), user.getHost()
        coming = self.together(lambda: self.workStream((peer.host, peer.port), (host.host, host.port)))
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
        ending = NOBODY
        if counted:
            ending = _Metered(self.meter)
            self.meter.opened()
        CodedStream(stream, self._treatment, clock=self.clock, log=self.log, ending=ending).begin(protocol)

    def together(self, act: Callable[[], T]) -> T:
        return self._peer.together(act)

    def tell(self, message: Message) -> None:
        self._peer.messages.tell(message)

    def ask(
        self, message: Message, reply: type[M], matches: Callable[[M], bool] | None = None, *, timeout: float = 10
    ) -> Deferred[M]:
        return self._peer.messages.ask(message, reply, matches, timeout=timeout)

    # Visitors

    def welcome(self, factory: IProtocolFactory, secretKey: str, users: Collection[str]) -> Deferred[None]:
        peer = self._peer
        welcome = Welcome(
            name=self.message.proxy_name,
            secretKey=secretKey.encode(),
            users=frozenset(users) or {peer.login.user},
            factory=factory,
            workStreams=peer.workStreams,
            clock=self.clock,
            log=self.log,
        )
        return self._shared.visited.claim(welcome.name, welcome).addCallback(self._welcomed, welcome)

    def _welcomed(self, holder: object, welcome: Welcome) -> None:
        if holder is not None:
            raise NameTaken(f"custom listener for [{welcome.name}] is repeated")
        self._welcomes.append(welcome)

    # Ports

    def gateway(self, name: str) -> Any:
        return self._gateways.get(name)

    def listen(self, port: int, factory: IProtocolFactory) -> Deferred[int]:
        return Deferred.fromCoroutine(self._listen(port, factory))

    async def _listen(self, port: int, factory: IProtocolFactory) -> int:
        message = self.message
        if message.group:
            listening = await self._tcpGroups.join(
                message.group, message.group_key, port, factory, lambda group: self._open(port, group)
            )
        else:
            listening = await self._open(port, factory)
        self._ports.append(listening)
        host = listening.getHost()
        assert isinstance(host, IPv4Address | IPv6Address)
        return host.port

    async def _open(self, port: int, factory: IProtocolFactory) -> IListeningPort:
        ports, reactor = self._shared.tcpPorts, self._reactor
        try:
            real = await ports.acquire(self.message.proxy_name, port, self)
        except PortTaken as error:
            if error.detail != error.brief:
                self.log.warn("port {port} cannot be had: {reason}", port=port, reason=error.detail)
            raise
        return await self._lease(ports, real, "tcp", lambda address: reactor.listenTCP(real, factory, 1024, address))

    def bind(self, port: int, protocol: DatagramProtocol) -> Deferred[int]:
        return Deferred.fromCoroutine(self._bind(port, protocol))

    async def _bind(self, port: int, protocol: DatagramProtocol) -> int:
        ports, reactor, size = self._shared.udpPorts, self._reactor, self.datagramSize + 1
        try:
            real = await ports.acquire(self.message.proxy_name, port, self)
        except PortTaken as error:
            raise PortTaken(
                f"acquire port {port} error: {error.brief}", f"acquire port {port} error: {error.detail}"
            ) from error
        bound = self._lease(ports, real, "udp", lambda address: reactor.listenUDP(real, protocol, address, size))
        self._ports.append(await bound)
        return real

    async def _lease(
        self, ports: IPorts, real: int, network: str, listen: Callable[[str], IListeningPort]
    ) -> IListeningPort:
        """Open a port that the registry has given us; where the system does not give it, it goes back."""
        try:
            opened = listen(self._address)
        except CannotListenError as error:
            await ports.release(real, self)
            raise PortTaken(f"listen {network} {self._address}:{real}: bind: {bindFault(error)}") from error
        return _Leased(opened, lambda: ports.release(real, self))

    @property
    def held(self) -> int:
        """How much was listened to, bound or welcomed, and not given back yet."""
        return len(self._ports) + len(self._welcomes)

    def release(self) -> Deferred[None]:
        welcomes, self._welcomes = self._welcomes, []
        ports, self._ports = self._ports, []
        dismissed = [self._shared.visited.release(one.name, one) for one in welcomes]
        waiting = DeferredList([*dismissed, *map(_stopped, ports)], consumeErrors=True)
        return waiting.addCallback(lambda _: None)


@implementer(IListeningPort)
class _Leased:
    """A port of the system together with its place in the registry; both are given back together."""

    def __init__(self, port: IListeningPort, release: Callable[[], Deferred[None]]) -> None:
        self._port = port
        self._release = release

    def startListening(self) -> None:
        """It listens already."""

    def stopListening(self) -> Deferred[None]:
        """Close the port; it can be had again when this fires."""
        return maybeDeferred(self._port.stopListening).addBoth(lambda _: self._release())

    def getHost(self) -> IAddress:
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


async def _stop(port: IListeningPort) -> None:
    stopping = port.stopListening()
    if stopping is not None:
        await stopping


def _stopped(port: IListeningPort) -> Deferred[None]:
    """@return: fires when a port is closed."""
    return Deferred.fromCoroutine(_stop(port))

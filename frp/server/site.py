"""What frps gives to its half of a proxy: work streams, ports, and joining users with the client."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any, TypeVar

from twisted.internet.defer import Deferred, DeferredList
from twisted.internet.error import CannotListenError
from twisted.internet.interfaces import IListeningPort, IProtocol, IProtocolFactory, IReactorTime
from twisted.internet.protocol import DatagramProtocol
from twisted.python.failure import Failure
from zope.interface import implementer

from frp.errors import Holder, NameTaken, NoWorkStream, PortTaken
from frp.interfaces import IPorts, IServerSite, IStream, ITenant
from frp.interfaces.ending import NOBODY, Ending
from frp.interfaces.flowing import Meter
from frp.joining.coded import CodedStream
from frp.joining.splice import splice
from frp.joining.treatment import Treatment
from frp.kinds.awaiting import asked
from frp.logs import INFO
from frp.server.gateways import portOf
from frp.server.portgroups import Lent
from frp.server.serving import Peer, Serving
from frp.server.visitors import Welcome
from frp.server.watched import ServedUser, Users
from frp.session.correspondence import Corresponding
from frp.sockets.taken import bindFault
from frp.wire.address import authority, hostPort, placeOf
from frp.wire.messages import NewProxy, StartWorkConn

__all__ = ["ServerSite"]

Address = tuple[str, int]

T = TypeVar("T")


@implementer(IServerSite, ITenant)
class ServerSite(Corresponding):
    """
    One proxy's view of its server.

    @ivar message: what the client asked for.
    @ivar treatment: what is done to the bytes on its work streams.
    @ivar bound: what answers the UDP port of the proxy, where it has one.
    """

    def __init__(self, serving: Serving, peer: Peer, message: NewProxy) -> None:
        """@raise frp.errors.Refused: what the proxy asks for cannot be read."""
        config, shared = serving.config, serving.shared
        self.clock: IReactorTime = serving.reactor
        self.message = message
        self.user = peer.login.user
        self.caller = peer.caller
        self.dialect = peer.dialect
        self.tenure = peer.tenure
        self.meter = shared.statistics.meter(message.proxy_name, message.proxy_type)
        self.datagramSize = config.udpPacketSize
        self.log = peer.log.about(proxy=message.proxy_name)
        self._reactor = serving.reactor
        self._address = config.proxyBindAddr
        self._shared = shared
        self._tcpGroups = serving.tcpGroups
        self._gateways = serving.gateways
        self._peer = peer
        self.elsewhere = peer.elsewhere
        self.messages = peer.messages
        self.treatment = Treatment.asked(message, serving.authenticator.key, halfClose=peer.login.half_close)
        self._users = Users(message, peer.caller, serving.hooks, self.meter, serving.flowing, self.clock, self.log)
        self._ports: list[tuple[object, IListeningPort]] = []  # and what answers there
        self._welcomes: list[Welcome] = []
        self.bound: DatagramProtocol | None = None

    @property
    def passing(self) -> Treatment:
        """What this node does to work streams that go on to another one, which does all the rest."""
        return Treatment(bucket=self.treatment.bucket, halfClose=self.treatment.halfClose)

    @property
    def port(self) -> int:
        """Which of the server's ports the proxy has; 0 for none."""
        return portOf(self._ports[0][1]) if self._ports else 0

    @property
    def holder(self) -> Holder:
        """Of the proxy's name, which whoever wants it knows."""
        return Holder(client=self.caller.key)

    def dispossessed(self, by: Holder) -> None:
        name = self.message.proxy_name
        self._peer.takeBack(name, f"proxy [{name}] is closed: what it had is that of {by}")

    def __repr__(self) -> str:
        return str(self.holder)

    # Users

    def workStream(self, source: Address | None, destination: Address | None) -> Deferred[IStream]:
        start = StartWorkConn(proxy_name=self.message.proxy_name)
        if source is not None:
            start.src_addr, start.src_port = source
        if destination is not None:
            start.dst_addr, start.dst_port = destination
        return self._peer.workStreams.begin(self.dialect.encode(start))

    def join(self, user: IStream, rest: bytes = b"") -> None:
        if self.elsewhere is not None and self.elsewhere.join(user, rest):
            return
        if self.log.enabled(INFO):
            self.log.info("get a user connection [{peer}]", peer=hostPort(user.getPeer()))
        self._users.come(user, rest).begin(self._fetch)

    def _fetch(self, user: IStream, served: ServedUser) -> None:
        self.meter.opened()
        peer, host = placeOf(user.getPeer()), placeOf(user.getHost())
        coming = self.together(lambda: self.workStream(peer, host))
        if not coming.called:
            user.pauseProducing()
        coming.addCallbacks(self._joined, self._notJoined, callbackArgs=(user, served), errbackArgs=(user, served))
        coming.addErrback(served.broken)

    def _joined(self, stream: IStream, user: IStream, served: ServedUser) -> None:
        served.putBack()
        splice(user, stream, self.treatment, clock=self.clock, log=self.log, ending=served)

    def _notJoined(self, failure: Failure, user: IStream, served: ServedUser) -> None:
        served.notServed(user)
        failure.trap(NoWorkStream)
        self.log.warn("failed to get work connection: {reason}", reason=str(failure.value))

    def handOver(self, stream: IStream, protocol: IProtocol, *, counted: bool = False) -> None:
        ending = NOBODY
        if counted:
            ending = _Metered(self.meter)
            self.meter.opened()
        CodedStream(stream, self.treatment, clock=self.clock, log=self.log, ending=ending).begin(protocol)

    def together(self, act: Callable[[], T]) -> T:
        return self._peer.together(act)

    # Visitors

    def welcome(
        self, factory: IProtocolFactory, secretKey: str, users: Collection[str], *, datagrams: bool = False
    ) -> Deferred[None]:
        peer = self._peer
        welcome = Welcome(
            name=self.message.proxy_name,
            secretKey=secretKey.encode(),
            users=frozenset(users) or {peer.login.user},
            factory=factory,
            datagrams=self.dialect if datagrams else None,
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
        message = self.message
        if not message.group:
            return self._open(port, factory, lambda opened: self._listening(opened, factory))

        return Deferred.fromCoroutine(self._join(port, factory))

    async def _join(self, port: int, factory: IProtocolFactory) -> int:
        """Be a member of the group: open its port, or have it together with whoever has."""
        message, ports = self.message, self._shared.tcpPorts
        opens = False

        def door(group: IProtocolFactory) -> Deferred[IListeningPort]:
            nonlocal opens
            opens = True
            return self._open(port, group, lambda opened: opened)

        lent = await self._tcpGroups.join(message.group, message.group_key, port, message.proxy_name, factory, door)
        if opens:
            return self._listening(lent, factory)
        real = portOf(lent)

        def giveBack() -> Deferred[None]:
            return asked(lent.stopListening).addBoth(lambda _: ports.release(real, self))

        try:
            await ports.join(message.proxy_name, real, self, message.group)
        except BaseException:
            await asked(lent.stopListening)
            raise
        return self._listening(Lent(lent, giveBack), factory)

    def _listening(self, port: IListeningPort, answering: object) -> int:
        self._ports.append((answering, port))
        return portOf(port)

    def _open(self, port: int, factory: IProtocolFactory, done: Callable[[IListeningPort], T]) -> Deferred[T]:
        def listen(real: int) -> IListeningPort:
            return self._reactor.listenTCP(real, factory, 1024, self._address)

        ports = self._shared.tcpPorts
        acquiring = ports.acquire(self.message.proxy_name, port, self, self.message.group)
        return acquiring.addCallbacks(self._lease, self._refused, (ports, "tcp", listen, done), errbackArgs=(port,))

    def _refused(self, failure: Failure, port: int) -> Failure:
        error = failure.value
        if isinstance(error, PortTaken) and error.detail != error.brief:
            self.log.warn("port {port} cannot be had: {reason}", port=port, reason=error.detail)
        return failure

    def bind(self, port: int, protocol: DatagramProtocol) -> Deferred[int]:
        def listen(real: int) -> IListeningPort:
            return self._reactor.listenUDP(real, protocol, self._address, self.datagramSize + 1)

        def listening(opened: IListeningPort) -> int:
            self.bound = protocol
            if self.elsewhere is not None:
                # All datagrams pass the port at the node of the client, which counts them.
                self.meter = self._shared.statistics.uncounted()
            return self._listening(opened, protocol)

        def refused(failure: Failure) -> Failure:
            error, doing = failure.value, f"acquire port {port} error"
            if not isinstance(error, PortTaken):
                return failure
            raise PortTaken(f"{doing}: {error.brief}", f"{doing}: {error.detail}", holder=error.holder) from error

        ports = self._shared.udpPorts
        acquiring = ports.acquire(self.message.proxy_name, port, self)
        return acquiring.addCallbacks(self._lease, refused, (ports, "udp", listen, listening))

    def _lease(
        self,
        real: int,
        ports: IPorts,
        network: str,
        listen: Callable[[int], IListeningPort],
        done: Callable[[IListeningPort], T],
    ) -> T | Deferred[T]:
        """Open a port that the registry has given us; where the system does not give it, it goes back."""
        try:
            opened = listen(real)
            return done(Lent(opened, lambda: asked(opened.stopListening).addBoth(lambda _: ports.release(real, self))))
        except Exception as error:
            failure = Failure()
            if isinstance(error, CannotListenError):
                where = authority(self._address, real)
                failure = Failure(PortTaken(f"listen {network} {where}: bind: {bindFault(error)}"))
            return ports.release(real, self).addCallback(lambda _: failure)

    @property
    def held(self) -> int:
        """How much was listened to, bound or welcomed, and not given back yet."""
        return len(self._ports) + len(self._welcomes)

    def release(self, answering: object = None) -> Deferred[None]:
        welcomes = [one for one in self._welcomes if answering in (None, one.factory)]
        self._welcomes = [one for one in self._welcomes if one not in welcomes]
        ports = [one for one in self._ports if answering in (None, one[0])]
        self._ports = [one for one in self._ports if one not in ports]
        dismissed = [self._shared.visited.release(one.name, one) for one in welcomes]
        closed = [asked(port.stopListening) for _, port in ports]
        return DeferredList([*dismissed, *closed], consumeErrors=True).addCallback(lambda _: None)


class _Metered(Ending):
    """Counts a connection that is nobody's alone."""

    __slots__ = ("_meter",)

    counts = True

    def __init__(self, meter: Meter) -> None:
        self._meter = meter

    def over(self, sent: int, received: int, byPeer: bool, mood: str) -> None:
        self._meter.closed(sent, received)

"""frps, as a service."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from functools import cached_property, partial
from typing import TYPE_CHECKING

from twisted.application.service import Service
from twisted.internet.defer import CancelledError, Deferred, DeferredList, maybeDeferred
from twisted.internet.interfaces import IDelayedCall, IListeningPort, IProtocol, IReactorTime
from twisted.python.failure import Failure
from zope.interface import implementer

from frp.config.server import ServerConfig
from frp.errors import PluginError, Unavailable
from frp.hooks.chain import Hooks, configured
from frp.interfaces import (
    IAuthenticationSite,
    IAuthenticator,
    IAuthenticatorKind,
    IProxyKind,
    IReactor,
    IServerHook,
    IServerHookSite,
    IStream,
)
from frp.interfaces.flowing import Flowing
from frp.kinds import Registry
from frp.kinds.awaiting import asked
from frp.kinds.blaming import Blame
from frp.logs import Log
from frp.server.agreeing import sharedOf
from frp.server.arrivals import Arrivals
from frp.server.clients import Clients
from frp.server.control import Control
from frp.server.doors import openDoors
from frp.server.draining import Draining
from frp.server.gateways import Gateways, GatewaySite, listen, portOf
from frp.server.portgroups import PortGroups
from frp.server.serving import Serving
from frp.server.shared import Shared
from frp.session.muxed import MuxedSession
from frp.session.turnstile import Turnstile
from frp.sockets.certificates import TLSFields
from frp.sockets.eager import eager
from frp.sockets.tlsside import TLSSide, serverContext
from frp.transports.carrier import Carriers
from frp.transports.port import SharedPort
from frp.transports.sites import ListenSite
from frp.wire.address import authority
from frp.wire.messages import Login

if TYPE_CHECKING:
    from frp.server.cluster.node import Beside, Node
    from frp.server.keeping import Keeping
    from frp.server.kept import Kept
    from frp.server.whole.whole import Whole

__all__ = ["FRPServer"]


@implementer(IAuthenticationSite, IServerHookSite)
class FRPServer(Service):
    """
    Listens for clients, and opens what their proxies ask for.

    @ivar started: fires when clients can come; fails with what kept the server from it.
    @ivar hooks: who is asked before something is done.
    @ivar gateways: the doors that proxies share.
    @ivar flowing: the users that are being served.
    @ivar node: what makes this server one of several; None where it is alone.
    @ivar turnstile: where clients wait that shake hands, log in, open proxies or have gone.
    @ivar checks: see L{Serving<frp.server.serving.Serving>}.
    """

    def __init__(
        self,
        reactor: IReactor,
        config: ServerConfig,
        registry: Registry,
        shared: Shared | None = None,
        beside: Beside | None = None,
    ) -> None:
        """
        @param reactor: any of Twisted's; its transports are made L{eager<frp.sockets.eager.eager>} where they can be.
        @param registry: where proxy types, transports and authenticators are found.
        @param shared: what it shares with other nodes; by default what the configuration names.
        @param beside: where it is one of several processes on one machine.
        @raise FRPError: C{cluster.store} cannot be used.
        """
        self.reactor = reactor = eager(reactor)
        self.config = config
        self.registry = registry
        self.log = Log("frp.server")
        self.started: Deferred[None] = Deferred()
        self.shared = shared or sharedOf(reactor, config, registry, self.log)
        self.flowing = Flowing()
        self.turnstile = Turnstile(reactor)
        self.hooks = Hooks((), reactor, self.log)
        self.checks: list[Callable[[Login, str], object]] = []
        self._listening: list[IServerHook] = []
        self._kept: dict[str, Kept] = {}
        self._keeping: Keeping | None = None
        self.gateways = Gateways()
        self._ports: list[IListeningPort] = []
        self._side: TLSSide | None = None
        self._clients: Clients | None = None
        self.drained: Deferred[None] = Deferred()
        self._draining: Draining | None = None
        self._doors: list[IListeningPort] = []  # of those ports where clients come in
        self.node = self._nodeOf(config, beside)
        self._starting: Deferred[None] | None = None
        self._readying: IDelayedCall | None = None
        self._stopping: Deferred[None] | None = None

    @property
    def clock(self) -> IReactorTime:
        clock: IReactorTime = self.reactor
        return clock

    @property
    def clients(self) -> Clients:
        """Who is online, once the server has started."""
        assert self._clients is not None
        return self._clients

    def _online(self) -> list[Control]:
        return [] if self._clients is None else self._clients.online()

    @cached_property
    def whole(self) -> Whole:
        """
        What there is of this server, and of the other workers where it is one of several. One that is alone, and shows
        and keeps nothing, does without.
        """
        from frp.server.whole.whole import Whole

        own, name = self.shared, self.config.cluster.name
        return Whole.of(own, name, self.clock, self._online, lambda: self.hooks.counters(), self.log)

    @property
    def _beside(self) -> bool:
        """Whether other workers serve beside this one."""
        return bool(self.shared.fellows.numbers)

    def _nodeOf(self, config: ServerConfig, beside: Beside | None) -> Node | None:
        if not config.cluster.store:
            return None
        from frp.server.cluster.node import Node

        return Node(self.reactor, config, self.shared, lambda: self.clients, self.log, beside)

    @property
    def _entrance(self) -> IReactor:
        """Where users and clients come in."""
        return self.reactor if self.node is None else self.node.entrance

    @property
    def authenticator(self) -> IAuthenticator:
        """Knows who may come, once the server has started."""
        return self.clients.serving.authenticator

    def listen(self, hook: IServerHook) -> None:
        """
        One more hook, behind those of the configuration: of whoever works with this server in the same process. Where
        it is one of several workers it is told of what has happened at others, too.

        @raise PluginError: as L{Hooks.add<frp.hooks.chain.Hooks.add>}.
        """
        self.hooks.add(hook, counted=False)
        if self._beside:
            self.whole.elsewhere.add(hook, counted=False)
        self._listening.append(hook)

    def moderate(self) -> None:
        """Keep to what operators order from now on."""
        self.checks.append(self.whole.moderation.check)
        self.listen(self.whole.moderation)

    def keep(self, kind: str, kept: Kept) -> None:
        """
        Keep something over restarts, where C{statsFile} is set.

        @param kind: what an entry is called there. What comes after the server has started is not known again.
        """
        self._kept[kind] = kept

    def startService(self) -> None:
        """L{started} tells how it went."""
        Service.startService(self)
        self._starting = Deferred.fromCoroutine(self._start())
        self._starting.addErrback(self._notStarted).chainDeferred(self.started)

    def _notStarted(self, failure: Failure) -> Failure:
        """Whoever was stopped before it had started has nothing wrong with it."""
        return Failure(Unavailable("stopped before it had started")) if failure.check(CancelledError) else failure

    async def _start(self) -> None:
        config = self.config
        await self.shared.directory.open()
        self._clients = clients = await self._begin()
        if config.statsFile:
            from frp.server.keeping import Keeping

            self._keeping = Keeping(self.reactor, config.statsFile, self.shared, self.whole, self._kept, self.log)
            await self._keeping.load()
        if self._beside or self._keeping is not None:
            await self.whole.begin()
        shared = SharedPort(self.clock, self.log)
        self._openDoors(clients.arrivals, shared)
        gateways = GatewaySite(
            reactor=self._entrance,
            config=config,
            shared=shared,
            routes=self.shared.routes,
            memberships=self.shared.memberships,
            flowing=self.flowing,
            hooks=self.hooks,
            opened=self._ports.append,
            log=self.log,
        )
        self.gateways.open(self.registry, gateways)
        self._keepDoor(listen(self._entrance, config.bindAddr, config.bindPort, shared, "bindAddr, bindPort"))
        self.log.info("frps tcp listen on {where}", where=authority(config.bindAddr, self.port))
        if self.node is not None:
            await self.node.start(clients.serving)
            await self.node.meet()
        await self.sayStarted()
        if self.node is not None:
            self.node.accept()
        self._readying = self.reactor.callLater(0, self._ready)

    async def sayStarted(self) -> None:
        """All is there that users and clients need. They are let in when this is done."""
        self.log.info("frps started successfully")

    def _ready(self) -> None:
        """Have at hand what the first client would wait for: a certificate, if we make it, and the usual proxy."""
        side, self._readying = self._side, None
        assert side is not None, "doors are open"
        side.ready()
        with suppress(PluginError):  # whoever asks for one is told
            self.registry.get(IProxyKind, "tcp")

    async def _begin(self) -> Clients:
        config = self.config
        authenticator: IAuthenticator = await asked(
            self.registry.make, IAuthenticatorKind, config.auth.method, "server", config.auth, self
        )
        try:
            self.hooks = configured(config, self.registry, self)
            for hook in self._listening:
                self.hooks.add(hook, counted=False)
        except BaseException:
            authenticator.close()
            raise
        return Clients(
            Serving(
                reactor=self._entrance,
                config=config,
                registry=self.registry,
                authenticator=authenticator,
                hooks=self.hooks,
                gateways=self.gateways,
                shared=self.shared,
                tcpGroups=PortGroups(self.shared.memberships),
                flowing=self.flowing,
                log=self.log,
                turnstile=self.turnstile,
                checks=self.checks,
                others=self.node,
            )
        )

    def _openDoors(self, arrivals: Arrivals, shared: SharedPort) -> None:
        """@raise FRPError: one cannot be opened."""
        config = self.config
        self._side = side = serverContext(config.transport.tls)
        carriers = Carriers(
            self.reactor, config, side, lambda carrier: self._carried(carrier, arrivals), self.log, self.turnstile
        )
        openDoors(
            ListenSite(
                reactor=self._entrance,
                config=config,
                registry=self.registry,
                shared=shared,
                carriers=carriers,
                streams=arrivals.streams,
                admit=arrivals.admit,
                tls=side,
                secret=self.authenticator.key,
                keep=self._keepDoor,
                log=self.log,
            )
        )

    def _keepDoor(self, port: IListeningPort) -> None:
        self._ports.append(port)
        self._doors.append(port)

    @property
    def drains(self) -> bool:
        """Whether clients are to go."""
        return self._draining is not None

    def renewal(self, tls: TLSFields) -> Callable[[], None] | None:
        """
        Read the certificates again that clients are shown, and by which they are known.

        @param tls: the files. Where it names none, the one that was made at the start stays.
        @return: lets all who come from now on have them; None where there is nothing to read.
        @raise ConfigError: a file cannot be read or used.
        """
        side = self._side
        if side is None or not (tls.certFile or tls.trustedCaFile):
            return None
        return partial(side.become, serverContext(tls))

    @property
    def port(self) -> int:
        """The port on which clients are awaited, once the server has started."""
        return portOf(self._ports[-1])

    def _carried(self, carrier: IStream, arrivals: Arrivals) -> IProtocol | None:
        """What answers on a carrier whose TLS is done: streams in a session, or one stream."""
        transport = self.config.transport
        carrier.keepAlive(transport.tcpKeepalive)
        if not transport.tcpMux:
            return arrivals.streams.buildProtocol(carrier.getPeer())
        session = MuxedSession(self.clock, self.log, client=False, keepalive=transport.tcpMuxKeepaliveInterval)
        session.accept = arrivals.admit(session)
        return session

    def drain(self, within: float) -> None:
        """
        Let no more clients in, and let those go who have no user, to where else they are served. L{drained} tells when
        nobody is here any more; the server may be stopped then.

        @param within: seconds after which those go, too, that have users, and users of other nodes' clients. Said
            again, it is in place of what was said.
        """
        if self._draining is not None:
            self._draining.go(within)
        else:
            self.log.info("no more clients are let in, and those that are here go when they have no user")
            for port in self._doors:
                port.stopListening()
            if self.node is not None:
                self.node.drain()
            balanced = self.node is not None and not self._beside
            self._draining = Draining(self.clients, self.flowing, self.clock, self.log, within, balanced=balanced)
            self._draining.done.chainDeferred(self.drained)

    def stopService(self) -> Deferred[None]:
        """
        Take nobody any more, let users finish for C{gracePeriod} seconds, then end every client. Asked again, it waits
        for the same.
        """
        if self._stopping is None:
            Service.stopService(self)
            self._stopping = Deferred.fromCoroutine(self._stop())
        stopped: Deferred[None] = Deferred()
        self._stopping.addCallbacks(stopped.callback, stopped.errback)
        return stopped

    async def _stop(self) -> None:
        if self._starting is not None:
            self._starting.cancel()
        if self._draining is not None:
            self._draining.stop()
        if self._readying is not None:
            self._readying.cancel()
        ports, self._ports = self._ports, []
        await DeferredList([maybeDeferred(port.stopListening) for port in ports], consumeErrors=True)
        if self._clients is not None:
            await self._end(self._clients)
        if self._beside:
            await self.whole.end()
        if self._keeping is not None:
            await self._keeping.close()
        await self.hooks.close()  # last, for they are told of every end
        await self.shared.directory.close()

    async def _end(self, clients: Clients) -> None:
        await clients.refuse()
        await self.flowing.drain(self.clock, self.config.gracePeriod)
        await self.gateways.close()
        if self.node is not None:
            await self.node.close()
        await clients.close()
        blame = Blame(IAuthenticatorKind, self.config.auth.method, IAuthenticator)
        await blame.close(clients.serving.authenticator, self.log, "the authenticator did not close")
        await clients.arrivals.close()
        await self.flowing.cut(self.clock)
        if self.node is not None:
            await self.node.cut()

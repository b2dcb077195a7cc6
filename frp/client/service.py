"""frpc, as a service."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from random import random

from twisted.application.service import Service
from twisted.internet.defer import CancelledError, Deferred
from twisted.python.failure import Failure
from zope.interface import implementer

from frp.client.life import Backoff, Core, lifeOf
from frp.client.login import logIn
from frp.client.parts import Parts, Prepared
from frp.client.running import RunningProxy
from frp.client.session import ClientSession, Sessions
from frp.client.sources import Sources
from frp.client.visitors import RunningVisitors
from frp.config.checking import unserved
from frp.config.client import Change, ClientConfig, change, checkFeatureGates
from frp.config.proxy import ProxyConfig
from frp.config.visitor import VisitorConfig
from frp.errors import FRPError, Refused
from frp.interfaces import Flowing, IAuthenticationSite, IAuthenticator, IAuthenticatorKind, IReactor
from frp.kinds import Registry
from frp.logs import Log
from frp.sockets.eager import eager
from frp.sockets.tlsside import clientContext
from frp.transports.sites import DialSite
from frp.wire.dialects import dialectNamed
from frp.wire.messages import ClientSpec

__all__ = ["FRPClient"]


@implementer(IAuthenticationSite)
class FRPClient(Service):
    """
    Keeps a session with frps, the wanted proxies in it, and the wanted visitors.

    @ivar ended: fires when the service has stopped; fails when the first login did and C{loginFailExit} is set.
    @ivar sources: what says which proxies and visitors are wanted.
    @ivar file: the first of them, the configuration.
    @ivar flowing: the users that are being served.
    @ivar changed: is told of every proxy that enters a phase. To be set before the start.
    @ivar spec: what kind of client it says it is. The same.
    @ivar prepared: what it works with; None before it has started, and once it is to stop.
    """

    def __init__(self, reactor: IReactor, config: ClientConfig, registry: Registry) -> None:
        """
        @param reactor: any of Twisted's; its transports are made L{eager<frp.sockets.eager.eager>} where they can be.
        @param registry: where proxy types, transports and authenticators are found.
        """
        self.reactor = self.clock = reactor = eager(reactor)
        self.config = config
        self.registry = registry
        self.log = Log("frp.client")
        self.ended: Deferred[None] = Deferred()
        self.sources = Sources(self._changed)
        self.file = self.sources.add(config.proxies, config.visitors)
        self.flowing = Flowing()
        self.changed: Callable[[RunningProxy], object] = lambda running: None
        self.spec = ClientSpec()
        self.sessions = Sessions(reactor)
        self.visitors = RunningVisitors(self.sessions)
        self._wanted = self.sources.wanted
        self.prepared: Prepared | None = None
        self._life = lifeOf(Core(self, reactor, Backoff(random)))

    @property
    def session(self) -> ClientSession | None:
        """The current session, until the client is to stop."""
        return self.sessions.current if self.prepared is not None else None

    # The start

    def startService(self) -> None:
        Service.startService(self)
        Deferred.fromCoroutine(self._start()).addErrback(self._end)

    async def _start(self) -> None:
        prepared = await self._prepare()
        # Getting the secret may take long, and meanwhile somebody may have stopped us.
        if not self.running or self.prepared is not None:
            await self._putAway(prepared)
            return
        self.prepared = prepared
        self.sessions.start()
        self.visitors.start(prepared, self._wanted.visitors)
        self._life.start()

    async def _prepare(self) -> Prepared:
        reactor, config, registry = self.reactor, self.config, self.registry
        checkFeatureGates(config)
        dialect = dialectNamed(config.transport.wireProtocol)
        for name in unserved(config):
            self.log.warn("{key} is set, and nothing in this version acts on it", key=name)
        parts = Parts()
        await parts.start(registry, config, reactor, self.log)
        try:
            made = registry.make(IAuthenticatorKind, config.auth.method, "client", config.auth, self)
            authenticator: IAuthenticator = await made if isinstance(made, Deferred) else made
            tls = clientContext(config.transport.tls, config.serverAddr) if config.transport.tls.enable else None
        except BaseException:
            await parts.stop(self.log)
            raise
        site = DialSite(reactor, config, tls, self.log)
        return Prepared(
            reactor,
            config,
            registry,
            dialect,
            authenticator,
            site,
            parts,
            self.flowing,
            self.changed,
            self.log,
            self.spec,
        )

    # What becomes of it

    async def logIn(self, runId: str) -> ClientSession:
        """Make one attempt; C{runId} is what the last session was called, empty at first."""
        assert self.prepared is not None, "nobody dials before the start"
        self.log.info("try to connect to server...")
        return await logIn(self.prepared, runId)

    def entered(self, session: ClientSession, first: bool) -> None:
        """There is a session. Visitors stay from the C{first} one on."""
        self.sessions.entered(session)
        if self.sessions.current is session:
            session.change((), self._wanted.proxies)
        self._told(session, "proxy", change((), self._wanted.proxies))
        if first:
            self._told(session, "visitor", change((), self._wanted.visitors))
        self.visitors.openAll()
        self.sessions.serve()

    def left(self, reason: Failure) -> None:
        self.log.warn("the session has ended: {reason}", reason=str(reason.value))

    def attemptFailed(self, reason: Failure) -> None:
        if reason.check(FRPError) is None:
            self.log.failure("connect to server error", reason)
        else:
            self.log.warn("connect to server error: {reason}", reason=str(reason.value))

    def gaveUp(self, reason: Failure) -> None:
        """There will be no other attempt."""
        why = reason.value.brief if isinstance(reason.value, FRPError) else str(reason.value)
        consequence = "With loginFailExit enabled, no additional retries will be attempted"
        refused = Refused(f"login to the server failed: {why}. {consequence}")
        refused.__cause__ = reason.value
        self._end(Failure(refused))

    def bug(self, failure: Failure) -> None:
        """An attempt was cancelled, or something broke that should not."""
        if failure.check(CancelledError) is None:
            self.log.failure("the client broke", failure)

    def _end(self, reason: Failure) -> None:
        if not self.ended.called:
            self.ended.errback(reason)

    # What is wanted

    def update(self, proxies: Iterable[ProxyConfig], visitors: Iterable[VisitorConfig] | None = None) -> None:
        """
        The configuration has other proxies, and unless they are None visitors, now. Those that are the same run on, and
        keep their users.
        """
        self.file.change(proxies, visitors)

    def _changed(self) -> None:
        before, self._wanted = self._wanted, self.sources.wanted
        proxies = change(before.proxies, self._wanted.proxies)
        visitors = change(before.visitors, self._wanted.visitors)
        session = self.session
        if session is not None:
            session.change((config.name for config in proxies.stop), proxies.start)
            self._told(session, "proxy", proxies)
        self.visitors.change(visitors.stop, visitors.start)
        if session is not None:
            self._told(session, "visitor", visitors)

    def _told(self, session: ClientSession, noun: str, changed: Change[ProxyConfig] | Change[VisitorConfig]) -> None:
        for verb, configs in (("removed", changed.stop), ("added", changed.start)):
            if configs:
                names = " ".join(sorted(config.name for config in configs))
                session.log.info("{noun} {verb}: [{names}]", noun=noun, verb=verb, names=names)

    # The end

    def stopService(self) -> Deferred[None]:
        """Withdraw the proxies and visitors, let users finish for C{gracePeriod} seconds, then end the session."""
        Service.stopService(self)
        return Deferred.fromCoroutine(self._stop())

    async def _stop(self) -> None:
        prepared, self.prepared = self.prepared, None
        session = self._life.stop()
        if session is not None:
            session.withdraw()
        closed = self.visitors.stop()
        self.sessions.stop()
        await closed
        await self.flowing.drain(self.clock, self.config.gracePeriod)
        if session is not None:
            await session.close()
        await self.flowing.cut(self.clock)
        if prepared is not None:
            await self._putAway(prepared)
        if not self.ended.called:
            self.ended.callback(None)

    async def _putAway(self, prepared: Prepared) -> None:
        prepared.authenticator.close()
        await prepared.parts.stop(self.log)

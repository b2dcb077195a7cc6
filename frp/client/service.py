"""
frpc, as a service: it is in a session, on the way into one, or waiting to try again.
"""

from __future__ import annotations

from collections.abc import Callable
from random import random
from typing import Any, Protocol

import attrs
from automat import TypeMachineBuilder, pep614
from twisted.application.service import Service
from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.interfaces import IDelayedCall, IReactorTime
from twisted.python.failure import Failure
from zope.interface import implementer

from frp.client.backoff import Backoff
from frp.client.dns import useServer
from frp.client.login import logIn
from frp.client.running import RunningProxy
from frp.client.session import ClientSession
from frp.client.visiting import Visiting
from frp.config.change import Change, change
from frp.config.client import ClientConfig, checkFeatureGates
from frp.config.proxy import ProxyConfig
from frp.config.unserved import unserved
from frp.config.visitor import VisitorConfig
from frp.errors import ConfigError, FRPError, Refused
from frp.interfaces import IAuthenticationSite, IAuthenticator, IAuthenticatorKind
from frp.interfaces.flowing import Flowing
from frp.kinds import Registry
from frp.logs import Log
from frp.sockets.certificates import clientContext
from frp.transports.sites import DialSite
from frp.wire.dialect import Dialect
from frp.wire.dialects import dialectNamed

__all__ = ["FRPClient"]


class _Life(Protocol):
    """The inputs of a client's life."""

    def start(self) -> None:
        """Reach the server."""

    def loggedIn(self, session: ClientSession) -> None:
        """The attempt succeeded."""

    def failed(self, reason: Failure) -> None:
        """The attempt did not."""

    def gaveUp(self, reason: Failure) -> None:
        """The attempt did not, and there will be no other (C{loginFailExit})."""

    def lost(self, reason: Failure) -> None:
        """The session has ended."""

    def due(self) -> None:
        """It is time to try again."""

    def stop(self) -> ClientSession | None:
        """Try no more. Returns the session that is to be closed."""


@attrs.define(eq=False)
class _Core:
    """
    @ivar runId: what the last session was called.
    @ivar everIn: whether a login has ever succeeded.
    """

    client: FRPClient
    backoff: Backoff
    runId: str = ""
    everIn: bool = False

    def failed(self, reason: Failure, life: _Life) -> None:
        """An attempt has failed: is it the last one?"""
        if self.client.config.loginFailExit and not self.everIn:
            life.gaveUp(reason)
        else:
            life.failed(reason)

    def delay(self, reason: Failure) -> float:
        """@return: seconds until the next attempt."""
        return self.backoff.refused() if reason.check(Refused) else self.backoff.unreached()


def _machine() -> Callable[[_Core], _Life]:
    machine = TypeMachineBuilder(_Life, _Core)

    def attempt(life: _Life, core: _Core, *_: object) -> Deferred[None]:
        core.client.log.info("try to connect to server...")
        # A turn of the reactor lies between, so that the state is entered before the outcome can come.
        begun: Deferred[None] = Deferred(lambda d: timer.cancel() if timer.active() else None)
        timer = core.client.reactor.callLater(0, begun.callback, None)
        begun.addCallback(lambda _: Deferred.fromCoroutine(logIn(core.client, core.runId)))
        begun.addCallbacks(entered, core.failed, callbackArgs=(life,), errbackArgs=(life,))
        return begun.addErrback(core.client.bug)

    def entered(session: ClientSession, life: _Life) -> None:
        life.loggedIn(session)
        # Not before the state is entered: it may be lost already.
        session.lost.addCallback(lambda error: life.lost(Failure(error)))

    def remember(life: _Life, core: _Core, session: ClientSession) -> ClientSession:
        core.runId = session.runId
        first, core.everIn = not core.everIn, True
        core.backoff.succeeded()
        core.client.session = session
        core.client.began(session, first)
        core.client.visiting.entered(session)
        return session

    def wait(life: _Life, core: _Core, reason: Failure) -> IDelayedCall:
        return core.client.clock.callLater(core.delay(reason), life.due)

    idle = machine.state("idle")
    connecting = machine.state("connecting", attempt)
    live = machine.state("live", remember)
    waiting = machine.state("waiting", wait)
    stopped = machine.state("stopped")

    idle.upon(_Life.start).to(connecting).returns(None)
    stopped.upon(_Life.start).to(connecting).returns(None)
    waiting.upon(_Life.due).to(connecting).returns(None)
    connecting.upon(_Life.loggedIn).to(live).returns(None)
    idle.upon(_Life.stop).to(stopped).returns(None)
    stopped.upon(_Life.stop).loop().returns(None)
    stopped.upon(_Life.failed).loop().returns(None)
    stopped.upon(_Life.gaveUp).loop().returns(None)
    stopped.upon(_Life.lost).loop().returns(None)

    @pep614(connecting.upon(_Life.failed, nodata=True).to(waiting))
    def failed(life: _Life, core: _Core, reason: Failure) -> None:
        core.client.attemptFailed(reason)

    @pep614(connecting.upon(_Life.gaveUp).to(stopped))
    def gaveUp(life: _Life, core: _Core, begun: Deferred[None], reason: Failure) -> None:
        core.client.attemptFailed(reason)
        core.client.gaveUp(reason)

    @pep614(live.upon(_Life.lost, nodata=True).to(waiting))
    def lost(life: _Life, core: _Core, reason: Failure) -> None:
        core.client.session = None
        core.client.log.warn("the session has ended: {reason}", reason=str(reason.value))

    @pep614(connecting.upon(_Life.stop).to(stopped))
    def stopConnecting(life: _Life, core: _Core, begun: Deferred[None]) -> None:
        begun.cancel()

    @pep614(waiting.upon(_Life.stop).to(stopped))
    def stopWaiting(life: _Life, core: _Core, timer: IDelayedCall) -> None:
        timer.cancel()

    @pep614(live.upon(_Life.stop).to(stopped))
    def stopLive(life: _Life, core: _Core, session: ClientSession) -> ClientSession:
        core.client.session = None
        return session

    return machine.build()


_life = _machine()


@implementer(IAuthenticationSite)
class FRPClient(Service):
    """
    Keeps a session with frps, the configured proxies in it, and the configured visitors.

    @ivar ended: fires when the service has stopped; fails when the first login did and C{loginFailExit} is set.
    @ivar session: the current session, or None.
    @ivar visiting: the visitors.
    @ivar flowing: the users that are being served.
    @ivar changed: is told of every proxy that enters a phase.
    """

    authenticator: IAuthenticator
    dialect: Dialect
    dialSite: DialSite

    def __init__(self, reactor: Any, config: ClientConfig, registry: Registry) -> None:
        """
        @param reactor: best an L{eager<frp.sockets.eager.eager>} one.
        @param registry: where proxy types, transports and authenticators are found.
        """
        self.reactor = reactor
        self.clock: IReactorTime = reactor
        self.config = config
        self.registry = registry
        self.log = Log("frp.client")
        self.ended: Deferred[None] = Deferred()
        self.session: ClientSession | None = None
        self.flowing = Flowing()
        self.changed: Callable[[RunningProxy], object] = lambda running: None
        self.visiting = Visiting(self)
        self._life = _life(_Core(self, Backoff(random)))

    def startService(self) -> None:
        """As L{IService.startService<twisted.application.service.IService.startService>}."""
        Service.startService(self)
        Deferred.fromCoroutine(self._prepare()).addCallbacks(lambda _: self._prepared(), self._end)

    def _prepared(self) -> None:
        # Getting the secret may take long, and meanwhile somebody may have stopped us.
        if self.running:
            self.visiting.start(self.config.visitors)
            self._life.start()

    async def _prepare(self) -> None:
        config = self.config
        checkFeatureGates(config)
        dialect = dialectNamed(config.transport.wireProtocol)
        if dialect is None:
            raise ConfigError(
                "transport.wireProtocol",
                f"transport.wireProtocol {config.transport.wireProtocol} is not available in this version",
                hint='set it to "v1", which every frps speaks',
            )
        self.dialect = dialect
        for name in unserved(config):
            self.log.warn("{key} is set, and nothing in this version acts on it", key=name)
        if config.dnsServer:
            useServer(self.reactor, config.dnsServer)
        made = self.registry.make(IAuthenticatorKind, config.auth.method, "client", config.auth, self)
        self.authenticator = await made if isinstance(made, Deferred) else made
        tls = clientContext(config.transport.tls, config.serverAddr) if config.transport.tls.enable else None
        self.dialSite = DialSite(self.reactor, config, tls, self.log)

    def began(self, session: ClientSession, first: bool) -> None:
        """
        Name what the session begins with.

        @param first: it is the first one; the visitors stay from one to the next.
        """
        self._told(session, "proxy", change((), self.config.proxies))
        if first:
            self._told(session, "visitor", change((), self.config.visitors))

    def attemptFailed(self, reason: Failure) -> None:
        """An attempt to log in failed: say so."""
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

    def update(self, proxies: list[ProxyConfig], visitors: list[VisitorConfig] | None = None) -> None:
        """
        Put other proxies, and visitors, in the place of the configured ones. Those that are the same run on, and keep
        their users.

        @param visitors: None leaves them as they are.
        """
        changed = change(self.config.proxies, proxies)
        self.config.proxies = proxies
        session = self.session
        if session is not None:
            for config in changed.stop:
                session.remove(config.name)
            for config in changed.start:
                session.add(config)
            self._told(session, "proxy", changed)
        if visitors is not None:
            changes = change(self.config.visitors, visitors)
            self.config.visitors = visitors
            self.visiting.change(changes.stop, changes.start)
            if session is not None:
                self._told(session, "visitor", changes)

    def _told(self, session: ClientSession, noun: str, changed: Change[Any]) -> None:
        for verb, configs in (("removed", changed.stop), ("added", changed.start)):
            if configs:
                names = " ".join(sorted(config.name for config in configs))
                session.log.info("{noun} {verb}: [{names}]", noun=noun, verb=verb, names=names)

    def stopService(self) -> Deferred[Any]:
        """
        Stop: withdraw the proxies and visitors, let users finish for C{gracePeriod} seconds, then end the session.
        """
        Service.stopService(self)
        return Deferred.fromCoroutine(self._stop())

    async def _stop(self) -> None:
        session = self._life.stop()
        if session is not None:
            session.withdraw()
        await self.visiting.stop()
        await self.flowing.drain(self.clock, self.config.gracePeriod)
        if session is not None:
            await session.close()
        if hasattr(self, "authenticator"):  # it came that far
            self.authenticator.close()
        await self.flowing.cut(self.clock)
        if not self.ended.called:
            self.ended.callback(None)

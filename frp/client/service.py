"""frpc, as a service."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING

from twisted.application.service import Service
from twisted.internet.defer import Deferred, DeferredList, DeferredLock
from twisted.internet.threads import deferToThreadPool
from twisted.python.failure import Failure

from frp.client.parts import Among, Parts, Prepared, Towards
from frp.client.policy import policyOf
from frp.client.refusal import hintOn
from frp.client.remote import Remote
from frp.client.running import RunningProxy
from frp.client.session import ClientSession
from frp.client.sessions import Sessions
from frp.client.sources import Sources, Wanted
from frp.client.visitors import RunningVisitors
from frp.config.change import Change, change
from frp.config.client import ClientConfig, checkFeatureGates
from frp.config.differing import differing
from frp.config.load import Loaded
from frp.config.proxy import ProxyConfig
from frp.config.unread import unreadOf
from frp.config.visitor import VisitorConfig
from frp.errors import ConfigError, ConfigErrors, FRPError, Refused, Unavailable
from frp.interfaces import Flowing, IReactor
from frp.joining.traffic import Traffic
from frp.kinds import Registry
from frp.logs import Log
from frp.session.deadline import Later
from frp.session.turnstile import Turnstile
from frp.sockets.eager import eager
from frp.values import frozen
from frp.wire.dialects import dialectNamed
from frp.wire.messages import ClientSpec

if TYPE_CHECKING:
    from frp.client.store import Store

__all__ = ["FRPClient", "Reread"]

#: What a running client takes from a configuration that is read again.
_TAKEN = ("proxies", "visitors", "start", "includes")

_GO_ON = "frpc leaves when the first login fails; with loginFailExit = false it goes on until a server lets it in"


@frozen
class Reread:
    """
    A configuration that was read again.

    @ivar config: all of it.
    @ivar proxies: what has become of the proxies, wherever they come from.
    @ivar visitors: the same.
    @ivar waiting: the keys that have changed since the start, and count at the next one only.
    @ivar doubts: what is odd about it and the reference takes without a word, as the log has it.
    """

    config: ClientConfig
    proxies: Change[ProxyConfig]
    visitors: Change[VisitorConfig]
    waiting: list[str]
    doubts: tuple[str, ...]


def _foreseen(loaded: Loaded[ClientConfig], before: Wanted, wanted: Wanted, running: ClientConfig) -> Reread:
    """
    What becomes of a configuration that was read again. Thousands of entries are compared: it is for a thread.

    @param before: what runs, and C{wanted} what would; C{running} is what frpc has started with.
    @raise ConfigErrors: what would be started anew names files that cannot be used.
    """
    proxies, visitors = change(before.proxies, wanted.proxies), change(before.visitors, wanted.visitors)
    missing = unreadOf([*proxies.start, *visitors.start], loaded.places)
    if missing:
        raise ConfigErrors(missing)
    waiting = [key for key in differing(running, loaded.config) if not key.startswith(_TAKEN)]
    return Reread(loaded.config, proxies, visitors, waiting, loaded.doubts)


class FRPClient(Service):
    """
    Keeps a session with frps, or with several, the wanted proxies in it, and the wanted visitors.

    @ivar started: fires, with a line for people, when the start is over: frps, or one of several, has answered for
        every proxy that it was asked for; or each is to be tried again. What keeps it from that is said by L{ended}
        alone.
    @ivar ended: fires when the service has stopped; fails when it could not start, or the first login failed and
        C{loginFailExit} is set.
    @ivar sources: what says which proxies and visitors are wanted.
    @ivar file: the first of them, the configuration.
    @ivar flowing: the users that are being served.
    @ivar store: what was made in the web interface, where C{store.path} is set.
    @ivar watchers: each is told of every proxy that enters a phase.
    @ivar missed: each is told of proxies whose local service a user did not reach.
    @ivar greeters: each is told of every server with which there is a session now, and that.
    @ivar failed: each is told of every server with which an attempt at a session has failed.
    @ivar remotes: the servers, the best first.
    @ivar spec: what kind of client it says it is. To be set before the start.
    @ivar traffic: what each proxy has carried and carries, by its name. Nothing is counted while it is None: whoever
        wants to look puts a mapping there that makes what it has not, before the start.
    @ivar prepared: what it works with; None before it has started, and once it is to stop.
    """

    def __init__(self, reactor: IReactor, config: ClientConfig, registry: Registry, among: Among | None = None) -> None:
        """
        @param reactor: any of Twisted's; its transports are made L{eager<frp.sockets.eager.eager>} where they can be.
        @param registry: where proxy types, transports and authenticators are found.
        @param among: what it is among the clients of a process that has several.
        """
        self.reactor = self.clock = reactor = eager(reactor)
        self.config = config
        self.registry = registry
        self.log = Log("frp.client").about(client=among.name) if among else Log("frp.client")
        self.started: Deferred[str] = Deferred()
        self.ended: Deferred[None] = Deferred()
        self.sources = Sources(self._changed)
        self.file = self.sources.add(config.proxies, config.visitors)
        self.flowing = Flowing()
        self.store = self._stored()
        self.watchers: list[Callable[[RunningProxy], object]] = []
        self.missed: list[Callable[[RunningProxy], object]] = []
        self.greeters: list[Callable[[Remote, ClientSession], object]] = []
        self.failed: list[Callable[[Remote], object]] = []
        self.spec = ClientSpec()
        self.traffic: Mapping[str, Traffic] | None = None
        places = [(one.name, f"servers[{n}].") for n, one in enumerate(config.servers)] or [("", "")]
        ways = zip(config.each(), places, strict=True)
        self.remotes = tuple(Remote(reactor, own, self, name, place) for own, (name, place) in ways)
        self.sessions = Sessions(reactor, self.remotes)
        self.visitors = RunningVisitors(self.sessions)
        self._wanted = self.sources.wanted
        self._everIn = False
        self._settling = Later(reactor)
        self._turnstile = among.turnstile if among else Turnstile(reactor)
        self._leaving: set[ClientSession] = set()
        self._reloading = DeferredLock()
        self._policy = policyOf(config, self.remotes, reactor, self._leave)
        self.prepared: Prepared | None = None

    def _stored(self) -> Store | None:
        if not self.config.store.path:
            return None
        # Imported here, for few have one.
        from frp.client.store import Store

        return Store(self.reactor, self.config, self.registry, self.sources)

    @property
    def present(self) -> list[tuple[Remote, ClientSession]]:
        """The servers with which there is a session, and that, the best first; none once the client is to stop."""
        if self.prepared is None:
            return []
        return [(remote, remote.session) for remote in self.remotes if remote.session is not None]

    @property
    def session(self) -> ClientSession | None:
        """The current session, that with the best server where there are several, until the client is to stop."""
        return self.sessions.current if self.prepared is not None else None

    # The start

    def startService(self) -> None:
        Service.startService(self)
        Deferred.fromCoroutine(self._start()).addErrback(self._end)

    async def _start(self) -> None:
        prepared, ways = await self._prepare()
        # Getting the secrets may take long, and meanwhile somebody may have stopped us.
        if not self.running or self.prepared is not None:
            await self._putAway(prepared, ways)
            return
        self.prepared = prepared
        for remote, towards in zip(self.remotes, ways, strict=True):
            remote.towards = towards
        self.sessions.start()
        self.visitors.start(prepared, self._wanted.visitors)
        self._policy.start()

    async def _prepare(self) -> tuple[Prepared, list[Towards]]:
        reactor, config, registry = self.reactor, self.config, self.registry
        checkFeatureGates(config)
        dialect = dialectNamed(self.remotes[0].config.transport.wireProtocol)
        parts, ways = Parts(), list[Towards]()
        await parts.start(registry, config, reactor, self.log)
        prepared = Prepared(
            reactor=reactor,
            config=config,
            registry=registry,
            dialect=dialect,
            parts=parts,
            flowing=self.flowing,
            changed=self._phased,
            missed=self._missed,
            log=self.log,
            turnstile=self._turnstile,
            spec=self.spec,
            traffic=self.traffic,
        )
        try:
            for remote in self.remotes:
                ways.append(await self._way(remote, prepared))
        except BaseException:
            await self._putAway(prepared, ways)
            raise
        return prepared, ways

    async def _way(self, remote: Remote, prepared: Prepared) -> Towards:
        """@raise FRPError: there is none; where there are several servers it says which one it is about."""
        try:
            return await remote.prepare(prepared)
        except FRPError as error:
            if not remote.name:
                raise
            whose = f"server {remote.name}"
            if isinstance(error, ConfigError):
                raise error.behind(whose) from error
            raise Unavailable(f"{whose}: {error.brief}", f"{whose}: {error.detail}") from error

    # What becomes of it

    def entered(self, remote: Remote) -> None:
        """There is a session with a server. It may be over already. Visitors stay from the first one on."""
        session, first, self._everIn = remote.session, not self._everIn, True
        if session is not None:
            session.change((), self._wanted.proxies)
            self._told(session, "proxy", change((), self._wanted.proxies))
            for greeter in self.greeters:
                greeter(remote, session)
            if first:
                self._told(session, "visitor", change((), self._wanted.visitors))
        self.visitors.openAll()
        self.sessions.serve()
        self.decide()

    def attemptFailed(self, remote: Remote) -> None:
        """There is no session with a server."""
        for told in self.failed:
            told(remote)
        self.decide()

    def decide(self) -> None:
        """Something has become of a session, an attempt or a proxy."""
        if self.prepared is not None:
            self._policy.changed()
            if not self.started.called:
                self._settling.set(0, self._settle)

    def _settle(self) -> None:
        answered = any(not session.asking for _, session in self.present)
        goesOn = self._everIn or not self.config.loginFailExit
        if answered or (goesOn and all(one.trouble is not None for one in self.remotes)):
            self.started.callback("; ".join(f"{one.title}: {one.status}" for one in self.remotes))

    def _phased(self, running: RunningProxy) -> None:
        for watcher in self.watchers:
            watcher(running)
        self.decide()

    def _missed(self, running: RunningProxy) -> None:
        for watcher in self.missed:
            watcher(running)

    def goesOn(self, remote: Remote) -> bool:
        """Not where nobody has ever let us in, and the configuration does not want us to go on."""
        unasked = (one for one in self.remotes if one is not remote and (one.trouble is None or not one.begun))
        return self._everIn or not self.config.loginFailExit or any(unasked)

    def gaveUp(self, reason: Failure) -> None:
        """There will be no other attempt, with any server."""
        why = "; ".join(f"{one.name}: {one.error}" if one.name else one.error for one in self.remotes)
        consequence = "With loginFailExit enabled, no additional retries will be attempted"
        brief = f"login to the server failed: {why}. {consequence}"
        hint = hintOn(reason.value.brief) if isinstance(reason.value, Refused) else _GO_ON
        refused = Refused(brief, f"{brief}: {hint}")
        refused.__cause__ = reason.value
        self._end(Failure(refused))

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

    async def reload(self, load: Callable[[], Loaded[ClientConfig]]) -> Reread:
        """
        Take the proxies and visitors of a configuration that is read again: in a thread, so that users do not wait for
        it, and one at a time, so that the last one counts. What is odd about it is said in the log.

        @param load: reads it.
        @raise ConfigErrors: it cannot be used, or what it would start anew names files that cannot; nothing has
            changed.
        """
        found: Reread = await self._reloading.run(self._reload, load)
        return found

    async def _reload(self, load: Callable[[], Loaded[ClientConfig]]) -> Reread:
        pool = self.reactor.getThreadPool()
        loaded: Loaded[ClientConfig] = await deferToThreadPool(self.reactor, pool, load)
        config = loaded.config
        wanted = self.sources.wantedWith({self.file: Wanted(tuple(config.proxies), tuple(config.visitors))})
        found: Reread
        found = await deferToThreadPool(self.reactor, pool, _foreseen, loaded, self._wanted, wanted, self.config)
        for remark in loaded.remarks:
            self.log.warn("{remark}", remark=remark)
        self.update(config.proxies, config.visitors)
        return found

    def _changed(self) -> None:
        before, self._wanted = self._wanted, self.sources.wanted
        proxies = change(before.proxies, self._wanted.proxies)
        visitors = change(before.visitors, self._wanted.visitors)
        sessions = [session for _, session in self.present]
        for session in sessions:
            session.change((config.name for config in proxies.stop), proxies.start)
            self._told(session, "proxy", proxies)
        self.visitors.change(visitors.stop, visitors.start)
        for session in sessions[:1]:
            self._told(session, "visitor", visitors)

    def _told(self, session: ClientSession, noun: str, changed: Change[ProxyConfig] | Change[VisitorConfig]) -> None:
        for verb, configs in (("removed", changed.stop), ("added", changed.start)):
            if configs:
                names = " ".join(sorted(config.name for config in configs))
                session.log.info("{noun} {verb}: [{names}]", noun=noun, verb=verb, names=names)

    # The end

    def _leave(self, remote: Remote) -> None:
        """Another server has taken over: nobody comes by this one any more, and users may finish."""
        session = remote.leave()
        if session is not None:
            remote.log.info("a better server has taken over; users of this one may finish")
            self._leaving.add(session)
            session.withdraw()
            # It may be the same server, reached in another way, that has refused what was there already.
            for _, other in self.present:
                other.askSoon()
            finished = Deferred.fromCoroutine(self._letFinish(session))
            finished.addErrback(lambda failure: self.log.failure("a session did not end", failure))

    async def _letFinish(self, session: ClientSession) -> None:
        await session.flowing.drain(self.clock, self.config.gracePeriod)
        await session.close()
        await session.flowing.cut(self.clock)
        self._leaving.discard(session)

    def stopService(self) -> Deferred[None]:
        """Withdraw the proxies and visitors, let users finish for C{gracePeriod} seconds, then end the session."""
        Service.stopService(self)
        return Deferred.fromCoroutine(self._stop())

    async def _stop(self) -> None:
        prepared, self.prepared = self.prepared, None
        self._settling.stop()
        self._policy.stop()
        sessions = [session for session in [one.end() for one in self.remotes] if session is not None]
        for session in sessions:
            session.withdraw()
        closed = self.visitors.stop()
        self.sessions.stop()
        await closed
        await self.flowing.drain(self.clock, self.config.gracePeriod)
        await DeferredList([session.close() for session in (*sessions, *self._leaving)])
        await self.flowing.cut(self.clock)
        if prepared is not None:
            await self._putAway(prepared, [one.towards for one in self.remotes if one.towards is not None])
        if not self.ended.called:
            self.ended.callback(None)

    async def _putAway(self, prepared: Prepared, ways: Iterable[Towards]) -> None:
        for towards in ways:
            await towards.close()
        await prepared.parts.stop(self.log)

"""
The visitors of a client, and each one's way from closed to open.

They outlive its sessions. The reference closes their ports with each session and opens them with the next: users who
come in between are refused. Here they wait for the next session, for a while.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable

from twisted.internet.defer import CancelledError, Deferred, DeferredList, fail
from twisted.internet.interfaces import IProtocol, IProtocolFactory, IReactorTime, IStreamClientEndpoint
from twisted.python.failure import Failure
from zope.interface import Interface, implementer

from frp.client.parts import Prepared
from frp.client.session import ClientSession
from frp.client.sessions import Sessions
from frp.client.visitorsite import VisitorSite
from frp.config.visitor import VisitorConfig
from frp.errors import FRPError, Unavailable, bugBehind
from frp.interfaces import IVisitor, IVisitorKind, IVisitorPlugin
from frp.kinds import Registry
from frp.kinds.blaming import Blame, report
from frp.session.deadline import Later
from frp.values import frozen

__all__ = ["RETRY", "RunningVisitor", "RunningVisitors"]

#: Seconds after which a visitor that could not be opened is tried again; the reference's number.
RETRY = 10


class RunningVisitor:
    """
    The life of one visitor, from the first session after it was configured.

    @ivar site: what it sees of its client.
    @ivar opened: whether it takes users.
    @ivar error: why it does not.
    """

    def __init__(
        self,
        registry: Registry,
        clock: IReactorTime,
        site: VisitorSite,
        config: VisitorConfig,
        changed: Callable[[RunningVisitor], object] = lambda running: None,
    ) -> None:
        """@param changed: is told when it takes users, and when it fails to."""
        self.config = config
        self.site = site
        self.opened = False
        self.error = ""
        self._registry = registry
        self._changed = changed
        self._session: ClientSession | None = None
        self._made: list[tuple[IVisitor, Blame]] = []  # the visitor, and what its plugin made
        self._opening: Deferred[None] | None = None
        self._timer = Later(clock)
        self._closed = False

    @property
    def status(self) -> str:
        """C{"running"}, C{"start error"} or, before there was a session, C{"new"}: the words of proxies."""
        return "running" if self.opened else "start error" if self.error else "new"

    def begin(self, session: ClientSession) -> None:
        """There is a session: take users, if it does not yet; or try again later."""
        self._session = session
        if not self.opened and self._opening is None and not self._timer.waiting:
            self._open(session)
            return
        try:
            session.use(IVisitorKind, self.config.type)
        except FRPError as error:
            self.site.log.warn("its messages are not answered in this session: {reason}", reason=error.detail)

    def _open(self, session: ClientSession) -> None:
        self._opening = opening = Deferred.fromCoroutine(self._make(session))
        opening.addCallbacks(self._opened, self._failed, callbackArgs=(session,), errbackArgs=(session,))

    async def _make(self, session: ClientSession) -> None:
        session.use(IVisitorKind, self.config.type)
        await self._bring(IVisitorKind, self.config.type, self.config, self.site)
        plugin = self.config.plugin
        if plugin is not None:
            await self._bring(IVisitorPlugin, plugin.type, plugin, self.site.forPlugin())

    async def _bring(self, family: type[Interface], name: str, config: object, site: object) -> None:
        visitor, blame = self._registry.make(family, name, "visitor", config, site), Blame(family, name, IVisitor)
        self._made.append((visitor, blame))
        await blame.ask(visitor, "open")

    def _opened(self, _: object, session: ClientSession) -> None:
        self._opening = None
        if not self._closed:
            self.opened = True
            self.error = ""
            session.log.about(visitor=self.config.name).info("start visitor success")
            self._changed(self)

    def _failed(self, failure: Failure, session: ClientSession) -> None:
        self._opening = None
        if self._closed:
            failure.trap(CancelledError, FRPError)
            return
        about = session.log.about(visitor=self.config.name)
        self.error = failure.value.brief if isinstance(failure.value, FRPError) else failure.getErrorMessage()
        bug = bugBehind(failure.value)
        if isinstance(failure.value, FRPError):
            about.warn("start error: {reason}", reason=failure.value.detail)
        if bug is not None:
            about.failure("start error", Failure(bug))
        self._end()
        self._changed(self)
        self._timer.set(RETRY, self._again)

    def _again(self) -> None:
        assert self._session is not None, "there was one, or nothing has been tried"
        self._session.log.info("try to start visitor [{name}]", name=self.config.name)
        self._open(self._session)

    def _end(self) -> Deferred[None]:
        """Close what was made of it, and give back its ports whether it does so or not."""
        made, self._made = self._made, []

        async def end() -> None:
            for visitor, blame in reversed(made):
                try:
                    await blame.ask(visitor, "close")
                except Exception:
                    report(self.site.log, "visitor [{name}] did not close", Failure(), name=self.config.name)
            await self.site.release()

        return Deferred.fromCoroutine(end())

    def close(self) -> Deferred[None]:
        """Take no more users; those that are being served live on. Fires when its ports can be bound again."""
        self._closed = True
        self.opened = False
        self._timer.stop()
        if self._opening is not None:
            self._opening.cancel()
        return self._end()


@implementer(IStreamClientEndpoint)
@frozen
class _Other:
    """Where a visitor leads that is looked for when somebody wants to go there."""

    name: str
    find: Callable[[str], RunningVisitor | None]

    def connect(self, factory: IProtocolFactory) -> Deferred[IProtocol]:
        found = self.find(self.name)
        if found is None:
            return fail(Unavailable(f"there is no visitor {self.name}"))
        return found.site.connect(factory)


class RunningVisitors:
    """
    All visitors of a client, by name.

    @ivar watchers: each is told of every visitor that takes users, or fails to.
    """

    def __init__(self, sessions: Sessions) -> None:
        self.watchers: list[Callable[[RunningVisitor], object]] = []
        self.running: dict[str, RunningVisitor] = {}
        self._sessions = sessions
        self._prepared: Prepared | None = None
        self._leaving: set[Deferred[None]] = set()

    def start(self, prepared: Prepared, configs: Iterable[VisitorConfig]) -> None:
        """The client starts: with these, as soon as it has a session."""
        self._prepared = prepared
        self.change((), configs)

    def change(self, stop: Iterable[VisitorConfig], start: Iterable[VisitorConfig]) -> None:
        """Stop some, then start others, when the ports of the first are free. Nothing happens before the start."""
        prepared = self._prepared
        if prepared is None:
            return
        for config in stop:
            self._remove(config.name)
        for config in start:
            site = VisitorSite(prepared, self._sessions, config, self._other)
            self.running[config.name] = RunningVisitor(prepared.registry, prepared.reactor, site, config, self._changed)
        self.openAll()

    def _changed(self, running: RunningVisitor) -> None:
        for watcher in self.watchers:
            watcher(running)

    def _other(self, name: str) -> IStreamClientEndpoint:
        return _Other(name, self.running.get)

    def _remove(self, name: str) -> None:
        running = self.running.pop(name, None)
        if running is None:
            return
        leaving = running.close()
        if not leaving.called:
            self._leaving.add(leaving)
            leaving.addBoth(self._gone, leaving)

    def _gone(self, _: object, leaving: Deferred[None]) -> None:
        self._leaving.discard(leaving)
        self.openAll()

    def openAll(self) -> None:
        """Those that are new; none before the last port of the old ones is free, and none before the first login."""
        if self._leaving or self._prepared is None:
            return
        for session in self._sessions.every:
            for running in list(self.running.values()):
                running.begin(session)

    def stop(self) -> Awaitable[object]:
        """@return: fires when every port is closed."""
        self._prepared = None
        for name in list(self.running):
            self._remove(name)
        return DeferredList(list(self._leaving))

"""A session of frpc with frps: from the answer to the login to the end of the control connection."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from functools import partial

import attrs
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime
from twisted.python.failure import Failure
from zope.interface import Interface, implementer

from frp.client.backend import Backend
from frp.client.healthcheck import HealthCheck, healthCheck
from frp.client.heartbeat import Heartbeat
from frp.client.parts import Towards
from frp.client.running import Phase, RunningProxy
from frp.client.site import ClientSite
from frp.config.proxy import ProxyConfig
from frp.config.public import PublicConfig
from frp.errors import FRPError, TunnelLost
from frp.interfaces import Flowing, IClientMessageSite, ICorrespondingKind, IPlace, IProxyKind, ISession, IStream
from frp.joining.treatment import Treatment
from frp.kinds.blaming import report
from frp.session.channel import ControlChannel
from frp.session.correspondence import Correspondence, Corresponding
from frp.session.ending import closeAll
from frp.session.greeting import Greeting, Heard, Once
from frp.session.lost import howLost
from frp.session.turnstile import OUTSIDE
from frp.wire.dialect import Dialect
from frp.wire.messages import POOL_FULL, NewProxy, NewProxyResp, NewWorkConn, Pong, ReqWorkConn, StartWorkConn

__all__ = ["ClientSession"]


@implementer(IClientMessageSite)
class ClientSession(Corresponding):
    """
    What lives between a login and the end of its control connection.

    @ivar dialect: what frps and this client have agreed on.
    @ivar halfClose: whether frps passes on the end of one direction of a stream.
    @ivar public: how users call the server.
    @ivar lost: fires, once, with the error that ended it.
    @ivar connect: opens one more stream to frps, as L{ISession<frp.interfaces.ISession>} does.
    @ivar proxies: by their names in the configuration.
    @ivar flowing: the users that are being served in it.
    """

    messages: Correspondence

    def __init__(
        self,
        prepared: Towards,
        session: ISession,
        runId: str,
        dialect: Dialect,
        *,
        halfClose: bool,
        public: PublicConfig,
    ) -> None:
        self.clock: IReactorTime = prepared.reactor
        self.runId = runId
        self.dialect = dialect
        self.halfClose = halfClose
        self.public = public
        self.log = prepared.log.about(runId=runId)
        self.lost: Deferred[BaseException] = Deferred()
        self.messages = Correspondence(self.clock, self.log)
        self.proxies: dict[str, RunningProxy] = {}
        self._changes: deque[tuple[str, ProxyConfig | None]] = deque()  # to be brought up, or taken away
        self._place: IPlace = OUTSIDE  # for the next of them
        self.flowing = Flowing(prepared.flowing)
        self._prepared = attrs.evolve(prepared, flowing=self.flowing)
        self.connect = session.connect
        self._session = session
        self._heartbeat = Heartbeat(
            prepared.config.transport, self.clock, self.log, prepared.sign, self.messages.tell, self._end
        )
        self.messages.answer(
            {ReqWorkConn: self._openWorkStream, NewProxyResp: self._answered, Pong: self._heartbeat.ponged}
        )
        self._kinds: set[tuple[type[Interface], str]] = set()
        self._checks: dict[str, HealthCheck] = {}
        self._idle: set[IStream] = set()
        self._prefix = f"{prepared.config.user}." if prepared.config.user else ""
        session.lost.addCallback(lambda error: self._ended(Failure(error)))

    def start(self, channel: ControlChannel) -> None:
        self.messages.begin(channel)
        self._heartbeat.start()

    def use(self, family: type[Interface], name: str) -> None:
        """
        A kind is in use: let it handle its own messages, if it has any.

        @raise FRPError: it cannot be had, or wants what is another's.
        """
        if (family, name) in self._kinds:
            return
        kind = self._prepared.registry.get(family, name)
        if ICorrespondingKind.providedBy(kind):
            self.messages.enrol(f"{family.__name__} {name!r}", lambda: kind.clientAnswers(self))
        self._kinds.add((family, name))

    # Proxies

    def change(self, stop: Iterable[str], start: Iterable[ProxyConfig]) -> None:
        """Take proxies away, by their names, and bring others up: now or in their turn, in this order."""
        self._changes.extend((name, None) for name in stop)
        self._changes.extend((config.name, config) for config in start)
        if not self._place.waiting:
            self._goOn()

    def _goOn(self) -> None:
        self._place = self._prepared.turnstile.enter(self._changeSome)

    def _changeSome(self) -> None:
        while self._changes:
            name, config = self._changes.popleft()
            if config is None:
                self.remove(name)
            else:
                self._add(config)
            if self._changes and self._prepared.turnstile.busy:
                self._goOn()
                return

    def _add(self, config: ProxyConfig) -> None:
        """Bring up one. One that its kind cannot make shows the reason, and stands in nobody's way."""
        try:
            running, check = self._made(config)
        except Exception:
            log = self.log.about(proxy=config.name)
            self.proxies[config.name] = RunningProxy.broken(config, Failure(), self.clock, log, self._prepared.changed)
            return
        self.proxies[config.name] = running
        if check is None:
            running.well()
        else:
            self._checks[config.name] = check
            check.start()

    def _made(self, config: ProxyConfig) -> tuple[RunningProxy, HealthCheck | None]:
        prepared = self._prepared
        self.use(IProxyKind, config.type)
        message = prepared.registry.call(IProxyKind, config.type, "announce", config)
        message.proxy_name = self._prefix + config.name
        backend = Backend(self.clock, lambda: prepared.missed(running))
        site = self.site(config, backend)
        proxy = prepared.registry.make(IProxyKind, config.type, "clientProxy", config, site)
        running = RunningProxy(
            config,
            message,
            proxy,
            self.messages.tell,
            self.clock,
            site.log,
            prepared.changed,
            partial(self._addresses, config.type),
            backend,
        )
        check = healthCheck(config, prepared.reactor, site.log, running.checked)
        return running, check

    def _addresses(self, kind: str, message: NewProxy, remote: str) -> list[str]:
        """@raise FRPError: the kind cannot say where users find it."""
        found: list[str] = self._prepared.registry.call(IProxyKind, kind, "addresses", message, remote, self.public)
        return found

    @property
    def asking(self) -> bool:
        """Whether frps has yet to answer for a proxy that is well."""
        return bool(self._changes) or any(running.phase is Phase.WAIT_START for running in self.proxies.values())

    @property
    def settled(self) -> bool:
        """Whether frps has answered for every proxy."""
        return not self.asking and not any(running.phase is Phase.NEW for running in self.proxies.values())

    def askSoon(self) -> None:
        """What frps refused proxies for may be gone."""
        for running in self.proxies.values():
            running.askSoon()

    def site(self, config: ProxyConfig, backend: Backend) -> ClientSite:
        """@return: what a proxy of this session may ask for."""
        treatment = Treatment.of(config.transport, self._prepared.authenticator.key, halfClose=self.halfClose)
        log = self.log.about(proxy=config.name)
        counted = self._prepared.traffic
        traffic = None if counted is None else counted[config.name]
        return ClientSite(self._prepared, log, self.dialect, self.messages, treatment, backend, traffic)

    def remove(self, name: str) -> None:
        """Take one proxy away; its users live on."""
        check = self._checks.pop(name, None)
        if check is not None:
            check.stop()
        running = self.proxies.pop(name, None)
        if running is not None:
            running.stop(tell=True)

    # Messages

    def _answered(self, response: NewProxyResp) -> None:
        running = self.proxies.get(response.proxy_name.removeprefix(self._prefix))
        if running is None:
            self.log.info("an answer comes for proxy [{name}], which is not here", name=response.proxy_name)
        else:
            running.answered(response)

    # Streams

    def _openWorkStream(self, _: ReqWorkConn) -> None:
        message = NewWorkConn(run_id=self.runId)
        # It is written as it is once there is a proof in it.
        signing = self._prepared.sign(message)
        coming = signing.addCallback(lambda _: self.connect(Once(_Waiting(message, self))))
        coming.addErrback(self._noWorkStream)

    def _noWorkStream(self, failure: Failure) -> None:
        report(self.log, "work connection failed", failure)

    def brought(self, stream: IStream) -> None:
        """A work stream waits for its user. It ends with the session: without multiplexing nothing else ends it."""
        if self.lost.called:
            stream.abortConnection()
        else:
            self._idle.add(stream)

    def ended(self, stream: IStream) -> None:
        """A work stream has ended before it was used."""
        self._idle.discard(stream)

    def started(self, start: StartWorkConn, heard: Heard) -> None:
        stream = heard.stream
        self._idle.discard(stream)
        if start.error:
            # Nobody is lost: a server asks for some more than it keeps when many users come at once.
            say = self.log.debug if POOL_FULL in start.error else self.log.error
            say("StartWorkConn contains error: {reason}", reason=start.error)
            stream.abortConnection()
            return
        running = self.proxies.get(start.proxy_name.removeprefix(self._prefix))
        if running is None:
            self.log.warn("a user comes for proxy [{name}], which is not here", name=start.proxy_name)
            stream.abortConnection()
            return
        running.serve(stream, start, heard.rest)

    # The end

    def controlLost(self, reason: Failure) -> None:
        if self.lost.called:
            return  # the session is being closed, which is not to cost what it has sent last
        brief = "the control connection was lost"
        self._end(TunnelLost(brief, f"{brief}: {howLost(reason)}"))

    def _end(self, error: BaseException) -> None:
        self._ended(Failure(error))
        self._session.abort()

    def _ended(self, reason: Failure) -> None:
        channel = self.messages.end(reason.getErrorMessage())
        if self.lost.called:
            return
        self._heartbeat.stop()
        self._changes.clear()
        self._place.leave()
        for check in self._checks.values():
            check.stop()
        for running in self.proxies.values():
            running.stop(tell=False)
        idle, self._idle = self._idle, set()
        for stream in idle:
            stream.abortConnection()
        error = reason.value
        assert error is not None
        self.lost.callback(error)
        if channel is not None:
            channel.end(reason)

    def withdraw(self) -> None:
        self._changes.clear()
        for name in list(self.proxies):
            self.remove(name)

    def close(self) -> Deferred[None]:
        """End the session in order: what was sent is flushed."""
        reason = Failure(TunnelLost("the client stops"))
        session = self._session
        channel = self.messages.end(reason.getErrorMessage())
        self._ended(reason)
        if channel is not None:
            channel.close()
        return closeAll([session], self.clock)


class _Waiting(Greeting):
    """A work stream that waits for its user, for as long as it takes."""

    def __init__(self, first: NewWorkConn, session: ClientSession) -> None:
        opening = session.dialect.opening(opener=True)
        super().__init__(
            session.started, self._lostEarly, dialect=session.dialect, opening=opening, expected=StartWorkConn
        )
        self._hello = opening.first(first)
        self._session = session

    def connectionMade(self) -> None:
        super().connectionMade()
        self.transport.write(self._hello)
        self._session.brought(self.transport)

    def _lostEarly(self, error: FRPError, stream: IStream) -> None:
        self._session.ended(stream)
        self._session.log.debug("a work connection ended before it was used: {reason}", reason=error.detail)

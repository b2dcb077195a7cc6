"""
One session of frpc with frps, from the answer to the login to the end of the control connection.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twisted.internet.defer import Deferred, maybeDeferred
from twisted.internet.interfaces import IAddress, IDelayedCall, IProtocolFactory
from twisted.internet.protocol import Factory
from twisted.python.failure import Failure

from frp.client.health import healthCheck
from frp.client.healthcheck import HealthCheck
from frp.client.running import RunningProxy
from frp.client.senders import Senders
from frp.client.site import ClientSite
from frp.config.proxy import ProxyConfig
from frp.errors import FRPError, TunnelLost
from frp.interfaces import IProxyKind, ISession, IStream
from frp.session.channel import ControlChannel
from frp.session.correspondence import Correspondence
from frp.session.ending import closeAll
from frp.session.greeting import Greeting, Heard
from frp.wire.dialect import Dialect
from frp.wire.messages import POOL_FULL, NewProxyResp, NewWorkConn, Ping, Pong, ReqWorkConn, StartWorkConn

if TYPE_CHECKING:
    from frp.client.service import FRPClient

__all__ = ["ClientSession"]

#: Seconds until a heartbeat is tried again for which there was no proof; twice as many after each further time, until
#: it is the interval.
FIRST_RETRY = 1.0


class ClientSession:
    """
    What lives between a login and the end of its control connection.

    @ivar runId: what frps calls this run of the client.
    @ivar lost: fires, once, with the error that ended it.
    @ivar proxies: by their names in the configuration.
    @ivar senders: who the users of its udp proxies are.
    """

    def __init__(self, client: FRPClient, session: ISession, runId: str, dialect: Dialect, *, halfClose: bool) -> None:
        """@param halfClose: whether frps passes on the end of one direction of a stream."""
        self.client = client
        self.runId = runId
        self.dialect = dialect
        self.halfClose = halfClose
        self.log = client.log.about(runId=runId)
        self.lost: Deferred[BaseException] = Deferred()
        self.messages = Correspondence(client.clock, self.log)
        self.messages.answer({ReqWorkConn: self._asked, NewProxyResp: self._answered, Pong: self._ponged})
        self.proxies: dict[str, RunningProxy] = {}
        self.senders = Senders()
        self._session = session
        self._checks: dict[str, HealthCheck] = {}
        self._idle: set[IStream] = set()
        self._prefix = f"{client.config.user}." if client.config.user else ""
        self._heartbeat: IDelayedCall | None = None
        self._retry: float = FIRST_RETRY
        self._watching: IDelayedCall | None = None
        self._heardAt = client.reactor.seconds()
        session.lost.addCallback(lambda error: self._ended(Failure(error)))

    def start(self, channel: ControlChannel) -> None:
        """The control channel is there: bring up the proxies, and the heartbeats."""
        self.messages.begin(channel)
        self._heardAt = self.client.reactor.seconds()
        transport = self.client.config.transport
        if transport.heartbeatInterval > 0:
            self._beat()
            if transport.heartbeatTimeout > 0:
                self._watch()
        for config in self.client.config.proxies:
            self.add(config)

    # Proxies

    def add(self, config: ProxyConfig) -> None:
        """Bring up one proxy. One that its kind cannot make shows the reason, and stands in nobody's way."""
        try:
            running, check = self._made(config)
        except Exception:
            log = self.log.about(proxy=config.name)
            self.proxies[config.name] = RunningProxy.broken(
                config, Failure(), self.client.reactor, log, self.client.changed
            )
            return
        self.proxies[config.name] = running
        if check is None:
            running.well()
        else:
            self._checks[config.name] = check
            check.start()

    def _made(self, config: ProxyConfig) -> tuple[RunningProxy, HealthCheck | None]:
        client = self.client
        kind = client.registry.get(IProxyKind, config.type)
        message = kind.announce(config)
        message.proxy_name = self._prefix + config.name
        site = ClientSite(self, config)
        proxy = client.registry.make(IProxyKind, config.type, "clientProxy", config, site)
        running = RunningProxy(config, message, proxy, self.messages.tell, client.reactor, site.log, client.changed)
        check = healthCheck(config, client.reactor, site.log, lambda up: running.well() if up else running.sick())
        return running, check

    def remove(self, name: str) -> None:
        """Take one proxy away; its users live on."""
        check = self._checks.pop(name, None)
        if check is not None:
            check.stop()
        running = self.proxies.pop(name, None)
        if running is not None:
            running.stop(tell=True)

    # Messages

    def _asked(self, _: ReqWorkConn) -> None:
        self._openWorkStream()

    def _answered(self, response: NewProxyResp) -> None:
        running = self.proxies.get(response.proxy_name.removeprefix(self._prefix))
        if running is not None:
            running.answered(response)

    # Streams

    def connect(self, factory: IProtocolFactory) -> Deferred[Any]:
        """One more stream to frps, as L{ISession<frp.interfaces.ISession>} opens them."""
        return self._session.connect(factory)

    def _openWorkStream(self) -> None:
        message = NewWorkConn(run_id=self.runId)
        signed = maybeDeferred(self.client.authenticator.sign, message)
        signed.addCallback(lambda _: self._session.connect(_Answering(message, self)))
        signed.addErrback(self._noWorkStream)

    def _noWorkStream(self, failure: Failure) -> None:
        if isinstance(failure.value, FRPError):
            self.log.warn("work connection failed: {reason}", reason=str(failure.value))
        else:
            self.log.failure("work connection failed", failure)

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
        """A user has come for a work stream."""
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

    # Heartbeats

    def _beat(self) -> None:
        ping = Ping()
        signed = maybeDeferred(self.client.authenticator.sign, ping)
        signed.addCallback(lambda _: self._ping(ping)).addErrback(self._noPing)

    def _ping(self, ping: Ping) -> None:
        if self.lost.called:
            return
        self.messages.tell(ping)
        self.log.debug("send heartbeat to server")
        self._retry = FIRST_RETRY
        self._beatIn(self.client.config.transport.heartbeatInterval)

    def _noPing(self, failure: Failure) -> None:
        """There is no proof for it now, as when whoever gives proofs is away; soon there may be one."""
        if self.lost.called:
            return
        if isinstance(failure.value, FRPError):
            text = "error during ping authentication: {reason}, skip sending ping message"
            self.log.warn(text, reason=str(failure.value))
        else:
            self.log.failure("a heartbeat failed", failure)
        interval = self.client.config.transport.heartbeatInterval
        self._beatIn(min(self._retry, interval))
        self._retry = min(2 * self._retry, interval)

    def _beatIn(self, seconds: float) -> None:
        self._heartbeat = self.client.reactor.callLater(seconds, self._beat)

    def _ponged(self, pong: Pong) -> None:
        if pong.error:
            self.log.error("pong message contains error: {reason}", reason=pong.error)
            self._end(Failure(TunnelLost("the server refuses our heartbeats", pong.error)))
        else:
            self._heardAt = self.client.reactor.seconds()
            self.log.debug("receive heartbeat from server")

    def _watch(self) -> None:
        clock = self.client.reactor
        self._watching = None
        if clock.seconds() - self._heardAt > self.client.config.transport.heartbeatTimeout:
            self.log.warn("heartbeat timeout")
            self._end(Failure(TunnelLost("heartbeat timeout")))
        else:
            self._watching = clock.callLater(1, self._watch)

    # The end

    def controlLost(self, reason: Failure) -> None:
        """The control connection has ended."""
        self._end(
            Failure(
                TunnelLost(
                    "the control connection was lost", f"the control connection was lost: {reason.getErrorMessage()}"
                )
            )
        )

    def _end(self, reason: Failure) -> None:
        self._ended(reason)
        self._session.abort()

    def _ended(self, reason: Failure) -> None:
        channel = self.messages.end(reason.getErrorMessage())
        if self.lost.called:
            return
        for timer in (self._heartbeat, self._watching):
            if timer is not None and timer.active():
                timer.cancel()
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
        """Take no more users."""
        for name in list(self.proxies):
            self.remove(name)

    def close(self) -> Deferred[None]:
        """
        End the session in order: what was sent is flushed.

        @return: fires when it has ended.
        """
        reason = Failure(TunnelLost("the client stops"))
        session = self._session
        channel = self.messages.end(reason.getErrorMessage())
        if channel is not None:
            channel.close()
        self._ended(reason)
        return closeAll([session], self.client.clock)


class _Answering(Factory):
    """Makes the protocol of one new work stream."""

    noisy = False

    def __init__(self, first: NewWorkConn, session: ClientSession) -> None:
        """@param first: the message that says whose stream it is."""
        self._first = first
        self._session = session

    def buildProtocol(self, addr: IAddress | None) -> Greeting:
        return _Waiting(self._first, self._session)


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

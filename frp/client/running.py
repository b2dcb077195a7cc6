"""One proxy in one session: the words that C{/api/status} shows, and what leads from one to the next."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime
from twisted.python.failure import Failure
from zope.interface import implementer

from frp.client.backend import Backend
from frp.config.proxy import ProxyConfig
from frp.config.unread import besides, unread
from frp.errors import ConfigErrors, FRPError, bugBehind
from frp.interfaces import IClientProxy, IProxyKind, IStream
from frp.kinds.blaming import Blame, report
from frp.logs import Log
from frp.session.deadline import Later
from frp.session.refused import explained, nameTaken
from frp.wire.messages import CloseProxy, Message, NewProxy, NewProxyResp, StartWorkConn

__all__ = ["Phase", "RunningProxy"]

#: Seconds after which an unanswered, and a refused, registration is tried again; and one whose reason may be gone.
ANSWER_TIMEOUT = 20
REFUSED_PAUSE = 30
SOON = 1


class Phase(Enum):
    """Where a proxy stands. The values are the reference's words."""

    NEW = "new"
    WAIT_START = "wait start"
    RUNNING = "running"
    START_ERROR = "start error"
    CHECK_FAILED = "check failed"
    CLOSED = "closed"


class RunningProxy:
    """
    The life of a proxy, from its first registration to the end of its session.

    @ivar error: why it does not run.
    @ivar remoteAddress: where users reach it, as frps says.
    @ivar addresses: the same, as people use it.
    @ivar backend: the local service behind it.
    """

    def __init__(
        self,
        config: ProxyConfig,
        message: NewProxy,
        proxy: IClientProxy,
        send: Callable[[Message], object],
        clock: IReactorTime,
        log: Log,
        changed: Callable[[RunningProxy], object] = lambda running: None,
        found: Callable[[NewProxy, str], list[str]] = lambda message, remote: [],
        backend: Backend | None = None,
    ) -> None:
        """
        @param message: asks frps for the proxy; its name has the user's prefix.
        @param found: where users find it: of this message, and what frps has answered.
        @param changed: is told of each new phase.
        """
        self.config = config
        self.phase = Phase.NEW
        self.error = ""
        self.remoteAddress = ""
        self.addresses: list[str] = []
        self.backend = backend or Backend(clock)
        self._message = message
        self._proxy = proxy
        self._send = send
        self._log = log
        self._changed = changed
        self._found = found
        self._timer = Later(clock)
        self._opening: Deferred[object] | None = None
        self._blame = Blame(IProxyKind, config.type, IClientProxy)

    @classmethod
    def broken(
        cls,
        config: ProxyConfig,
        failure: Failure,
        clock: IReactorTime,
        log: Log,
        changed: Callable[[RunningProxy], object] = lambda running: None,
    ) -> RunningProxy:
        """@return: one that shows why there is no client's half to run, and of which frps never hears."""
        running = cls(config, NewProxy(), _Nothing(), lambda _: None, clock, log, changed)
        running._fail(failure)
        running._enter(running.phase, running.error)
        return running

    def _enter(self, phase: Phase, error: str = "") -> None:
        """Every phase ends the timer, and the opening, of the one before."""
        self.phase = phase
        self.error = error
        self._timer.stop()
        opening, self._opening = self._opening, None
        if opening is not None:
            opening.cancel()
        self._changed(self)

    def _register(self, error: str = "") -> None:
        """@param error: why this is not the first time."""
        self._enter(Phase.WAIT_START, error)
        try:
            self._send(self._message)
        except Exception:
            self._fail(Failure())
            return
        self._timer.set(ANSWER_TIMEOUT, self._unanswered)

    def _unanswered(self) -> None:
        """Its name may be another now, and frps speaks of that one."""
        error = f"no answer from the server within {ANSWER_TIMEOUT} s; a hook there may have renamed the proxy"
        self._log.warn("{error}; it is asked again", error=error)
        self._register(error)

    def _refuse(self, brief: str, detail: str) -> None:
        self._log.warn("start error: {reason}", reason=detail)
        self._enter(Phase.START_ERROR, brief)
        self._timer.set(REFUSED_PAUSE, self._register)

    def _fail(self, failure: Failure) -> None:
        bug = bugBehind(failure.value)
        if bug is not None:
            self._log.failure("the proxy could not be opened", Failure(bug))
        if isinstance(failure.value, FRPError):
            error = besides(failure.value, unread, self.config)
            each = error.problems if isinstance(error, ConfigErrors) else [error]
            self._refuse("; ".join(one.brief for one in each), error.oneLine)
        else:
            self._refuse("internal error", "internal error")

    def _withdraw(self) -> None:
        try:
            self._send(CloseProxy(proxy_name=self._message.proxy_name))
        except FRPError as error:
            # A name that does not fit here did not fit into the registration.
            self._log.debug("frps is not told that the proxy goes: {reason}", reason=error.detail)

    # The local service

    def checked(self, why: str) -> None:
        """The health check has changed its mind: the local service answers, or does not, for this reason."""
        if why:
            self.sick(why)
        else:
            self.well()

    def well(self) -> None:
        """The local service answers, or nobody asks it: register."""
        if self.phase in (Phase.NEW, Phase.CHECK_FAILED):
            self._register()

    def sick(self, why: str) -> None:
        """The local service does not answer: no user should come. One that never did leaves the proxy as it is."""
        if self.phase is Phase.NEW:
            self._enter(Phase.NEW, why)
        elif self.phase in (Phase.RUNNING, Phase.WAIT_START, Phase.START_ERROR):
            if self.phase is not Phase.START_ERROR:
                self._withdraw()
            self._enter(Phase.CHECK_FAILED, why)

    # frps

    def answered(self, response: NewProxyResp) -> None:
        """frps has answered a registration."""
        if self.phase is Phase.RUNNING and response.error and not nameTaken(response.error):
            # A server of ours takes it back; the reference's never does. What is there already is what we have asked
            # for twice, because the first answer took long.
            self._refuse(response.error, explained(response.error))
            return
        if self.phase is not Phase.WAIT_START or self._opening is not None:
            self._log.warn("status not wait start, ignore start message")
            return
        if response.error:
            self._refuse(response.error, explained(response.error))
            return
        self.remoteAddress = response.remote_addr
        self._opening = opening = self._blame.ask(self._proxy, "open")
        opening.addCallbacks(self._opened, self._broken)

    def askSoon(self) -> None:
        """What frps refused it for may be gone."""
        if self.phase is Phase.START_ERROR:
            self._timer.set(SOON, self._register)

    def _opened(self, _: object) -> None:
        self._opening = None
        try:
            self.addresses = self._found(self._message, self.remoteAddress)
        except Exception:
            # They are for people: users come all the same.
            report(self._log, "nobody knows where users find the proxy", Failure())
        self._enter(Phase.RUNNING)
        where = ", ".join(self.addresses)
        self._log.info("start proxy success{where}", where=f": {where}" if where else "")

    def _broken(self, failure: Failure) -> None:
        if self.phase is not Phase.WAIT_START:
            return
        self._opening = None
        self._withdraw()
        self._fail(failure)

    def serve(self, stream: IStream, start: StartWorkConn, rest: bytes) -> None:
        """A user, on a paused stream that is ours from here."""
        if self.phase is not Phase.RUNNING:
            self._log.debug("a user comes while the proxy is in phase {phase}", phase=self.phase.value)
            stream.abortConnection()
            return
        try:
            self._proxy.serve(stream, start, rest)
        except Exception as error:
            self._wrong("the proxy could not serve a user", error, "serve")
            stream.abortConnection()

    # The end

    def stop(self, *, tell: bool) -> None:
        """The proxy is removed, which frps has to be told, or its session has ended. Its users live on."""
        if self.phase is Phase.CLOSED:
            return
        if tell and self.phase is not Phase.NEW:
            self._withdraw()
        self._enter(Phase.CLOSED)
        try:
            self._proxy.close()
        except Exception as error:
            self._wrong("the proxy could not be closed", error, "close")

    def _wrong(self, what: str, error: Exception, method: str) -> None:
        report(self._log, what, Failure(self._blame.of(error, self._proxy, method)))


@implementer(IClientProxy)
class _Nothing:
    """Stands where a kind could not make its half of a proxy."""

    def open(self) -> None:
        """There is nothing to open."""

    def serve(self, stream: IStream, start: StartWorkConn, rest: bytes) -> None:
        """Nobody comes, for frps does not know the proxy."""
        stream.abortConnection()

    def close(self) -> None:
        """There is nothing to close."""

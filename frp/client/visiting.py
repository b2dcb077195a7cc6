"""
The visitors of a client, and each one's way from closed to open.

They outlive its sessions. The reference closes their ports with each session and opens them with the next: users who
come in between are refused. Here they wait for the next session, for a while.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from twisted.internet.defer import CancelledError, Deferred, DeferredList, fail, maybeDeferred, succeed
from twisted.internet.interfaces import IDelayedCall
from twisted.python.failure import Failure

from frp.client.visitorsite import VisitorSite
from frp.config.visitor import VisitorConfig
from frp.errors import FRPError, Unavailable, bugBehind
from frp.interfaces import IVisitor, IVisitorKind
from frp.logs import Log

if TYPE_CHECKING:
    from frp.client.service import FRPClient
    from frp.client.session import ClientSession

__all__ = ["RETRY", "RunningVisitor", "Visiting"]

#: Seconds after which a visitor that could not be opened is tried again; the reference's number.
RETRY = 10

#: Seconds that a user waits for a session.
PATIENCE = 10

#: How many users may wait.
MAX_WAITING = 1024


class RunningVisitor:
    """
    The life of one visitor, from the first session after it was configured.

    @ivar opened: whether it takes users.
    @ivar error: why it does not.
    """

    def __init__(self, client: FRPClient, config: VisitorConfig) -> None:
        self.config = config
        self.opened = False
        self.error = ""
        self._client = client
        self._site = VisitorSite(client, config)
        self._visitor: IVisitor | None = None
        self._opening: Deferred[Any] | None = None
        self._timer: IDelayedCall | None = None
        self._closed = False

    def begin(self, log: Log) -> None:
        """
        Take users, if it does not yet; or try again later.

        @param log: that of the session.
        """
        if not self.opened and self._opening is None and self._timer is None:
            self._open(log)

    def _open(self, log: Log) -> None:
        self._opening = opening = maybeDeferred(self._make)
        opening.addCallbacks(self._opened, self._failed, callbackArgs=(log,), errbackArgs=(log,))

    def _make(self) -> Deferred[None] | None:
        visitor: IVisitor = self._client.registry.make(
            IVisitorKind, self.config.type, "visitor", self.config, self._site
        )
        self._visitor = visitor
        return visitor.open()

    def _opened(self, _: object, log: Log) -> None:
        self._opening = None
        if not self._closed:
            self.opened = True
            self.error = ""
            log.about(visitor=self.config.name).info("start visitor success")

    def _failed(self, failure: Failure, log: Log) -> None:
        self._opening = None
        if self._closed:
            failure.trap(CancelledError, FRPError)
            return
        about = log.about(visitor=self.config.name)
        self.error = failure.value.brief if isinstance(failure.value, FRPError) else failure.getErrorMessage()
        bug = bugBehind(failure.value)
        if isinstance(failure.value, FRPError):
            about.warn("start error: {reason}", reason=failure.value.detail)
        if bug is not None:
            about.failure("start error", Failure(bug))
        self._end()
        self._timer = self._client.clock.callLater(RETRY, self._again, log)

    def _again(self, log: Log) -> None:
        self._timer = None
        log.info("try to start visitor [{name}]", name=self.config.name)
        self._open(log)

    def _end(self) -> Deferred[Any]:
        """Close what was made of it, and give back its ports whether it does so or not."""
        visitor, self._visitor = self._visitor, None
        closing: Deferred[Any] = maybeDeferred(visitor.close) if visitor is not None else succeed(None)
        closing.addErrback(
            lambda failure: self._site.log.failure("visitor [{name}] did not close", failure, name=self.config.name)
        )
        return closing.addCallback(lambda _: self._site.release())

    def close(self) -> Deferred[Any]:
        """
        Take no more users. Those that are being served live on.

        @return: fires when its ports can be bound again.
        """
        self._closed = True
        self.opened = False
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._opening is not None:
            self._opening.cancel()
        return self._end()


class Visiting:
    """
    All visitors of a client.

    @ivar visitors: by name.
    """

    def __init__(self, client: FRPClient) -> None:
        self.visitors: dict[str, RunningVisitor] = {}
        self._client = client
        self._current: ClientSession | None = None
        self._leaving: set[Deferred[Any]] = set()
        self._users: dict[Deferred[ClientSession], IDelayedCall] = {}
        self._stopped = False

    # Sessions

    def session(self) -> Deferred[ClientSession]:
        """@return: the session, or the next one; fails with L{Unavailable} when that takes too long."""
        if self._current is not None:
            return succeed(self._current)
        if self._stopped:
            return fail(Unavailable("the client stops"))
        if len(self._users) >= MAX_WAITING:
            return fail(Unavailable("too many users wait for the server"))
        waiting: Deferred[ClientSession] = Deferred(self._forget)
        self._users[waiting] = self._client.clock.callLater(PATIENCE, self._waitedLong, waiting)
        return waiting

    def _forget(self, waiting: Deferred[ClientSession]) -> None:
        timer = self._users.pop(waiting)
        if timer.active():
            timer.cancel()

    def _waitedLong(self, waiting: Deferred[ClientSession]) -> None:
        self._forget(waiting)
        waiting.errback(Unavailable("not connected to the server", f"no session with the server for {PATIENCE} s"))

    def entered(self, session: ClientSession) -> None:
        """There is a session."""
        self._current = session
        session.lost.addCallback(self._left, session)
        if self._current is not session:
            return  # it is over already
        self._openAll()
        for waiting in list(self._users):
            self._forget(waiting)
            waiting.callback(session)

    def _left(self, error: BaseException, session: ClientSession) -> BaseException:
        if self._current is session:
            self._current = None
        return error

    # Visitors

    def start(self, configs: Iterable[VisitorConfig]) -> None:
        """The client starts: with these, as soon as it has a session."""
        self._stopped = False
        self.change((), configs)

    def change(self, stop: Iterable[VisitorConfig], start: Iterable[VisitorConfig]) -> None:
        """
        Stop some, then start others, when the ports of the first are free.
        """
        for config in stop:
            self._remove(config.name)
        for config in start:
            self.visitors[config.name] = RunningVisitor(self._client, config)
        self._openAll()

    def _remove(self, name: str) -> None:
        running = self.visitors.pop(name, None)
        if running is None:
            return
        leaving = running.close()
        if not leaving.called:
            self._leaving.add(leaving)
            leaving.addBoth(self._gone, leaving)

    def _gone(self, _: object, leaving: Deferred[Any]) -> None:
        self._leaving.discard(leaving)
        self._openAll()

    def _openAll(self) -> None:
        """Those that are new; none before the last port of the old ones is free, and none before the first login."""
        if self._current is not None and not self._leaving and not self._stopped:
            for running in list(self.visitors.values()):
                running.begin(self._current.log)

    def stop(self) -> Deferred[Any]:
        """
        Take no more users.

        @return: fires when every port is closed.
        """
        self._stopped = True
        for name in list(self.visitors):
            self._remove(name)
        for waiting in list(self._users):
            self._forget(waiting)
            waiting.errback(Unavailable("the client stops"))
        leaving = list(self._leaving)
        return DeferredList([_after(one) for one in leaving])


def _after(deferred: Deferred[Any]) -> Deferred[None]:
    """@return: fires when another one does, whatever with."""
    done: Deferred[None] = Deferred()

    def pass_(result: Any) -> Any:
        done.callback(None)
        return result

    deferred.addBoth(pass_)
    return done

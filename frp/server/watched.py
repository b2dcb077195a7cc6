"""
One user of a proxy, where hooks watch: asked about, shown to them, and told of at the end.
"""

from __future__ import annotations

from collections.abc import Callable

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IDelayedCall, IProtocol, IPushProducer, IReactorTime
from twisted.internet.protocol import Protocol
from twisted.python.failure import Failure
from zope.interface import implementer

from frp.errors import Refused
from frp.hooks.chain import Hooks
from frp.hooks.wrapper import StreamWrapper
from frp.interfaces import IStream
from frp.interfaces.operations import (
    CONNECTION_CLOSED,
    NEW_USER_CONN,
    USER_CONNECTED,
    Caller,
    ConnectionClosed,
    NewUserConn,
    Operation,
    newID,
)
from frp.logs import Log
from frp.wire.address import hostPort
from frp.wire.messages import NewProxy

__all__ = ["LINGER", "Visit", "watchesUsers"]

LINGER = 5.0
"""Seconds that a user without a service has to read what a hook says in its place."""


def watchesUsers(hooks: Hooks) -> bool:
    """Whether any hook wants to know about users: where none does, there are no visits."""
    return any(hooks.watches(name) for name in (NEW_USER_CONN, USER_CONNECTED, CONNECTION_CLOSED))


class Visit:
    """From the moment in which a user comes until all is over."""

    _serve: Callable[[IStream, bytes], object]

    def __init__(
        self,
        user: IStream,
        rest: bytes,
        proxy: NewProxy,
        hooks: Hooks,
        caller: Caller,
        clock: IReactorTime,
        log: Log,
    ) -> None:
        """@param rest: what the user has sent already."""
        self._user = user
        self._rest = rest
        self._hooks = hooks
        self._caller = caller
        self._clock = clock
        self._log = log
        self._id = newID()
        self._asked = NewUserConn(proxy.proxy_name, proxy.proxy_type, hostPort(user.getPeer()))
        self._began = clock.seconds()
        self._bytes = (0, 0)
        self._reason = "done"
        self._byService = False
        self._ended: Callable[[], object] | None = None
        self._timer: IDelayedCall | None = None

    def _operation(self, name: str) -> Operation[NewUserConn]:
        return Operation(name, self._asked, self._caller, self._id)

    # Coming

    def begin(self, serve: Callable[[IStream, bytes], object], ended: Callable[[], object]) -> None:
        """
        Ask the hooks.

        @param serve: called with what stands for the user, and with what that has sent already, unless a hook refuses
            or answers.
        @param ended: called when the user is gone for good.
        """
        self._serve = serve
        self._ended = ended
        if not self._hooks.watches(NEW_USER_CONN):
            self._connect()
            return
        try:
            asked = self._hooks.begin(self._operation(NEW_USER_CONN))
        except Refused:
            self._refused(Failure())
            return
        if isinstance(asked, Deferred):
            self._user.pauseProducing()
            asked.addCallbacks(lambda _: self._connect(), self._refused).addErrback(self.broken)
        else:
            self._connect()

    def _connect(self) -> None:
        if not self._hooks.watches(USER_CONNECTED):
            self._serve(self._user, self._rest)
            return
        self._user.pauseProducing()
        user = _Ahead(self._user, self._rest) if self._rest else self._user
        connecting = Deferred.fromCoroutine(self._hooks.connect(user, self._operation(USER_CONNECTED)))
        connecting.addCallbacks(self._connected, self._refused).addErrback(self.broken)

    def _connected(self, connected: tuple[IStream, IProtocol | None]) -> None:
        stream, protocol = connected
        if protocol is None:
            self._serve(stream, b"")
        else:
            self._answer(stream, protocol)

    def _refused(self, failure: Failure) -> None:
        self._user.loseConnection()
        self.over("refused")
        failure.trap(Refused)
        self._log.warn(
            "the user conn [{peer}] was rejected, err:{reason}",
            peer=self._asked.remote_addr,
            reason=failure.getErrorMessage(),
        )

    def broken(self, failure: Failure) -> None:
        """What a hook put in the way, or in place of the service, does not even begin."""
        self._log.failure("the user conn [{peer}] ends by an error of a hook", failure, peer=self._asked.remote_addr)
        self._user.abortConnection()
        self.over("reset")

    def _answer(self, stream: IStream, protocol: IProtocol) -> None:
        """A hook answers in place of the service."""
        answered = _Answered(stream, self)
        if _isGone(stream):
            self.over("answered")
            return
        answered.protocol = protocol
        protocol.makeConnection(answered)
        answered.resumeProducing()

    # Going

    def went(self, byService: bool, reset: bool) -> None:
        """
        The user was joined with the client, and both are gone. What was carried is counted after this.

        @param byService: whether the client's side was the first to end.
        @param reset: whether any side ended by an error.
        """
        self._reason = "reset" if reset else "done"
        self._byService = byService

    def counting(self, count: Callable[[int, int], object]) -> Callable[[int, int], object]:
        """@return: what takes the bytes that were carried, in and out, and hands them on."""

        def counted(bytesIn: int, bytesOut: int) -> None:
            self.carried(bytesIn, bytesOut)
            if self._byService and not bytesOut:
                self._reason = "no answer"
            count(bytesIn, bytesOut)

        return counted

    def carried(self, bytesIn: int, bytesOut: int) -> None:
        """So much went by."""
        self._bytes = (bytesIn, bytesOut)

    def notServed(self, stream: IStream) -> None:
        """There is no work stream for what stands for the user."""
        if stream is self._user:
            stream.abortConnection()
            self.over("no work stream")
            return
        stream.protocol = _Leaving(lambda: self.over("no work stream"))
        self._timer = self._clock.callLater(LINGER, self._cut)
        stream.abortConnection()

    def _cut(self) -> None:
        self._timer = None
        self._user.abortConnection()
        self.over("no work stream")

    def over(self, reason: str = "") -> None:
        """
        The user is gone. Called again, it does nothing.

        @param reason: as in L{ConnectionClosed<frp.interfaces.operations.ConnectionClosed>}; where it is empty, what
            was found before.
        """
        ended, self._ended = self._ended, None
        if ended is None:
            return
        if self._timer is not None:
            self._timer.cancel()
        if self._hooks.watches(CONNECTION_CLOSED):
            asked = self._asked
            closed = ConnectionClosed(
                asked.proxy_name,
                asked.proxy_type,
                asked.remote_addr,
                *self._bytes,
                self._clock.seconds() - self._began,
                reason or self._reason,
            )
            self._hooks.tell(CONNECTION_CLOSED, closed, self._caller, self._id)
        ended()  # after that: a server that stops closes its hooks when the last user is gone


class _Ahead(StreamWrapper):
    """A user who has sent something already: that comes first."""

    def __init__(self, stream: IStream, rest: bytes) -> None:
        super().__init__(stream)
        self._rest = rest

    def resumeProducing(self) -> None:
        rest, self._rest = self._rest, b""
        if rest:
            self.dataReceived(rest)
        super().resumeProducing()


class _Leaving(Protocol):
    """A user without a service, until it has closed."""

    def __init__(self, gone: Callable[[], object]) -> None:
        self._gone = gone

    def connectionLost(self, reason: Failure | None = None) -> None:
        self._gone()


class _Answered(StreamWrapper):
    """The transport of a protocol that answers in place of the service; counts."""

    def __init__(self, stream: IStream, visit: Visit) -> None:
        super().__init__(stream)
        self._visit = visit
        self._in = self._out = 0

    def fromUser(self, data: bytes) -> None:
        self._in += len(data)
        self.toService(data)

    def fromService(self, data: bytes) -> None:
        self._out += len(data)
        self.toUser(data)

    def ended(self, reason: Failure) -> None:
        self._visit.carried(self._in, self._out)
        self._visit.over("answered")


@implementer(IPushProducer)
class _Probe:
    """A producer that nothing comes from."""

    def __init__(self) -> None:
        self.stopped = False

    def pauseProducing(self) -> None:
        """There is nothing to pause."""

    def resumeProducing(self) -> None:
        """Nor to resume."""

    def stopProducing(self) -> None:
        self.stopped = True


def _isGone(stream: IStream) -> bool:
    """Whether a transport has ended while nobody listened: then it takes no producer."""
    probe = _Probe()
    stream.registerProducer(probe, True)
    if not probe.stopped:
        stream.unregisterProducer()
    return probe.stopped

"""The users of a proxy: counted, and, where hooks watch, asked about, shown to them, and told of at the end."""

from __future__ import annotations

from collections.abc import Callable

import attrs
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IDelayedCall, IProtocol, IReactorTime
from twisted.internet.protocol import Protocol
from twisted.python.failure import Failure

from frp.errors import Refused
from frp.hooks.chain import Hooks
from frp.hooks.wrapper import StreamWrapper
from frp.interfaces import IStream
from frp.interfaces.ending import IDLE, NO_STREAM, RESET
from frp.interfaces.flowing import Flowing, Meter
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
from frp.joining.served import Served
from frp.joining.splice import LINGER
from frp.logs import Log
from frp.values import define
from frp.wire.address import hostPort
from frp.wire.messages import NewProxy

__all__ = ["ServedUser", "Users", "WatchedUser"]


@define(eq=False)
class Users:
    """
    What all users of one proxy have in common.

    @ivar flowing: those that are here.
    @ivar watched: whether any hook wants to know about them.
    """

    proxy: NewProxy
    caller: Caller
    hooks: Hooks
    meter: Meter
    flowing: Flowing
    clock: IReactorTime
    log: Log
    watched: bool = attrs.field(init=False)

    @watched.default
    def _watches(self) -> bool:
        watches = self.hooks.watches
        return watches(NEW_USER_CONN) or watches(USER_CONNECTED) or watches(CONNECTION_CLOSED)

    def come(self, user: IStream, rest: bytes) -> ServedUser:
        """@param rest: what the user has said already."""
        return WatchedUser(user, self, rest) if self.watched else ServedUser(user, self, rest)


class ServedUser(Served):
    """One user, from the moment in which it comes until all is over. No hook watches."""

    __slots__ = ("_meter", "_rest")

    early = False

    _fault = "the user conn [{peer}] ends by an error"

    def __init__(self, user: IStream, users: Users, rest: bytes) -> None:
        super().__init__(user, users.clock, users.log, users.flowing)
        self.counts = True
        self._meter = users.meter
        self._rest = rest

    def begin(self, serve: Callable[[IStream, ServedUser], object]) -> None:
        """@param serve: called with what stands for the user, at once or when the hooks have said yes."""
        serve(self._user, self)

    def putBack(self) -> None:
        """Somebody takes what the user has said. Until then he has said it to nobody: who leaves takes it with him."""
        if self._rest:
            self._user.unread(self._rest)
            self._rest = b""

    def over(self, sent: int, received: int, byPeer: bool, mood: str) -> None:
        self._meter.closed(sent, received)
        self.ended("no answer" if byPeer and not received and mood != NO_STREAM else mood, sent, received)

    def notServed(self, stream: IStream) -> None:
        """There is no work stream for what stands for the user."""
        self._meter.closed(0, 0)
        stream.abortConnection()
        self.ended(NO_STREAM)

    def broken(self, failure: Failure) -> None:
        """Something failed that must not."""
        self._log.failure(self._fault, failure, peer=hostPort(self._user.getPeer()))
        self._user.abortConnection()
        self.ended(RESET)


class WatchedUser(ServedUser):
    """The same where hooks watch: they are asked about the user, shown its bytes, and told of the end."""

    _fault = "the user conn [{peer}] ends by an error of a hook"
    _serve: Callable[[IStream, ServedUser], object]

    def __init__(self, user: IStream, users: Users, rest: bytes) -> None:
        super().__init__(user, users, rest)
        proxy = users.proxy
        self._hooks = users.hooks
        self._caller = users.caller
        self._id = newID()
        self._asked = NewUserConn(proxy.proxy_name, proxy.proxy_type, hostPort(user.getPeer()))
        self._came = users.clock.seconds()
        self._gone = False
        self._timer: IDelayedCall | None = None

    def _operation(self, name: str) -> Operation[NewUserConn]:
        return Operation(name, self._asked, self._caller, self._id)

    # Coming

    def begin(self, serve: Callable[[IStream, ServedUser], object]) -> None:
        self._serve = serve
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
            self._serve(self._user, self)
            return
        self._user.pauseProducing()
        connecting = Deferred.fromCoroutine(self._hooks.connect(self._user, self._operation(USER_CONNECTED)))
        connecting.addCallbacks(self._connected, self._refused).addErrback(self.broken)

    def _connected(self, connected: tuple[IStream, IProtocol | None]) -> None:
        stream, protocol = connected
        if protocol is None:
            self._serve(stream, self)
        else:
            self._answer(stream, protocol)

    def _refused(self, failure: Failure) -> None:
        self._user.loseConnection()
        self.ended("refused")
        failure.trap(Refused)
        self._log.warn(
            "the user conn [{peer}] was rejected, err:{reason}",
            peer=self._asked.remote_addr,
            reason=failure.getErrorMessage(),
        )

    def _answer(self, stream: IStream, protocol: IProtocol) -> None:
        """A hook answers in place of the service."""
        answered = _Answered(stream, self)
        if stream.closed:
            self.ended("answered")
            return
        answered.protocol = protocol
        self.putBack()
        protocol.makeConnection(answered)
        answered.resumeProducing()

    # Going

    def notServed(self, stream: IStream) -> None:
        if stream is self._user:
            super().notServed(stream)
            return
        # What a hook has put in the way may have something to say.
        self._meter.closed(0, 0)
        stream.protocol = _Leaving(lambda: self.ended(NO_STREAM))
        self._timer = self._clock.callLater(LINGER, self._cut)
        stream.abortConnection()

    def _cut(self) -> None:
        self._timer = None
        self._user.abortConnection()
        self.ended(NO_STREAM)

    def ended(self, mood: str, sent: int = 0, received: int = 0) -> None:
        if self._gone:
            return
        self._gone = True
        if self._timer is not None:
            self._timer.cancel()
        if self._hooks.watches(CONNECTION_CLOSED):
            asked = self._asked
            closed = ConnectionClosed(
                asked.proxy_name,
                asked.proxy_type,
                asked.remote_addr,
                sent,
                received,
                self._clock.seconds() - self._came,
                RESET if mood == IDLE else mood,
            )
            self._hooks.tell(CONNECTION_CLOSED, closed, self._caller, self._id)
        # After that: a server that stops closes its hooks when the last user is gone.
        super().ended(mood, sent, received)


class _Leaving(Protocol):
    """A user without a service, until it has closed."""

    def __init__(self, gone: Callable[[], object]) -> None:
        self._gone = gone

    def connectionLost(self, reason: Failure | None = None) -> None:
        self._gone()


class _Answered(StreamWrapper):
    """The transport of a protocol that answers in place of the service; counts."""

    def __init__(self, stream: IStream, user: WatchedUser) -> None:
        super().__init__(stream)
        self._served = user
        self._in = self._out = 0

    def fromUser(self, data: bytes) -> None:
        self._in += len(data)
        self.toService(data)

    def fromService(self, data: bytes) -> None:
        self._out += len(data)
        self.toUser(data)

    def ended(self, reason: Failure) -> None:
        self._served.ended("answered", self._in, self._out)

"""The work streams of one client: those that wait for users, and the users that wait for one."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import TypeVar
from weakref import WeakSet

from twisted.internet.defer import Deferred, fail, succeed
from twisted.internet.interfaces import IDelayedCall, IReactorTime
from twisted.internet.protocol import Protocol
from twisted.python.failure import Failure

from frp.errors import NoWorkStream
from frp.interfaces import IStream
from frp.interfaces.ending import IJoined
from frp.logs import Log
from frp.session.deadline import Later
from frp.session.greeting import handOver
from frp.wire.messages import POOL_FULL

__all__ = ["WorkStreams"]

_Result = TypeVar("_Result")

#: How many more streams than asked for are kept: the reference's pool has as much room.
SPARE = 10

#: Seconds after which a stream that was asked for is not counted on any more.
LOST = 1.0


class _Idle(Protocol):
    """
    A stream that waits for its user. One that ends is forgotten at once; the reference keeps it, and loses the user who
    gets it.
    """

    transport: IStream

    def __init__(self, pool: WorkStreams) -> None:
        self._pool = pool

    def dataReceived(self, data: bytes) -> None:
        self._pool.log.warn("a work connection that nobody uses sent {size} bytes and is dropped", size=len(data))
        self.transport.abortConnection()

    def connectionLost(self, reason: Failure | None = None) -> None:
        self._pool.forget(self.transport)


class WorkStreams:
    """
    A pool that the client fills when it is asked to: for every user who comes, and so that some wait for the next.
    The reference asks twice for a user who finds the pool empty, and refuses what is too many then.
    """

    def __init__(self, size: int, timeout: float, clock: IReactorTime, log: Log, request: Callable[[], object]) -> None:
        """
        @param size: how many streams are asked for at first, and are to wait then; one at least, once there are users.
        @param timeout: seconds that a user waits.
        @param request: asks the client for one more stream.
        """
        self.log = log
        self._size = size
        self._spare = max(size, 1)
        self._timeout = timeout
        self._clock = clock
        self._request = request
        self._idle: dict[IStream, None] = {}  # ordered: the oldest first
        self._users: dict[Deferred[IStream], None] = {}  # who waits, the longest first
        self._asked: deque[float] = deque()  # when we asked for those that have not come, the longest ago first
        self._given: WeakSet[IStream] = WeakSet()
        self._again = Later(clock)
        self._closed = False

    def __len__(self) -> int:
        return len(self._idle)

    def fill(self) -> None:
        """Ask for the first streams."""
        self._ask(self._size)

    def _ask(self, spare: int) -> None:
        """Ask for so many streams that these will wait once all users who wait have theirs."""
        now = self._clock.seconds()
        asked = self._asked
        while asked and now - asked[0] >= LOST:
            asked.popleft()
        for _ in range(spare + len(self._users) - len(self._idle) - len(asked)):
            asked.append(now)
            self._request()

    def put(self, stream: IStream) -> None:
        """
        A new work stream, paused.

        @raise NoWorkStream: it cannot be used; the stream is still the caller's.
        """
        if self._closed:
            raise NoWorkStream("control is already closed")
        if self._asked:
            self._asked.popleft()
        if self._users:
            user = next(iter(self._users))
            del self._users[user]
            self._given.add(stream)
            user.callback(stream)
            return
        if len(self._idle) >= self._size + SPARE:
            raise NoWorkStream(POOL_FULL)
        self._idle[stream] = None
        handOver(stream, _Idle(self))

    def begin(self, start: bytes) -> Deferred[IStream]:
        """
        @param start: what tells the client for whom the stream is.
        @return: fires with a stream that has begun with that, paused; fails with L{NoWorkStream}.
        """
        return self.take().addCallback(_begun, start)

    def take(self) -> Deferred[IStream]:
        """@return: fires with a stream, paused; fails with L{NoWorkStream}."""
        if self._closed:
            return fail(NoWorkStream("control is already closed"))
        if self._idle:
            stream = next(iter(self._idle))
            del self._idle[stream]
            stream.pauseProducing()
            self._given.add(stream)
            self._ask(self._spare)
            return succeed(stream)
        user: Deferred[IStream] = Deferred()
        self._users[user] = None
        self._ask(self._spare)
        if not self._again.waiting:
            self._again.set(LOST, self._askAgain)
        timer = self._clock.callLater(self._timeout, self._timedOut, user)
        return user.addBoth(_stop, timer)

    def _askAgain(self) -> None:
        """What was asked for may be lost: users who still wait are not to wait for others to come."""
        if self._users:
            self._ask(self._spare)
            self._again.set(LOST, self._askAgain)

    @property
    def waiting(self) -> int:
        """How many users wait for a stream."""
        return len(self._users)

    def _timedOut(self, user: Deferred[IStream]) -> None:
        del self._users[user]
        user.errback(
            NoWorkStream(
                "timeout trying to get work connection",
                f"the client brought no work connection within {self._timeout} s: it may be overloaded or cut off",
            )
        )

    def forget(self, stream: IStream) -> None:
        """A waiting stream has ended."""
        self._idle.pop(stream, None)

    def peerGone(self) -> None:
        """
        The client is silent. Its users may still be served, where each has a connection, but nobody waits for the rest
        of what has ended one way.
        """
        for stream in list(self._given):
            joined = IJoined(stream.protocol, None)
            if joined is not None:
                joined.peerGone()

    def close(self) -> None:
        """The client is gone: so are its streams, and nobody needs to wait."""
        self._closed = True
        self._again.stop()
        idle, self._idle = self._idle, {}
        for stream in idle:
            stream.abortConnection()
        users, self._users = self._users, {}
        for user in users:
            user.errback(NoWorkStream("control is closed"))


def _begun(stream: IStream, start: bytes) -> IStream:
    stream.widen()
    stream.write(start)
    return stream


def _stop(result: _Result, timer: IDelayedCall) -> _Result:
    if timer.active():
        timer.cancel()
    return result

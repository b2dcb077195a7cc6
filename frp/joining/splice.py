"""
Joining two transports: what one receives, the other sends.

Where a proxy enables nothing, one transport's C{write} is the other's C{dataReceived}, and nothing of ours stands
between. Limits, encryption and compression are put in the way when the two are joined, and only where they are enabled.

Where the peer does the same, which it says at the login, a half-close is passed on, and the other direction lives. The
reference closes both, and loses the reply to every client that shuts down its writing side; where it is the peer, the
end of a stream is the end of both directions here, too.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from twisted.internet.error import ConnectionDone, ConnectionLost
from twisted.internet.interfaces import IDelayedCall, IHalfCloseableProtocol, IPushProducer, IReactorTime
from twisted.python.failure import Failure
from zope.interface import implementer

from frp.errors import LinkLost, NoWorkStream
from frp.interfaces import IDatagramsProtocol, IStream
from frp.interfaces.ending import DONE, IDLE, NO_STREAM, NOBODY, RESET, Ending, IJoined
from frp.joining.lanes import Lane, Lanes
from frp.joining.treatment import Treatment
from frp.logs import Log

__all__ = ["HALF_CLOSED_IDLE", "LINGER", "directly", "splice"]

#: Seconds without a byte after which a connection of which one direction has ended is given up. The reference's yamux
#: resets such a stream after that time.
HALF_CLOSED_IDLE = 300

#: Seconds that a user who was never served has to read what a hook says in place of the service.
LINGER = 5.0

_LATE = ConnectionLost("it ended before it was joined")


@implementer(IHalfCloseableProtocol, IPushProducer, IJoined, IDatagramsProtocol)
class _End(Lane):
    """One of two joined transports: its protocol, the producer of the other one, and the lane that leads there."""

    __slots__ = (
        "_pair",
        "gone",
        "other",
        "pauseProducing",
        "readEnded",
        "resumeProducing",
        "transport",
    )

    other: _End

    def __init__(self, transport: IStream, sink: IStream, pair: _Pair) -> None:
        super().__init__(self, sink.write)
        self.transport = transport
        self.pauseProducing = transport.pauseProducing
        self.resumeProducing = transport.resumeProducing
        self.readEnded = False
        self.gone = False
        self._pair = pair

    def makeConnection(self, transport: object) -> None:
        """The transports are connected when they are joined."""

    def stopProducing(self) -> None:
        """The other transport is gone; its own end hears of it."""

    @property
    def datagramSize(self) -> int:
        return self.other.transport.datagramSize if self._pair.bare and not self.other.gone else 0

    def datagramsReceived(self, datagrams: Sequence[bytes]) -> int:
        if not self.datagramSize:
            return 0
        taken = self.other.transport.sendDatagrams(datagrams)
        self._pair.passed(self, datagrams[:taken])
        return taken

    def readConnectionLost(self) -> None:
        """This end's peer sends no more: pass it on behind the bytes that are still under way."""
        if not self.readEnded and not self.gone:
            self.readEnded = True
            self._pair.lost(self, None)
            self.end(self._passEnd)

    def _passEnd(self) -> None:
        other = self.other
        both = other.readEnded or self._pair.endsBoth(self)
        if not other.gone:
            other.transport.unregisterProducer()
            other.transport.loseWriteConnection()
            if both and not other.gone:
                other.transport.loseConnection()
        if both:
            if not self.gone:
                self.transport.loseConnection()
        else:
            self._pair.watch(other)

    def writeConnectionLost(self) -> None:
        """This end has sent all it will send."""

    def peerGone(self) -> None:
        self._pair.peerGone()

    def connectionLost(self, reason: Failure) -> None:
        """
        This end is gone: the other one goes when it has sent what it has, or is reset.
        """
        if not self.gone:
            self.gone = True
            self._pair.lost(self, reason.value)
            self.end(lambda: self._drop(reason.value))

    def _drop(self, error: BaseException | None) -> None:
        other = self.other
        if other.gone:
            self._pair.ended()
            return
        other.transport.unregisterProducer()
        if self._pair.resets(other, error):
            self._pair.reset(other)
        else:
            other.transport.loseConnection()


class _Pair(Lanes):
    """The life of two joined transports."""

    __slots__ = (
        "_active",
        "_clock",
        "_ending",
        "_first",
        "_halfClose",
        "_mood",
        "_peerGone",
        "_timer",
        "_watched",
        "stream",
        "user",
    )

    def __init__(
        self, user: IStream, stream: IStream, treatment: Treatment, ending: Ending, clock: IReactorTime, log: Log
    ) -> None:
        self.user = near = _End(user, stream, self)
        self.stream = far = _End(stream, user, self)
        near.other, far.other = far, near
        super().__init__(near, far, stream, treatment, ending, clock, log)
        self._halfClose = treatment.halfClose
        self._ending = ending
        self._clock = clock
        self._first: _End | None = None
        self._mood = DONE
        self._peerGone = False
        self._timer: IDelayedCall | None = None
        self._watched: Callable[[bytes], object] | None = None
        self._active = False

    def lost(self, end: _End, error: BaseException | None) -> None:
        """Note which end was the first to end, and whether any was by an error."""
        if self._first is None:
            self._first = end
        if error is None or isinstance(error, ConnectionDone) or self._mood != DONE:
            return
        if isinstance(error, NoWorkStream):
            self._mood = NO_STREAM
            self._log.warn("failed to get work connection: {reason}", reason=str(error))
        else:
            self._mood = RESET

    def passed(self, end: _End, datagrams: Sequence[bytes]) -> None:
        """Count what has come from this end."""
        if end is self.user:
            self.beside(sent=datagrams)
        else:
            self.beside(received=datagrams)

    def resets(self, end: _End, error: BaseException | None) -> bool:
        """
        Whether this end is reset when the other one is gone. After an error a stream is that has nothing more to send,
        whose peer keeps what it has received. The reference would drop it, and a user still gets what was received for
        it; but one who has not had all because two nodes have lost each other must not take that for all, nor one who
        was never served.
        """
        if isinstance(error, ConnectionDone):
            return False
        if end is self.stream:
            return end.transport.lossless
        return isinstance(error, LinkLost | NoWorkStream) and not self.stream.readEnded

    def reset(self, end: _End) -> None:
        """Reset an end. One that has something to say before that may take a while, and no longer."""
        end.transport.abortConnection()
        if not end.gone and self._timer is None:
            self._timer = self._clock.callLater(LINGER, self._cut)

    def _cut(self) -> None:
        self._timer = None
        self._drop(self._mood)

    def endsBoth(self, end: _End) -> bool:
        """Whether the end of what this end receives is the end of what it takes, too."""
        return end is self.stream and not self._halfClose

    def ended(self) -> None:
        """Both transports are gone."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self.letGo()
        self._watched = None
        ending, self._ending = self._ending, NOBODY
        ending.over(*self.counts(), self._first is self.stream, self._mood)

    def watch(self, end: _End) -> None:
        """Only this end still receives: give up when it has been silent for too long."""
        if end is self.user and not self.mayEnd():
            return
        if end.gone or self._watched is not None:
            return
        if self._peerGone:
            self._drop(RESET)
            return
        self._watched = end.dataReceived
        end.dataReceived = self._stillActive
        self._timer = self._clock.callLater(HALF_CLOSED_IDLE, self._look)

    def peerGone(self) -> None:
        self._peerGone = True
        if self._watched is not None:
            self._drop(RESET)

    def _stillActive(self, data: bytes) -> None:
        self._active = True
        if self._watched is not None:
            self._watched(data)

    def _look(self) -> None:
        self._timer = None
        if self._active:
            self._active = False
            self._timer = self._clock.callLater(HALF_CLOSED_IDLE, self._look)
            return
        self._log.debug("a half-closed connection was idle for {seconds} s and is dropped", seconds=HALF_CLOSED_IDLE)
        self._drop(IDLE)

    def _drop(self, mood: str) -> None:
        self._mood = mood
        for end in (self.stream, self.user):
            if not end.gone:
                end.transport.abortConnection()


def splice(
    user: IStream, stream: IStream, treatment: Treatment, *, clock: IReactorTime, log: Log, ending: Ending = NOBODY
) -> None:
    """
    Join two connected transports. Both belong to the splice from here; both flow. What came early for either is put
    back before, with L{unread<IStream.unread>}.

    @param user: the application's side: a user on frps, the local service on frpc.
    @param stream: leads to the peer; paused until now.
    @param treatment: what the proxy does to the bytes on the stream.
    @param ending: hears when both are gone.
    """
    pair = _Pair(user, stream, treatment, ending, clock, log)
    near, far = pair.user, pair.stream
    # Nobody would hear any more that these have ended.
    userLate, streamLate = user.closed, stream.closed
    stream.resets = treatment.halfClose
    for end, receiver in ((user, near), (stream, far)):
        end.protocol = receiver  # type: ignore[assignment]  # all of IProtocol that a connected transport calls
    fromUser, fromPeer = near.producer, far.producer
    # Flow first, register then: a consumer that is full already pauses its producer when that is registered.
    fromUser.resumeProducing()
    if streamLate:
        far.connectionLost(Failure(_LATE))
    if userLate:
        near.connectionLost(Failure(_LATE))
    if not near.readEnded and not near.gone and not far.gone:
        stream.registerProducer(fromUser, True)
    if not far.gone:
        if not near.gone:
            user.registerProducer(fromPeer, True)
        fromPeer.resumeProducing()


def directly(user: IStream, stream: IStream, *, clock: IReactorTime, log: Log, ending: Ending = NOBODY) -> None:
    """
    Join two transports to whose bytes nothing more is done. What stands between the stream and its carrier steps out
    where it can, and then nothing of ours stands between the two.
    """
    treatment = Treatment(halfClose=stream.halfClose)
    stream, released = stream.release()
    if released is not None:
        ending = _Both(ending, released)
    splice(user, stream, treatment, clock=clock, log=log, ending=ending)


class _Both(Ending):
    """Two hear of one end."""

    __slots__ = ("_one", "_other", "counts", "early")

    def __init__(self, one: Ending, other: Ending) -> None:
        self._one = one
        self._other = other
        self.counts = one.counts or other.counts
        self.early = one.early or other.early

    def counting(self, counts: Callable[[], tuple[int, int]]) -> None:
        self._one.counting(counts)
        self._other.counting(counts)

    def over(self, sent: int, received: int, byPeer: bool, mood: str) -> None:
        self._one.over(sent, received, byPeer, mood)
        self._other.over(sent, received, byPeer, mood)

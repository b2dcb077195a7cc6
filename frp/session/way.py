"""How long what is sent to the peer is under way when no queue of ours lies before it, and how that is found out."""

from __future__ import annotations

from operator import attrgetter

from twisted.internet.interfaces import IReactorTime

from frp.values import frozen

__all__ = ["Sample", "Way"]

#: Seconds for which it is believed that the way has become longer.
BELIEVED = 10

#: When only so many of the bytes are under way, or less,
FEWER = 0.75

#: the time must be shorter than that, or the queue is not ours.
SHORTER = 0.85


@frozen
class Sample:
    """
    A time in which there was always more to be sent.

    @ivar rate: how many bytes a second the peer gave back.
    @ivar underWay: how many bytes were on the way to the peer, or the news of them on the way back, when it began.
    @ivar elapsed: how many seconds it took.
    """

    rate: float
    underWay: int
    elapsed: float

    @property
    def seconds(self) -> float:
        """For how long each byte was under way (Little's law)."""
        return self.underWay / self.rate


class Way:
    """
    What all streams of a session know about the way.

    @ivar wasLonger: what it was last found to be at other times; 0 while it never was.
    @ivar shortest: the shortest round trip there ever was, in seconds; 0 while none is known.
    """

    __slots__ = ("_clock", "_next", "_tried", "_until", "shortest", "wasLonger")

    def __init__(self, clock: IReactorTime) -> None:
        self.shortest = 0.0
        self.wasLonger = 0.0
        self._clock = clock
        self._until = 0.0  # when it is no longer believed
        self._next = 0.0  # when it may be tried again
        self._tried = 0.0  # for how long bytes were under way the last time

    def mayBeTried(self, seconds: float) -> bool:
        """
        Whether to send more than usual now, to see whether the way is longer. Others wait behind that, so that it is
        done seldom.

        @param seconds: for how long bytes are under way at present.
        """
        now = self._clock.seconds()
        if now < self._next and seconds < 2 * self._tried:
            return False
        self._next = now + BELIEVED
        self._tried = seconds
        return True

    def judge(self, one: Sample, other: Sample) -> bool:
        """
        Whose the queue is that bytes of ours wait in. If it is ours, the time follows the number of bytes under way.

        @param other: of the same stream, just after C{one} with more or fewer bytes under way.
        @return: whether the way has become longer: queues of others lie on it.
        """
        fewer, more = sorted((one, other), key=attrgetter("underWay"))
        if fewer.underWay >= FEWER * more.underWay or fewer.seconds <= SHORTER * more.seconds:
            return False
        self.wasLonger = min(fewer.seconds, more.seconds)
        self._until = self._clock.seconds() + BELIEVED
        return True

    def passed(self, seconds: float) -> None:
        """Bytes were under way for so long, our own queues included: it is no longer than that."""
        self.wasLonger = min(self.wasLonger, seconds)

    @property
    def lately(self) -> float:
        """How long it is at present beyond doubt, while that is believed; else 0."""
        return self.wasLonger if self._clock.seconds() < self._until else 0.0

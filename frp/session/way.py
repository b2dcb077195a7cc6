"""How long what is sent to the peer is under way, when no queue of ours is before it."""

from __future__ import annotations

from twisted.internet.interfaces import IReactorTime

__all__ = ["Way"]

#: Seconds for which it is believed that the way has become longer.
BELIEVED = 10


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

    def lengthened(self, seconds: float) -> None:
        """Bytes are under way for so long, however few of ours there are: queues of others lie before them."""
        self.wasLonger = seconds
        self._until = self._clock.seconds() + BELIEVED

    def passed(self, seconds: float) -> None:
        """Bytes were under way for so long, our own queues included: it is no longer than that."""
        self.wasLonger = min(self.wasLonger, seconds)

    @property
    def lately(self) -> float:
        """How long it is at present beyond doubt, while that is believed; else 0."""
        return self.wasLonger if self._clock.seconds() < self._until else 0.0

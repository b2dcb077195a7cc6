"""
How far a stream may run ahead of what its peer has taken.

A bulk stream that fills the whole window (6 MiB) puts that much into the sockets between the two ends, and whoever
shares the session waits behind it: 16 ms at 400 MB/s on one machine, and seconds on a slow link. As much throughput
needs far less under way, namely what is taken in one round trip. So the sender watches how fast its bytes are given
back, and keeps the part of the window in reserve that it does not need.
"""

from __future__ import annotations

from frp.session.half import Outlet
from frp.wire.yamux import INITIAL_WINDOW

__all__ = ["SMALLEST_SAMPLE", "Pace"]

#: Smaller updates say too little about the rate to be worth the look.
SMALLEST_SAMPLE = 8 * 1024

#: A peer that gives back so much at once, or less, gives back before a first window of the protocol's size is used up.
SMALL_STEP = INITIAL_WINDOW

#: Seconds that a sample of the rate takes at least: updates come in bursts.
SAMPLE = 0.01

#: Seconds that bytes may lie in queues beyond the round trip; and while others wait behind them.
QUEUE = 0.001
QUEUE_IN_COMPANY = 0.0002


class Pace:
    """
    What one sender has learned.

    With C{rate} bytes a second taken and an idle round trip of C{r} seconds, C{rate * (2 * r + 1 ms)} may be under way.
    That leaves a queue, so the rate is never limited by it for long: where it is, the next sample is higher. It begins
    with what the protocol lets every stream send, as soon as it is known that the peer does not wait for more before it
    gives any back. A peer that gives back in large steps (the reference: 3 MiB) needs two of them.

    @ivar reserve: how many bytes of the peer's window are not used.
    """

    __slots__ = ("_full", "_rate", "_since", "_step", "_taken", "reserve")

    def __init__(self) -> None:
        self.reserve = 0
        self._full = INITIAL_WINDOW  # the peer's window when nothing is under way
        self._step = 0  # the largest update of late
        self._rate = 0.0
        self._taken = 0  # since the last sample
        self._since = 0.0  # when that was

    def credited(self, delta: int, window: int, session: Outlet, *, limited: bool) -> int:
        """
        The peer has given back C{delta} bytes.

        @param window: what it lets us send now, the reserve included.
        @param limited: more waits to be sent. The rate of who has nothing more to send says nothing.
        @return: the new reserve.
        """
        now = session.clock.seconds()
        if window > self._full:
            # Not a return of bytes: the peer offers more than before.
            self._full = window
            self._since = now
            if session.stepsKnown and session.roundTrip:
                self.reserve = window - INITIAL_WINDOW
            return self.reserve
        if delta <= SMALL_STEP:
            session.stepsKnown = True
        self._taken += delta
        self._step = max(delta, self._step - self._step // 4)
        elapsed = now - self._since
        if not session.roundTrip or elapsed < max(SAMPLE, session.roundTrip):
            return self.reserve
        rate = self._taken / elapsed
        self._taken = 0
        self._since = now
        if limited:
            self._rate = rate if rate > self._rate else (self._rate + rate) / 2
            queue = QUEUE_IN_COMPANY if session.company.here else QUEUE
            needed = max(int(self._rate * (2 * session.roundTrip + queue)), 2 * self._step)
            self.reserve = max(0, self._full - needed)
        return self.reserve

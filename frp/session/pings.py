"""Whether the peer lives, and how far away it is."""

from __future__ import annotations

from collections.abc import Callable

from twisted.internet.interfaces import IReactorTime

from frp.session.deadline import Later
from frp.wire.yamux import Flag, Type, header

__all__ = ["PING_TIMEOUT", "Pings"]

#: Seconds for the answer to a ping: the reference's time.
PING_TIMEOUT = 10

#: Seconds before each of the first pings; they tell the round trip of the session, of which only the shortest counts.
#: The first comes before any proxy has users.
FIRST = (0.02, 0.2, 0.5, 1, 2, 4)

#: Seconds by which a ping may take longer than what the system says, for that to be believed. More, and something that
#: ends connections of its own may stand in between.
SLOWER = 0.005


class Pings:
    """
    Asks the peer now and then.

    @ivar roundTrip: how far away the peer is, in seconds; 0 while no ping was answered.
    """

    def __init__(
        self,
        clock: IReactorTime,
        interval: float,
        send: Callable[[bytes], object],
        look: Callable[[], object],
        silent: Callable[[], object],
    ) -> None:
        """
        @param interval: seconds between pings; not positive turns them off.
        @param send: sends a frame.
        @param look: called in each interval, pings or not; may L{stop} all of this.
        @param silent: called once when a ping was not answered.
        """
        self.roundTrip = self._shortest = 0.0
        self._clock = clock
        self._interval = interval
        self._send = send
        self._look = look
        self._silent = silent
        self._number = 0
        self._sentAt: float | None = None  # of the ping that is not answered
        self._stopped = False
        self._timer = Later(clock)

    def start(self) -> None:
        interval = self._interval if self._interval > 0 else PING_TIMEOUT * 3
        early = FIRST[self._number] if self._number < len(FIRST) else interval
        self._timer.set(min(early, interval), self._tick)

    def stop(self) -> None:
        """Never again."""
        self._stopped = True
        self._sentAt = None
        self._timer.stop()

    def answered(self, number: int, system: float) -> None:
        """
        A ping was answered; an answer that was not awaited means nothing.

        @param system: the round trip of the carrier of which the system knows; 0 where it does not. A ping that was
            sent into a busy session has waited in queues.
        """
        if number != self._number or self._sentAt is None:
            return
        roundTrip = self._clock.seconds() - self._sentAt
        self._shortest = min(self._shortest or roundTrip, roundTrip)
        self.roundTrip = system if 0 < system < self._shortest < system + SLOWER else self._shortest
        self._number += 1
        self._sentAt = None
        self.start()

    def _tick(self) -> None:
        self._look()
        if self._stopped:
            return
        if self._interval <= 0:
            self.start()
            return
        self._sentAt = self._clock.seconds()
        self._timer.set(PING_TIMEOUT, self._silent)
        self._send(header(Type.PING, Flag.SYN, 0, self._number))

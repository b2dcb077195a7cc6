"""How fast packets may follow each other."""

from __future__ import annotations

__all__ = ["Pacing"]

#: What may leave at once whatever the rate, in packets: a reactor wakes up every millisecond at best.
BURST = 16

#: What may leave at once, in seconds of the rate.
AHEAD = 0.004


class Pacing:
    """
    A bucket of bytes, which fills somewhat faster than the congestion window allows to send: so that a window does not
    leave as one burst, into buffers on the way that do not hold it.
    """

    __slots__ = ("_at", "_bucket")

    def __init__(self) -> None:
        self._at = 0.0
        self._bucket = 0.0

    def allowed(self, now: float, window: int, roundTrip: float, size: int) -> int:
        """
        @param window: the congestion window, in bytes.
        @param roundTrip: smoothed, in seconds; 0 where none was measured yet.
        @param size: of a packet.
        @return: how many bytes may leave now.
        """
        if roundTrip <= 0:
            return window
        rate = self._rate(window, roundTrip)
        most = max(BURST * size, rate * AHEAD)
        self._bucket = min(most, self._bucket + (now - self._at) * rate)
        self._at = now
        return int(self._bucket)

    def sent(self, size: int) -> None:
        self._bucket -= size

    def again(self, window: int, roundTrip: float, size: int) -> float:
        """@return: in how many seconds a fair part of a burst may leave."""
        wanted = BURST * size / 2 - self._bucket
        return max(0.0005, wanted / self._rate(window, roundTrip))

    @staticmethod
    def _rate(window: int, roundTrip: float) -> float:
        """In bytes for a second."""
        return 1.25 * window / max(roundTrip, 0.0005)

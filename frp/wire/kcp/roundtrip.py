"""How long to wait for an acknowledgement before a segment is sent again: RFC 6298 with the reference's bounds."""

from __future__ import annotations

__all__ = ["LONGEST", "RoundTrip"]

#: Milliseconds: before anything is known, at least, at most.
_FIRST = 200
_SHORTEST = 30
LONGEST = 60_000

#: How often the reference's peers look whether there is something to acknowledge, in milliseconds.
_INTERVAL = 20


class RoundTrip:
    """
    @ivar timeout: milliseconds until a segment is sent again.
    """

    __slots__ = ("_smooth", "_variance", "timeout")

    def __init__(self) -> None:
        self.timeout = _FIRST
        self._smooth = self._variance = 0

    def measured(self, trip: int) -> None:
        """A segment was acknowledged after so many milliseconds."""
        if not self._smooth:
            self._smooth, self._variance = trip, trip // 2
        else:
            delta = abs(trip - self._smooth)
            self._variance = (3 * self._variance + delta) // 4
            self._smooth = max(1, (7 * self._smooth + trip) // 8)
        wait = self._smooth + max(_INTERVAL, 4 * self._variance)
        self.timeout = min(max(_SHORTEST, wait), LONGEST)

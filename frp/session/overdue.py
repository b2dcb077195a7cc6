"""Streams that wait for the peer."""

from __future__ import annotations

from collections.abc import Iterable

from frp.errors import TunnelLost
from frp.session.half import Half
from frp.session.stream import MuxedStream

__all__ = ["CLOSE_TIMEOUT", "MAX_LINGERING", "OPEN_TIMEOUT", "Overdue"]

#: How many streams we may have closed and the peer not. A peer that is there ends its half within a round trip.
MAX_LINGERING = 16384

#: Seconds for the acknowledgement of a stream, and for the peer's half of a close: the reference's times.
OPEN_TIMEOUT = 75
CLOSE_TIMEOUT = 300


class Overdue:
    """The end of their patience."""

    def __init__(self) -> None:
        self._lingering: dict[Half, None] = {}  # closed by us and not by the peer, the oldest first

    def __len__(self) -> int:
        return len(self._lingering)

    def lingers(self, stream: Half) -> None:
        """We have closed a stream, and the peer has not: too many of these are not waited for."""
        self._lingering[stream] = None
        if len(self._lingering) > MAX_LINGERING:
            next(iter(self._lingering)).abortConnection()

    def forget(self, stream: Half) -> None:
        self._lingering.pop(stream, None)

    def clear(self) -> None:
        self._lingering.clear()

    def look(self, streams: Iterable[MuxedStream], now: float) -> TunnelLost | None:
        """
        Drop what the peer has not closed in time.

        @return: where it has not even answered one, which is an end of the session.
        """
        for stream in list(streams):
            if stream.closedAt is not None and now - stream.closedAt > CLOSE_TIMEOUT:
                stream.abortConnection()
            elif stream.openedAt is not None and not stream.acknowledged and now - stream.openedAt > OPEN_TIMEOUT:
                what = f"the peer did not answer stream {stream.id} for {OPEN_TIMEOUT} s"
                return TunnelLost("stream open timeout", what)
        return None

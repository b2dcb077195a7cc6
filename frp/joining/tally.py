"""
How many of the application's bytes a connection carries: before encryption and compression, without our own messages.
"""

from __future__ import annotations

from collections.abc import Callable

from frp.interfaces import IStream

__all__ = ["PassingTally", "StreamTally", "tallyOf"]

Way = Callable[[bytes], object]


class StreamTally:
    """
    For payload that nothing transforms, and a stream that keeps count itself: nothing stands on the way of the bytes.
    """

    __slots__ = ("_before", "_stream")

    def __init__(self, stream: IStream) -> None:
        """@param stream: before any payload went over it."""
        self._stream = stream
        self._before = stream.counts() or (0, 0)

    def sending(self, way: Way) -> Way:
        """@return: what the bytes for the stream go through."""
        return way

    def receiving(self, way: Way) -> Way:
        """@return: what the bytes from the stream go through."""
        return way

    def counts(self) -> tuple[int, int]:
        """@return: the bytes sent over the stream, and received from it, so far."""
        (sent, received), before = self._stream.counts() or (0, 0), self._before
        return sent - before[0], received - before[1]


class PassingTally:
    """The same for all other payload: it is counted as it passes, on the application's side."""

    def __init__(self) -> None:
        self._sent = 0
        self._received = 0

    def sending(self, way: Way) -> Way:
        def passed(data: bytes) -> None:
            self._sent += len(data)
            way(data)

        return passed

    def receiving(self, way: Way) -> Way:
        def passed(data: bytes) -> None:
            self._received += len(data)
            way(data)

        return passed

    def counts(self) -> tuple[int, int]:
        return self._sent, self._received


def tallyOf(stream: IStream, *, transformed: bool) -> StreamTally | PassingTally:
    """
    @param transformed: whether the payload looks otherwise on the stream than to the application, or some of it may
        have come already.
    """
    return PassingTally() if transformed or stream.counts() is None else StreamTally(stream)

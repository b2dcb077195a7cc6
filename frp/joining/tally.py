"""
How many of the application's bytes a pair of joined transports carries: before encryption and compression, without
our own messages.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

__all__ = ["PassingTally", "StreamTally", "counting", "tallyOf"]

Way = Callable[[bytes], object]


class StreamTally:
    """
    For payload that nothing transforms, and a stream that keeps count itself: nothing stands on the way of the bytes.
    """

    def __init__(self, stream: Any) -> None:
        """@param stream: before any payload went over it."""
        self._stream = stream
        self._sent, self._received = stream.counts()

    def sending(self, way: Way) -> Way:
        """@return: what the bytes for the stream go through."""
        return way

    def receiving(self, way: Way) -> Way:
        """@return: what the bytes from the stream go through."""
        return way

    def counts(self) -> tuple[int, int]:
        """@return: the bytes sent over the stream, and received from it, so far."""
        sent, received = self._stream.counts()
        return sent - self._sent, received - self._received


class PassingTally:
    """The same for all other payload: it is counted as it passes, on the application's side."""

    def __init__(self) -> None:
        self._sent = 0
        self._received = 0

    def sending(self, way: Way) -> Way:
        """As L{StreamTally.sending}."""

        def passed(data: bytes) -> None:
            self._sent += len(data)
            way(data)

        return passed

    def receiving(self, way: Way) -> Way:
        """As L{StreamTally.receiving}."""

        def passed(data: bytes) -> None:
            self._received += len(data)
            way(data)

        return passed

    def counts(self) -> tuple[int, int]:
        """As L{StreamTally.counts}."""
        return self._sent, self._received


def tallyOf(stream: Any, *, transformed: bool) -> StreamTally | PassingTally:
    """
    @param transformed: whether the payload looks otherwise on the stream than to the application.
    """
    return PassingTally() if transformed or stream.counts() is None else StreamTally(stream)


def counting(
    count: Callable[[int, int], object], counts: Callable[[], tuple[int, int]], done: Callable[[], object] | None
) -> Callable[[], object]:
    """
    What is called at the end of a connection that is counted.

    @param count: gets the bytes, before C{done} is called.
    """

    def ended() -> None:
        count(*counts())
        if done is not None:
            done()

    return ended

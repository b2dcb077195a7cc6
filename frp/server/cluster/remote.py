"""Work streams of a client that is at another node."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from twisted.internet.defer import Deferred

from frp.interfaces import IStream

__all__ = ["RemoteStreams", "Streams"]


class Streams(Protocol):
    """Where streams to other nodes come from."""

    def __call__(self, node: str, ask: Mapping[str, object], behind: bytes = b"") -> Deferred[IStream]:
        """
        @param node: the other one.
        @param behind: what the stream begins with after a yes, which is not waited for.
        @return: fires with a stream, paused, when that one has said yes; fails with
            L{NoWorkStream<frp.errors.NoWorkStream>}.
        """


class RemoteStreams:
    """
    Those of one proxy. The other node takes each from its own pool.

    @ivar waiting: how many users wait for one.
    """

    def __init__(self, streams: Streams, node: str, ask: Mapping[str, object]) -> None:
        self.waiting = 0
        self._streams = streams
        self._node = node
        self._ask = ask

    def begin(self, start: bytes) -> Deferred[IStream]:
        """
        @param start: what tells the client for whom the stream is.
        @return: fires with a stream that has begun with that, paused; fails with
            L{NoWorkStream<frp.errors.NoWorkStream>}.
        """
        self.waiting += 1
        return self._streams(self._node, self._ask, start).addBoth(self._came).addCallback(_widened)

    def _came(self, result: IStream) -> IStream:
        self.waiting -= 1
        return result


def _widened(stream: IStream) -> IStream:
    stream.widen()
    return stream

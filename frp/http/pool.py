"""Idle connections to services, kept for the next request."""

from __future__ import annotations

from collections.abc import Hashable

from twisted.internet.interfaces import IDelayedCall, IReactorTime

from frp.http.upstream import Upstream

__all__ = ["IDLE", "SIZE", "Pool"]

#: Idle connections that are kept for each key; as in the reference.
SIZE = 5

#: Seconds for which they are kept; as in the reference.
IDLE = 60

#: Seconds for which more than that are kept. Answers come in bursts, and the requests that follow them do so, too.
SURPLUS = 1


class Pool:
    """
    Connections by key: any of those with the same key can take a request. The one that was used last is taken first, so
    that those that are not needed come to their end.
    """

    def __init__(self, clock: IReactorTime) -> None:
        self.clock = clock
        self._idle: dict[Hashable, dict[Upstream, None]] = {}
        self._trimming: IDelayedCall | None = None
        self._closed = False

    def __len__(self) -> int:
        return sum(map(len, self._idle.values()))

    def take(self, key: Hashable) -> Upstream | None:
        """@return: an idle connection, which is the caller's from here."""
        idle = self._idle.get(key)
        if not idle:
            return None
        upstream, _ = idle.popitem()
        return upstream

    def put(self, upstream: Upstream) -> None:
        """This one is idle; a pool that is closed ends it."""
        if self._closed:
            upstream.close()
            return
        idle = self._idle.get(upstream.key)
        if idle is None:
            idle = self._idle[upstream.key] = {}
        idle[upstream] = None
        upstream.wait(IDLE)
        if len(idle) > SIZE and self._trimming is None:
            self._trimming = self.clock.callLater(SURPLUS, self._trim)

    def forget(self, upstream: Upstream) -> None:
        """This one is idle no more; where it was not, nothing happens."""
        idle = self._idle.get(upstream.key)
        if idle is not None:
            idle.pop(upstream, None)
            if not idle:
                del self._idle[upstream.key]

    def _trim(self) -> None:
        self._trimming = None
        for idle in list(self._idle.values()):
            for upstream in list(idle)[:-SIZE]:
                upstream.close()

    def drop(self, key: Hashable) -> None:
        for upstream in self._idle.pop(key, ()):
            upstream.close()

    def close(self) -> None:
        """Close all, and those that are busy when they are done."""
        self._closed = True
        for key in list(self._idle):
            self.drop(key)
        if self._trimming is not None:
            self._trimming.cancel()
            self._trimming = None

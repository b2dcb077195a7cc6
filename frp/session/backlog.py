"""Streams that we open faster than the peer answers."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from twisted.internet.defer import Deferred, fail
from twisted.internet.interfaces import IProtocol, IProtocolFactory
from twisted.python.failure import Failure

from frp.errors import TunnelLost

__all__ = ["BACKLOG", "MAX_WAITING", "Backlog"]

#: How many streams of ours may wait for the peer's acknowledgement.
BACKLOG = 256

#: How many more may wait until there is room: a server that asks for streams and accepts none shall not fill memory.
MAX_WAITING = 4096


class Backlog:
    """
    Opens streams, and lets those wait for which there is no room yet.

    @ivar unacknowledged: how many streams the peer has not answered.
    """

    def __init__(self, open: Callable[[IProtocolFactory], Deferred[IProtocol]]) -> None:
        """@param open: opens a stream; C{unacknowledged} counts it from then on."""
        self.unacknowledged = 0
        self._open = open
        self._waiting: deque[tuple[IProtocolFactory, Deferred[IProtocol]]] = deque()

    def opened(self, factory: IProtocolFactory) -> Deferred[IProtocol]:
        """@return: fires with the protocol, once the stream is open."""
        if self.unacknowledged < BACKLOG:
            return self._open(factory)
        if len(self._waiting) >= MAX_WAITING:
            return fail(TunnelLost("too many streams wait for the peer"))
        opened: Deferred[IProtocol] = Deferred()
        self._waiting.append((factory, opened))
        return opened

    def acknowledged(self) -> None:
        """The peer has answered one, or it is gone: there is room for another."""
        self.unacknowledged -= 1
        while self._waiting and self.unacknowledged < BACKLOG:
            factory, opened = self._waiting.popleft()
            if not opened.called:  # else cancelled
                self._open(factory).chainDeferred(opened)

    def fail(self, reason: Failure) -> None:
        waiting, self._waiting = self._waiting, deque()
        for _, opened in waiting:
            opened.errback(reason)

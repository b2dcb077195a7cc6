"""The session through a hole as a visitor has it: whether somebody is at the other end shows in what is heard."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from math import inf

from twisted.internet.defer import Deferred, succeed
from twisted.internet.interfaces import IReactorTime

from frp.errors import TunnelLost
from frp.interfaces import ISession

__all__ = ["Passage"]

#: Seconds after which what was heard proves nothing any more.
_FRESH = 1.0


class Passage:
    """
    @ivar session: opens streams to the proxy's client.
    @ivar doubted: somebody has waited for a sign of the other end in vain, and there was none since.
    """

    def __init__(self, clock: IReactorTime, session: ISession, mark: Callable[[], float]) -> None:
        """
        @param mark: says when the session has heard its peer last, by whatever clock: it is another number each time.
        """
        self.session = session
        self.doubted = False
        self._clock = clock
        self._mark = mark
        self._last = mark()
        self._heardAt = -inf
        self._waiting: dict[Deferred[None], None] = {}
        session.lost.addCallback(self._lost)

    def came(self) -> None:
        """Datagrams have come on the port of the hole: the peer's, or a stranger's."""
        mark = self._mark()
        if mark == self._last:
            return
        self._last = mark
        self._heardAt = self._clock.seconds()
        self.doubted = False
        for sign in self._taken():
            sign.callback(None)

    def sign(self) -> Deferred[None]:
        """
        Whoever waits has said something that is answered, such as opened a stream.

        @return: fires when the peer is heard; at once if it just was. Fails with L{TunnelLost} at the end.
        """
        if self._clock.seconds() - self._heardAt < _FRESH:
            return succeed(None)
        sign: Deferred[None] = Deferred(lambda sign: self._waiting.pop(sign, None))
        self._waiting[sign] = None
        return sign

    def _lost(self, error: BaseException) -> BaseException:
        for sign in self._taken():
            sign.errback(TunnelLost("the tunnel is closed", str(error)))
        return error

    def _taken(self) -> Iterator[Deferred[None]]:
        """@return: those who wait. One that is told may cancel others."""
        while self._waiting:
            sign = next(iter(self._waiting))
            del self._waiting[sign]
            yield sign

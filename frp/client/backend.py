"""The local service behind a proxy: whether users reach it, and what it says to a test."""

from __future__ import annotations

from collections.abc import Callable

from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.error import ConnectingCancelledError
from twisted.internet.interfaces import IProtocol, IProtocolFactory, IReactorTime, IStreamClientEndpoint
from twisted.python.failure import Failure
from zope.interface import implementer

from frp.client.healthcheck import tcpProbe
from frp.errors import FRPError, Refused
from frp.values import frozen

__all__ = ["QUIET", "Backend"]

#: Seconds without a user who did not reach the service, after which the next one is news again.
QUIET = 10

_CANCELLED = (CancelledError, ConnectingCancelledError)


class Backend:
    """
    The service of one proxy, once somebody has said which one it is.

    @ivar why: why the last user did not reach it; empty if that user did, or nobody came.
    @ivar at: when that was, in seconds since 1970.
    """

    def __init__(self, clock: IReactorTime, missed: Callable[[], object] = lambda: None) -> None:
        """@param missed: is told that a user did not reach it; of many who come one after the other, of the first."""
        self.why = ""
        self.at = 0.0
        self._clock = clock
        self._missed = missed
        self._endpoint: IStreamClientEndpoint | None = None

    def behind(self, endpoint: IStreamClientEndpoint) -> IStreamClientEndpoint:
        """@return: the same for users, whose luck with it is remembered."""
        self._endpoint = endpoint
        return _Watched(endpoint, self)

    async def test(self) -> float:
        """
        Connect once, as a user's connection would be passed on.

        @return: the seconds that it took.
        @raise FRPError: it does not answer, or there is no such service.
        """
        if self._endpoint is None:
            raise Refused(
                "there is no service to connect to: datagrams are not answered, and some plugins answer themselves"
            )
        began = self._clock.seconds()
        await tcpProbe(self._endpoint)()
        self.why = ""
        return self._clock.seconds() - began

    def reached(self, result: IProtocol) -> IProtocol:
        """A user has reached it."""
        self.answered()
        return result

    def answered(self, why: str = "") -> None:
        """A user has reached it, or has not, for this reason."""
        now = self._clock.seconds()
        news = why and (not self.why or now - self.at >= QUIET)
        self.why, self.at = why, now if why else self.at
        if news:
            self._missed()

    def unreached(self, failure: Failure) -> Failure:
        """A user has not, unless it is the user who left."""
        error = failure.value
        if isinstance(error, FRPError) and not isinstance(error.__cause__, _CANCELLED):
            self.answered(error.detail)
        return failure


@implementer(IStreamClientEndpoint)
@frozen
class _Watched:
    endpoint: IStreamClientEndpoint
    backend: Backend

    def connect(self, factory: IProtocolFactory) -> Deferred[IProtocol]:
        return self.endpoint.connect(factory).addCallbacks(self.backend.reached, self.backend.unreached)

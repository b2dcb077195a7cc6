"""A request whose body is kept although whoever answers did not want it, such as a service that is away."""

from __future__ import annotations

from collections.abc import Callable

from twisted.internet.interfaces import IReactorTime
from twisted.python.failure import Failure
from zope.interface import implementer

from frp.http.exchange import GivenFields, IExchange, IReceiver, fieldsOf
from frp.http.inspecting.records import KeptBody
from frp.http.observing import IObserver, Observed
from frp.session.deadline import Later
from frp.wire.http.fields import Fields

__all__ = ["PATIENCE", "Gathering"]

#: Seconds that an answer in place of the service waits for what its user still sends. Most bodies have come by then.
PATIENCE = 1


@implementer(IReceiver)
class Gathering(Observed):
    """
    Takes what has come of a body that nobody has read, before an answer that needed none of it: so that the request can
    be sent again when the service is there. What is still under way is waited for up to L{PATIENCE}, and no longer than
    there is room; whoever waits to be asked for the body is not.
    """

    def __init__(self, exchange: IExchange, observer: IObserver, clock: IReactorTime, body: KeptBody) -> None:
        """@param body: what the observer keeps."""
        super().__init__(exchange, observer)
        self._kept = body
        self._receiver: IReceiver | None = None
        self._later = Later(clock)
        self._end: Callable[[], object] | None = None  # what the handler wants done
        self._outcome = ""  # if the user leaves before that

    def receive(self, receiver: IReceiver) -> None:
        self._receiver = receiver
        super().receive(self)

    def reply(self, status: int, fields: GivenFields = None, body: bytes = b"") -> None:
        given = fieldsOf(fields)  # what cannot be sent is told at once
        self._gather(lambda: super(Gathering, self).reply(status, given, body), "left")

    def abort(self) -> None:
        self._gather(super().abort, "unanswered")

    def _gather(self, end: Callable[[], object], outcome: str) -> None:
        if self.over or self.answered or self._kept.ended:
            end()
            return
        if self._end is not None:
            return
        self._end, self._outcome = end, outcome
        if self._receiver is None:
            super().receive(self)
        else:
            self.resumeProducing()
        if self._end is not None:
            asks = b"expect" in self.head.fields and not self._kept.size
            if asks or self._kept.full:
                self._finish()
            else:
                self._later.set(PATIENCE, self._finish)

    def _finish(self) -> None:
        self._later.stop()
        end, self._end = self._end, None
        if end is not None:
            end()

    # What comes of the body

    def bodyReceived(self, data: bytes) -> None:
        if self._end is None:
            if self._receiver is not None:
                self._receiver.bodyReceived(data)
        elif self._kept.full:
            self._finish()

    def bodyEnded(self, trailers: Fields | None) -> None:
        if self._end is None:
            if self._receiver is not None:
                self._receiver.bodyEnded(trailers)
        else:
            self._finish()

    def exchangeLost(self, reason: Failure) -> None:
        if self._end is None:
            if self._receiver is not None:
                self._receiver.exchangeLost(reason)
        else:
            self._later.stop()
            self._end = None
            self.ended(self._outcome)

"""An exchange that is looked at: whoever answers it does not notice."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from zope.interface import implementer

from frp.http.exchange import GivenFields, Handler, IExchange, IReceiver, fieldsOf
from frp.http.inspecting.records import Record, Redaction
from frp.wire.http.fields import Fields

if TYPE_CHECKING:
    from twisted.internet.address import IPv4Address, IPv6Address
    from twisted.internet.interfaces import IProducer
    from twisted.python.failure import Failure

    from frp.interfaces import IStream
    from frp.wire.http.head import RequestHead

__all__ = ["Observed", "observe"]


def observe(
    handler: Handler,
    exchange: IExchange,
    record: Record,
    redaction: Redaction,
    now: Callable[[], float],
    over: Callable[[Record], object],
) -> Observed:
    """
    Let a handler answer an exchange, and write down what passes between the two.

    @param now: the time, as that of the record.
    @param over: is called once, when nothing more will come.
    @return: the exchange as the handler sees it.
    """
    observed = Observed(exchange, record, redaction, now, over)
    try:
        handler(observed)
    except Exception:
        observed.ended("failed")
        raise
    return observed


@implementer(IExchange)
class Observed:
    """Passes everything on, at once and as it is."""

    def __init__(
        self,
        exchange: IExchange,
        record: Record,
        redaction: Redaction,
        now: Callable[[], float],
        over: Callable[[Record], object],
    ) -> None:
        self._exchange = exchange
        self.record = record
        self._redaction = redaction
        self._now = now
        self._over = over

    def __repr__(self) -> str:
        return repr(self._exchange)

    def ended(self, outcome: str) -> None:
        """It is over, for the first reason that is given."""
        record = self.record
        if record.outcome:
            return
        record.outcome = outcome
        record.took = self._now() - record.at
        self._over(record)

    # The facts

    @property
    def head(self) -> RequestHead:
        return self._exchange.head

    @property
    def peer(self) -> IPv4Address | IPv6Address:
        return self._exchange.peer

    @property
    def host(self) -> IPv4Address | IPv6Address:
        return self._exchange.host

    @property
    def secure(self) -> bool:
        return self._exchange.secure

    @property
    def serverName(self) -> str:
        return self._exchange.serverName

    @property
    def length(self) -> int | None:
        return self._exchange.length

    @property
    def canTakeOver(self) -> bool:
        return self._exchange.canTakeOver

    @property
    def answered(self) -> bool:
        return self._exchange.answered

    @property
    def over(self) -> bool:
        return self._exchange.over

    # The request's body

    def receive(self, receiver: IReceiver) -> None:
        self._exchange.receive(_Listening(receiver, self))

    def pauseProducing(self) -> None:
        self._exchange.pauseProducing()

    def resumeProducing(self) -> None:
        self._exchange.resumeProducing()

    def stopProducing(self) -> None:
        self._exchange.stopProducing()

    # The response

    def inform(self, status: int, fields: Fields | None = None) -> None:
        self._exchange.inform(status, fields)

    def answer(self, status: int, fields: GivenFields = None, reason: bytes = b"") -> None:
        fields = fieldsOf(fields)
        if not self.answered:  # a second answer is refused below
            self._note(status, fields)
        self._exchange.answer(status, fields, reason)

    def _note(self, status: int, fields: Fields) -> None:
        record = self.record
        record.status = status
        record.responseFields = self._redaction.applied(fields)
        record.answered = self._now() - record.at

    def flush(self) -> None:
        self._exchange.flush()

    def write(self, data: bytes) -> None:
        self.record.responseBody.add(data)
        self._exchange.write(data)

    def writeSequence(self, pieces: Iterable[bytes]) -> None:
        self.write(b"".join(pieces))

    def finish(self, trailers: Fields | None = None) -> None:
        self.record.responseBody.ended = True
        self.ended("whole")
        self._exchange.finish(trailers)

    def reply(self, status: int, fields: GivenFields = None, body: bytes = b"") -> None:
        fields = fieldsOf(fields)
        if not self.answered:
            self._note(status, fields)
            self.record.responseBody.add(body)
            self.record.responseBody.ended = True
            self.ended("whole")
        self._exchange.reply(status, fields, body)

    def explain(self, reason: str) -> None:
        self.record.trouble = reason
        self._exchange.explain(reason)

    def abort(self) -> None:
        self.ended("left" if self.over else "aborted" if self.record.status else "unanswered")
        self._exchange.abort()

    def takeOver(self, status: int = 0, fields: Fields | None = None) -> tuple[IStream, bytes]:
        given = self._exchange.takeOver(status, fields)
        if status:
            self._note(status, fields or Fields())
        self.ended("upgraded")
        return given

    def registerProducer(self, producer: IProducer, streaming: bool) -> None:
        self._exchange.registerProducer(producer, streaming)

    def unregisterProducer(self) -> None:
        self._exchange.unregisterProducer()


@implementer(IReceiver)
class _Listening:
    """Hears the request's body before whoever wants it."""

    def __init__(self, receiver: IReceiver, observed: Observed) -> None:
        self._receiver = receiver
        self._observed = observed

    def bodyReceived(self, data: bytes) -> None:
        self._observed.record.body.add(data)
        self._receiver.bodyReceived(data)

    def bodyEnded(self, trailers: Fields | None) -> None:
        self._observed.record.body.ended = True
        self._receiver.bodyEnded(trailers)

    def exchangeLost(self, reason: Failure) -> None:
        self._receiver.exchangeLost(reason)
        self._observed.ended("left")

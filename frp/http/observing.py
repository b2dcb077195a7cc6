"""An exchange that is looked at: whoever answers it does not notice."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from zope.interface import Interface, implementer

from frp.http.exchange import GivenFields, Handler, IExchange, IReceiver, fieldsOf
from frp.wire.http.fields import Fields

if TYPE_CHECKING:
    from twisted.internet.address import IPv4Address, IPv6Address
    from twisted.internet.interfaces import IProducer
    from twisted.python.failure import Failure

    from frp.interfaces import IStream
    from frp.wire.http.head import RequestHead

__all__ = ["IObserver", "Observed", "observe"]


class IObserver(Interface):
    """Hears what passes between the user and the handler. The request's head is for who makes the observer."""

    def asked(data: bytes) -> None:
        """A piece of the request's body."""

    def askedAll() -> None:
        """The whole body has come."""

    def answered(status: int, fields: Fields) -> None:
        """The head of the response, which is the exchange's from here."""

    def said(data: bytes) -> None:
        """A piece of the response's body; there may be more than the user gets, as for HEAD."""

    def saidAll() -> None:
        """The whole response was given."""

    def explained(reason: str) -> None:
        """Why the answer is not what was asked for, or breaks off."""

    def ended(outcome: str) -> None:
        """
        Nothing more will come; told once.

        @param outcome: C{"whole"}; C{"left"}: the user; C{"unanswered"} or C{"aborted"}: whoever answers, before or
            behind the head of the response; C{"upgraded"}; C{"failed"}: there was a bug.
        """


def observe(handler: Handler, observed: Observed) -> None:
    """Let a handler answer an exchange, and somebody look on."""
    try:
        handler(observed)
    except Exception:
        observed.ended("failed")
        raise


@implementer(IExchange)
class Observed:
    """Passes everything on, at once and as it is."""

    def __init__(self, exchange: IExchange, observer: IObserver) -> None:
        self._exchange = exchange
        self.observer = observer
        self._ended = False

    def __repr__(self) -> str:
        return repr(self._exchange)

    def ended(self, outcome: str) -> None:
        """It is over, for the first reason that is given."""
        if not self._ended:
            self._ended = True
            self.observer.ended(outcome)

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
            self.observer.answered(status, fields)
        self._exchange.answer(status, fields, reason)

    def flush(self) -> None:
        self._exchange.flush()

    def write(self, data: bytes) -> None:
        self.observer.said(data)
        self._exchange.write(data)

    def writeSequence(self, pieces: Iterable[bytes]) -> None:
        self.write(b"".join(pieces))

    def finish(self, trailers: Fields | None = None) -> None:
        self.observer.saidAll()
        self.ended("whole")
        self._exchange.finish(trailers)

    def reply(self, status: int, fields: GivenFields = None, body: bytes = b"") -> None:
        fields = fieldsOf(fields)
        if not self.answered:
            self.observer.answered(status, fields)
            self.observer.said(body)
            self.observer.saidAll()
            self.ended("whole")
        self._exchange.reply(status, fields, body)

    def explain(self, reason: str) -> None:
        self.observer.explained(reason)
        self._exchange.explain(reason)

    def abort(self) -> None:
        self.ended("left" if self.over else "aborted" if self.answered else "unanswered")
        self._exchange.abort()

    def takeOver(self, status: int = 0, fields: Fields | None = None) -> tuple[IStream, bytes]:
        given = self._exchange.takeOver(status, fields)
        if status:
            self.observer.answered(status, fields or Fields())
        self.ended("upgraded")
        return given

    def move(self, give: Callable[[IStream, bytes], bool]) -> bool:
        return self._exchange.move(give)

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
        self._observed.observer.asked(data)
        self._receiver.bodyReceived(data)

    def bodyEnded(self, trailers: Fields | None) -> None:
        self._observed.observer.askedAll()
        self._receiver.bodyEnded(trailers)

    def exchangeLost(self, reason: Failure) -> None:
        self._receiver.exchangeLost(reason)
        self._observed.ended("left")

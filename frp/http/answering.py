"""What every exchange does, whatever the version of HTTP."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from email.utils import formatdate
from typing import TYPE_CHECKING, Protocol

from frp.errors import LocalWireError
from frp.http.exchange import GivenFields, fieldsOf
from frp.session.producers import Slot
from frp.wire.http.fields import Fields

if TYPE_CHECKING:
    from twisted.internet.address import IPv4Address, IPv6Address
    from twisted.python.failure import Failure

    from frp.http.exchange import IReceiver
    from frp.http.serving import Serving
    from frp.interfaces import IStream
    from frp.wire.http.head import RequestHead

__all__ = ["Answering", "Carrying"]

#: The C{Date} of responses, and its second. It is written once a second.
_date = (0, b"")


class Carrying(Protocol):
    """The connection of an exchange."""

    transport: IStream
    serving: Serving


class Answering(Slot):
    """
    The part of L{IExchange<frp.http.exchange.IExchange>} that is the same for all: the facts about the user's
    connection, whole answers, and the producer of the response.

    @ivar receiver: who hears of the request's body, once somebody does.
    """

    if not TYPE_CHECKING:  # as in Slot: what has no dictionary names its own places
        __slots__ = ()

    head: RequestHead
    length: int | None
    answered = False
    over = False
    receiver: IReceiver | None = None
    _connection: Carrying

    def __repr__(self) -> str:
        return f"<{self.head.method!r} {self.head.target!r}>"

    @property
    def peer(self) -> IPv4Address | IPv6Address:
        return self._connection.transport.getPeer()

    @property
    def host(self) -> IPv4Address | IPv6Address:
        return self._connection.transport.getHost()

    @property
    def secure(self) -> bool:
        return self._connection.serving.secure

    @property
    def serverName(self) -> str:
        return self._connection.transport.serverName

    def stopProducing(self) -> None:
        """The consumer of the request's body is gone: the rest is for nobody."""

    def move(self, give: Callable[[IStream, bytes], bool]) -> bool:
        return False

    # What the version of HTTP does

    def answer(self, status: int, fields: GivenFields = None, reason: bytes = b"") -> None:
        raise NotImplementedError

    def write(self, data: bytes) -> None:
        raise NotImplementedError

    def finish(self, trailers: Fields | None = None) -> None:
        raise NotImplementedError

    def abort(self) -> None:
        raise NotImplementedError

    def _end(self) -> None:
        """It is over. Nothing that knows us is held on to, or the two would wait for the garbage collector."""
        self.over = True
        self.receiver = None

    def _takesNoMore(self) -> bool:
        return self.over

    # The response

    def _toAnswer(self, fields: GivenFields) -> Fields:
        """
        @return: the fields of the response, with a date.
        @raise LocalWireError: there was a response already, or the fields cannot be sent.
        """
        if self.answered:
            raise LocalWireError("answered twice", f"{self!r} was answered before")
        if type(fields) is not Fields:
            fields = fieldsOf(fields)
        if b"date" not in fields:
            global _date
            second = int(self._connection.serving.clock.seconds())
            if _date[0] != second:
                _date = (second, formatdate(second, usegmt=True).encode("ascii"))
            fields.add(b"Date", _date[1])
        return fields

    def reply(self, status: int, fields: GivenFields = None, body: bytes = b"") -> None:
        if type(fields) is not Fields:
            fields = fieldsOf(fields)
        if status != 204:
            fields.set(b"Content-Length", b"%d" % len(body))
        self.answer(status, fields)
        self.write(body)
        self.finish()

    def writeSequence(self, pieces: Iterable[bytes]) -> None:
        self.write(b"".join(pieces))

    def explain(self, reason: str) -> None:
        """Nobody looks."""

    def _miscounted(self) -> None:
        """The handler has said another length than it has: the user must not take what comes for a whole body."""
        self._connection.serving.log.error("{exchange}: the response is not as long as it says", exchange=self)
        self.abort()

    # Its end

    def filled(self) -> None:
        """The user does not take more for now."""
        self._holdProducer()

    def drained(self) -> None:
        """The user takes more."""
        self._freeProducer()

    def lost(self, reason: Failure) -> None:
        """The user is gone, has taken the request back, or cannot be understood."""
        if not self.over:
            receiver = self.receiver
            self._end()
            self._endProducer()
            if receiver is not None:
                receiver.exchangeLost(reason)

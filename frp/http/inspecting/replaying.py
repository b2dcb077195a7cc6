"""A request that comes from nobody: what was kept of another one is sent again."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from twisted.internet.address import IPv4Address
from twisted.internet.defer import Deferred
from twisted.internet.error import ConnectionAborted
from twisted.python.failure import Failure
from zope.interface import implementer

from frp.errors import LocalWireError, Unavailable
from frp.http.exchange import GivenFields, IExchange, IReceiver
from frp.session.producers import Slot
from frp.wire.http.fields import Fields
from frp.wire.http.head import RequestHead

if TYPE_CHECKING:
    from frp.interfaces import IStream

__all__ = ["Replayed"]

_NOWHERE = IPv4Address("TCP", "127.0.0.1", 0)


@implementer(IExchange)
class Replayed(Slot):
    """
    An exchange in memory. Its response is for nobody: whoever wants it observes the exchange.

    @ivar done: fires when it is over.
    """

    peer = host = _NOWHERE
    serverName = ""
    canTakeOver = False

    def __init__(self, head: RequestHead, body: bytes, *, secure: bool) -> None:
        self.head = head
        self.secure = secure
        self.length: int | None = len(body)
        self.answered = False
        self.over = False
        self.done: Deferred[None] = Deferred()
        self._body = body
        self._receiver: IReceiver | None = None

    def __repr__(self) -> str:
        return f"<{self.head.method!r} {self.head.target!r}, again>"

    def receive(self, receiver: IReceiver) -> None:
        self._receiver = receiver
        if self._body:
            receiver.bodyReceived(self._body)
        if not self.over:
            receiver.bodyEnded(None)

    def pauseProducing(self) -> None:
        """All of the body has come."""

    resumeProducing = stopProducing = pauseProducing

    def inform(self, status: int, fields: Fields | None = None) -> None:
        """Nobody waits for that."""

    def answer(self, status: int, fields: GivenFields = None, reason: bytes = b"") -> None:
        if self.answered:
            raise LocalWireError("answered twice", f"{self!r} was answered before")
        self.answered = True

    def flush(self) -> None:
        """Nothing waits."""

    def write(self, data: bytes) -> None:
        """Nobody takes it."""

    def writeSequence(self, data: Iterable[bytes]) -> None:
        """Nobody takes it."""

    def finish(self, trailers: Fields | None = None) -> None:
        self._end()

    def reply(self, status: int, fields: GivenFields = None, body: bytes = b"") -> None:
        self.answer(status, fields)
        self._end()

    def explain(self, reason: str) -> None:
        """Whoever observes the exchange has heard it."""

    def abort(self) -> None:
        self._endProducer()
        self._end()

    def leave(self) -> None:
        """Wait no longer."""
        if not self.over:
            self.over = True
            self._endProducer()
            if self._receiver is not None:
                self._receiver.exchangeLost(Failure(ConnectionAborted("nobody waits any more")))
            self._end()

    def move(self, give: Callable[[IStream, bytes], bool]) -> bool:
        return False

    def takeOver(self, status: int = 0, fields: Fields | None = None) -> tuple[IStream, bytes]:
        raise Unavailable("a request that is sent again has no connection")

    def _takesNoMore(self) -> bool:
        return self.over

    def _end(self) -> None:
        self.over = True
        self._receiver = None
        if not self.done.called:
            self.done.callback(None)

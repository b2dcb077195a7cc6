"""What the connections of one HTTP server share, whatever the version."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from frp.wire.http.fields import Fields

if TYPE_CHECKING:
    from twisted.internet.interfaces import IProtocol, IReactorTime

    from frp.http.exchange import Handler, IExchange
    from frp.interfaces import IStream
    from frp.interfaces.flowing import Flowing
    from frp.logs import Log

__all__ = ["Serving"]


class Shut(Protocol):
    """A connection: it can end when what runs is answered."""

    def shut(self) -> None: ...


def _nobodyWaits(transport: IStream) -> None:
    """No service that stops waits for what is not answered."""


class Serving:
    """
    Who answers, and for whom.

    @ivar handler: is called with an L{IExchange<frp.http.exchange.IExchange>} for each request.
    @ivar secure: whether users come over TLS.
    @ivar http2: builds what speaks HTTP/2, and is given the transports that begin with its preface; without it they are
        refused.
    @ivar connections: those that are open; L{shut} ends them.
    @ivar began: is called with a transport by which a request has come, and
    @ivar ended: when it is answered.
    @ivar closing: every response is the last of its connection.
    """

    __slots__ = ("began", "clock", "closing", "connections", "ended", "handler", "http2", "log", "secure")

    def __init__(
        self,
        handler: Handler,
        clock: IReactorTime,
        log: Log,
        secure: bool = False,
        flowing: Flowing | None = None,
        http2: Callable[[Serving], IProtocol] | None = None,
    ) -> None:
        """@param flowing: is told of transports with a request that is not answered yet."""
        self.handler = handler
        self.clock = clock
        self.log = log
        self.secure = secure
        self.http2 = http2
        self.connections: set[Shut] = set()
        self.closing = False
        self.began: Callable[[IStream], object] = _nobodyWaits if flowing is None else flowing.began
        self.ended: Callable[[IStream], object] = _nobodyWaits if flowing is None else flowing.ended

    def fail(self, exchange: IExchange) -> None:
        """A handler has raised."""
        if exchange.answered:
            exchange.abort()
        else:
            exchange.reply(500, Fields([(b"Content-Type", b"text/plain; charset=utf-8")]), b"Internal Server Error\n")

    def shut(self) -> None:
        """Let running requests be answered, and no others."""
        self.closing = True
        for connection in list(self.connections):
            connection.shut()

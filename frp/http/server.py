"""
Answering HTTP: the factory of its connections.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.internet.interfaces import IAddress, IProtocol, IReactorTime
from twisted.internet.protocol import Factory

from frp.http.connection import HTTPConnection
from frp.http.exchange import Handler, IExchange
from frp.interfaces.flowing import Flowing
from frp.logs import Log
from frp.wire.http.fields import Fields

__all__ = ["HTTPServer"]


class HTTPServer(Factory):
    """
    Builds a protocol for each user, whatever the transport is: a socket, a stream of the tunnel, TLS.

    @ivar connections: those that are open; L{shut} ends them.
    @ivar closing: every response is the last of its connection.
    """

    noisy = False

    def __init__(
        self,
        handler: Handler,
        clock: IReactorTime,
        log: Log,
        *,
        secure: bool = False,
        flowing: Flowing | None = None,
        http2: Callable[[HTTPServer], IProtocol] | None = None,
    ) -> None:
        """
        @param handler: is called with an L{IExchange} for each request.
        @param secure: whether users come over TLS.
        @param flowing: is told of transports with a request that is not answered yet.
        @param http2: builds what speaks HTTP/2, and is given the transports that begin with its preface; without it
            they are refused.
        """
        self.handler = handler
        self.clock = clock
        self.log = log
        self.secure = secure
        self.http2 = http2
        self.connections: set[Any] = set()
        self.closing = False
        self._flowing = flowing

    def buildProtocol(self, addr: IAddress | None) -> Any:
        """As L{IProtocolFactory.buildProtocol<twisted.internet.interfaces.IProtocolFactory.buildProtocol>}."""
        return HTTPConnection(self)

    def began(self, transport: Any) -> None:
        """A request has come by this transport."""
        if self._flowing is not None:
            self._flowing.began(transport)

    def ended(self, transport: Any) -> None:
        """It is answered."""
        if self._flowing is not None:
            self._flowing.ended(transport)

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

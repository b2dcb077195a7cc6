"""Answering HTTP: the factory of its connections."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.internet.interfaces import IAddress, IProtocol, IReactorTime
from twisted.internet.protocol import Factory

from frp.http.connection import HTTPConnection
from frp.http.exchange import Handler
from frp.http.serving import Serving
from frp.interfaces.flowing import Flowing
from frp.logs import Log

__all__ = ["HTTPServer"]


class HTTPServer(Factory):
    """
    Builds a protocol for each user, whatever the transport is: a socket, a stream of the tunnel, TLS.

    @ivar serving: what these have in common.
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
        http2: Callable[[Serving], IProtocol] | None = None,
    ) -> None:
        """As for L{Serving<frp.http.serving.Serving>}."""
        self.serving = Serving(handler, clock, log, secure, flowing, http2)

    def buildProtocol(self, addr: IAddress | None) -> Any:
        return HTTPConnection(self.serving)

    def shut(self) -> None:
        """Let running requests be answered, and no others."""
        self.serving.shut()

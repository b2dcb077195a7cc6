"""What has happened at a worker, told to the first one: whoever listens there hears of all."""

from __future__ import annotations

from collections.abc import Callable

from frp.hooks.base import ServerHook
from frp.interfaces.operations import (
    CLIENT_CLOSED,
    CLOSE_PROXY,
    LOGIN_ANSWERED,
    PROXY_ANSWERED,
    ClientClosed,
    LoginAnswered,
    Operation,
    ProxyAnswered,
)
from frp.wire.messages import CloseProxy

__all__ = ["Relay"]


class Relay(ServerHook):
    """Passes on what the web server makes lists and events of."""

    name = "relay"
    operations = (LOGIN_ANSWERED, CLIENT_CLOSED, PROXY_ANSWERED, CLOSE_PROXY)

    def __init__(self, tell: Callable[[Operation[object]], object]) -> None:
        self._tell = tell

    def loginAnswered(self, operation: Operation[LoginAnswered]) -> None:
        self._tell(operation)

    def clientClosed(self, operation: Operation[ClientClosed]) -> None:
        self._tell(operation)

    def proxyAnswered(self, operation: Operation[ProxyAnswered]) -> None:
        self._tell(operation)

    def closeProxy(self, operation: Operation[CloseProxy]) -> CloseProxy:
        self._tell(operation)
        return operation.message

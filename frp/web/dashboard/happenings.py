"""The events of frps, which it tells its hooks."""

from __future__ import annotations

from frp.hooks.base import ServerHook
from frp.interfaces.operations import (
    CLIENT_CLOSED,
    CLOSE_PROXY,
    LOGIN_ANSWERED,
    PROXY_ANSWERED,
    Caller,
    ClientClosed,
    LoginAnswered,
    Operation,
    ProxyAnswered,
)
from frp.web.events import Events
from frp.wire.messages import CloseProxy

__all__ = ["Happenings"]


class Happenings(ServerHook):
    """Makes events of what it is told."""

    name = "events"
    operations = (LOGIN_ANSWERED, CLIENT_CLOSED, PROXY_ANSWERED, CLOSE_PROXY)

    def __init__(self, events: Events) -> None:
        self._events = events

    def loginAnswered(self, operation: Operation[LoginAnswered]) -> None:
        error = operation.message.error
        topic = "client.refused" if error else "client.in"
        self._events.tell(topic, _key(operation.caller), user=operation.caller.user, why=error)

    def clientClosed(self, operation: Operation[ClientClosed]) -> None:
        self._events.tell(
            "client.out", _key(operation.caller), user=operation.caller.user, why=operation.message.reason
        )

    def proxyAnswered(self, operation: Operation[ProxyAnswered]) -> None:
        proxy, error = operation.message.proxy, operation.message.error
        topic = "proxy.error" if error else "proxy.up"
        self._events.tell(topic, proxy.proxy_name, type=proxy.proxy_type, user=operation.caller.user, why=error)

    def closeProxy(self, operation: Operation[CloseProxy]) -> CloseProxy:
        self._events.tell("proxy.down", operation.message.proxy_name, user=operation.caller.user)
        return operation.message


def _key(caller: Caller) -> str:
    """As L{Seen<frp.interfaces.Seen>} has it."""
    name = caller.clientID or caller.runId
    return f"{caller.user}.{name}" if caller.user else name

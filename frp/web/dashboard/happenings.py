"""The events of frps, which it tells its hooks."""

from __future__ import annotations

from twisted.internet.interfaces import IReactorTime

from frp.hooks.base import ServerHook
from frp.hooks.cidr import addressOf
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
from frp.web.events import Events
from frp.wire.messages import CloseProxy

__all__ = ["Happenings"]

#: Seconds between two events of clients that were not let in.
REFUSED = 1


class Happenings(ServerHook):
    """Makes events of what it is told."""

    name = "events"
    operations = (LOGIN_ANSWERED, CLIENT_CLOSED, PROXY_ANSWERED, CLOSE_PROXY)

    def __init__(self, events: Events, clock: IReactorTime) -> None:
        self._events = events
        self._clock = clock
        self._refusedAt = float("-inf")
        self._untold = 0

    def loginAnswered(self, operation: Operation[LoginAnswered]) -> None:
        error = operation.message.error
        if error:
            self._refused(operation, error)
        else:
            self._events.tell("client.in", operation.caller.key, user=operation.caller.user)

    def _refused(self, operation: Operation[LoginAnswered], error: str) -> None:
        """Anybody may make it happen, as often as he likes: one is told now and then, with the number of the others."""
        now = self._clock.seconds()
        if now - self._refusedAt < REFUSED:
            self._untold += 1
            return
        untold, self._refusedAt, self._untold = self._untold, now, 0
        caller = operation.caller
        # One that has no name of its own is known by its address alone.
        name = caller.key if caller.named else str(addressOf(caller.address))
        self._events.tell("client.refused", name, user=caller.user, why=error, untold=untold)

    def clientClosed(self, operation: Operation[ClientClosed]) -> None:
        caller = operation.caller
        self._events.tell("client.out", caller.key, user=caller.user, why=operation.message.reason)

    def proxyAnswered(self, operation: Operation[ProxyAnswered]) -> None:
        proxy, error, caller = operation.message.proxy, operation.message.error, operation.caller
        topic = "proxy.error" if error else "proxy.up"
        self._events.tell(
            topic, proxy.proxy_name, type=proxy.proxy_type, user=caller.user, client=caller.key, why=error
        )

    def closeProxy(self, operation: Operation[CloseProxy]) -> CloseProxy:
        caller = operation.caller
        self._events.tell("proxy.down", operation.message.proxy_name, user=caller.user, client=caller.key)
        return operation.message

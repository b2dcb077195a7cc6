"""What operators have ordered, kept to: clients that are not to be here, and proxies that are not to be open."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from twisted.internet.interfaces import IReactorTime
from twisted.python.failure import Failure

from frp.errors import Disabled, Refused, TunnelLost
from frp.hooks.base import ServerHook
from frp.interfaces import keyOf
from frp.interfaces.operations import NEW_PROXY, Operation
from frp.server.control import Control
from frp.server.orders import CLIENT, KICK, PROXY, Order, Orders
from frp.wire.messages import Login, NewProxy

__all__ = ["AWAY", "Moderation", "told"]

#: Seconds for which a client that was sent away is told so, before it may come back.
AWAY = 30


class Moderation(ServerHook):
    """Refuses what an operator does not want, and ends what is here of it."""

    name = "moderation"
    operations = (NEW_PROXY,)

    def __init__(self, clock: IReactorTime, orders: Orders, online: Callable[[], Iterable[Control]]) -> None:
        """
        @param clock: whose C{seconds()} are those since 1970.
        @param online: the clients that are here.
        """
        self._clock = clock
        self._orders = orders
        self._online = online

    def check(self, login: Login, runId: str) -> None:
        """@raise Refused: it is not to be here. Nobody hears why who has not proven to be that client."""
        key = keyOf(login.user, login.client_id, runId)
        disabled, kick = self._orders.clients.get(key), self._orders.kicks.get(key)
        if disabled is not None:
            raise Refused(told("client", key, disabled))
        if kick is None:
            return
        why, left = f"an operator has ended this session{_because(kick)}", kick.at + AWAY - self._clock.seconds()
        if left > 0:  # in the log it is the same each time
            raise Refused(f"{why}; it may begin again in {left:.0f} s", f"{why}; it may begin again {AWAY} s later")

    def newProxy(self, operation: Operation[NewProxy]) -> NewProxy:
        name = operation.message.proxy_name
        disabled = self._orders.proxies.get(name)
        if disabled is not None:
            raise Disabled(told("proxy", name, disabled))
        return operation.message

    def find(self, key: str) -> Control | None:
        """@return: the client of this key, where it is here."""
        return next((one for one in self._online() if one.caller.key == key), None)

    def take(self, what: str, name: str, order: Order | None) -> None:
        """
        Keep to an order from now on.

        @param what: one of the words of L{Orders.kept}.
        @param name: of the proxy, or the key of the client.
        @param order: None takes back the one that there is.
        """
        self._orders.give(what, name, order)
        if order is None:
            return
        if what == PROXY:
            for control in self._online():
                if control.published.has(name):
                    control.takeBack(name, told("proxy", name, order))
        elif what == CLIENT:
            self._end(name, told("client", name, order))
        elif what == KICK:
            self._end(name, f"an operator has ended the session{_because(order)}")

    def _end(self, key: str, why: str) -> None:
        control = self.find(key)
        if control is not None:
            control.log.info("{why}", why=why)
            control.close(Failure(TunnelLost(why)))


def told(what: str, name: str, order: Order) -> str:
    """@return: the words for whom it concerns: C{what} is C{client} or C{proxy}."""
    return f"{what} [{name}] is disabled by an operator{_because(order)}"


def _because(order: Order) -> str:
    return f": {order.why}" if order.why else ""

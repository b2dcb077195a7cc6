"""What operators have ordered while the server runs. L{Moderation<frp.server.moderation>} sees to it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs

from frp.values import frozen

__all__ = ["CLIENT", "KICK", "MOST_KICKS", "PROXY", "Order", "Orders"]

#: Words for the kinds of orders, which stand in C{statsFile}.
PROXY = "disabled proxy"
CLIENT = "disabled client"
KICK = "kick"

#: So many clients that were sent away are remembered.
MOST_KICKS = 1000


@frozen
class Order:
    """
    @ivar why: what the operator says, or empty.
    @ivar at: when it was given, in seconds since 1970.
    """

    why: str
    at: float

    @property
    def shown(self) -> str:
        """Why, which is never empty."""
        return self.why or "disabled"


@frozen(eq=False)
class Orders:
    """
    The orders, by the names of those whom they concern.

    @ivar proxies: that are not to be open, by their names.
    @ivar clients: that are not to be here, by their keys.
    @ivar kicks: of clients, by their keys: the last of each, and the latest last.
    """

    proxies: dict[str, Order] = attrs.field(factory=dict)
    clients: dict[str, Order] = attrs.field(factory=dict)
    kicks: dict[str, Order] = attrs.field(factory=dict)

    def kick(self, key: str, order: Order) -> None:
        """A client is sent away."""
        self.kicks.pop(key, None)
        self.kicks[key] = order
        if len(self.kicks) > MOST_KICKS:
            del self.kicks[next(iter(self.kicks))]

    def give(self, what: str, name: str, order: Order | None) -> None:
        """
        @param what: one of the words of L{kept}.
        @param order: None takes back the one that there is.
        """
        if order is None:
            self.kept()[what].pop(name, None)
        elif what == KICK:
            self.kick(name, order)
        else:
            self.kept()[what][name] = order

    def kept(self) -> Mapping[str, dict[str, Order]]:
        """@return: what is kept over restarts, by the words for it."""
        return {PROXY: self.proxies, CLIENT: self.clients, KICK: self.kicks}

    def told(self) -> dict[str, object]:
        """@return: all of them, as JSON can say them."""
        return {
            what: {name: [order.why, order.at] for name, order in orders.items()}
            for what, orders in self.kept().items()
        }

    def become(self, told: Mapping[str, Any]) -> None:
        """
        Have these, and no others.

        @param told: as another one has L{told} them.
        """
        for what, orders in self.kept().items():
            orders.clear()
            orders.update({name: Order(why, at) for name, (why, at) in told[what].items()})

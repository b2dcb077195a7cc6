"""What operators have ordered while the server runs. L{Moderation<frp.web.dashboard.second.moderation>} sees to it."""

from __future__ import annotations

from collections.abc import Mapping

import attrs

from frp.values import frozen

__all__ = ["MOST_KICKS", "Order", "Orders"]

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

    def kept(self) -> Mapping[str, dict[str, Order]]:
        """@return: what is kept over restarts, by the words for it in C{statsFile}."""
        return {"disabled proxy": self.proxies, "disabled client": self.clients, "kick": self.kicks}

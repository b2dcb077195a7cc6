"""Three programs: a frps, the frpc of a proxy, and that of a visitor."""

from __future__ import annotations

import itertools

from attrs import frozen

from frp.test.interop.pairings import Pairing

__all__ = ["EVERY", "Trio"]


@frozen
class Trio(Pairing):
    """
    A frps and two frpc.

    @ivar visitor: who made the visitor's frpc; C{client} made the proxy's.
    @ivar visitorWire: what it speaks.
    """

    visitor: str = "ours"
    visitorWire: str = "v1"

    @property
    def makers(self) -> tuple[str, ...]:
        return self.server, self.client, self.visitor

    def __str__(self) -> str:
        return f"{super().__str__()} {self.visitorWire}"


#: All in which something is ours.
EVERY = [
    Trio(server, client, visitor=visitor)
    for server, client, visitor in itertools.product(("ours", "go"), repeat=3)
    if "ours" in (server, client, visitor)
]

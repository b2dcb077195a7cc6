"""The process of a proxy's client, where it is one of this machine: its users are better served there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from zope.interface import implementer

from frp.interfaces import IElsewhere, IStream
from frp.wire.nodes import encodeAsk

__all__ = ["Elsewhere", "Passing"]


class Passing(Protocol):
    """What takes users to other nodes."""

    def __call__(self, node: str, user: IStream, said: bytes) -> bool:
        """
        @param said: what the other node gets with the user.
        @return: whether the user is gone; not where there is no way, such as to another machine.
        """


@implementer(IElsewhere)
class Elsewhere:
    """That of one proxy. What is sent with a user is an ask, and behind it what the user has said."""

    def __init__(self, passing: Passing, node: str, ask: Mapping[str, object]) -> None:
        """@param ask: what a work stream of the proxy would be asked for with."""
        self._passing = passing
        self._node = node
        self._proxy = encodeAsk(ask)
        self._gateways: dict[str, bytes] = {}  # the asks for them

    def join(self, user: IStream, rest: bytes) -> bool:
        return self._passing(self._node, user, self._proxy + rest)

    def receive(self, gateway: str, user: IStream, said: bytes) -> bool:
        ask = self._gateways.get(gateway)
        if ask is None:
            ask = self._gateways[gateway] = encodeAsk({"gateway": gateway})
        return self._passing(self._node, user, ask + said)

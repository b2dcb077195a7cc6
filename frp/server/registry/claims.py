"""Who has what."""

from __future__ import annotations

from collections.abc import Hashable

from twisted.internet.defer import Deferred, succeed
from zope.interface import implementer

from frp.interfaces import IClaims

__all__ = ["Claims"]


@implementer(IClaims)
class Claims:
    """In memory."""

    def __init__(self) -> None:
        self._owners: dict[Hashable, object] = {}

    def held(self) -> int:
        return len(self._owners)

    def claim(self, what: Hashable, owner: object) -> Deferred[object]:
        holder = self._owners.setdefault(what, owner)
        return succeed(None if holder == owner else holder)

    def release(self, what: Hashable, owner: object) -> Deferred[None]:
        if self._owners.get(what) == owner:
            del self._owners[what]
        return succeed(None)

    def find(self, what: Hashable) -> Deferred[object]:
        return succeed(self._owners.get(what))

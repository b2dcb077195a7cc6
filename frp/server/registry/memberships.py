"""Who is in which load-balancing group."""

from __future__ import annotations

from collections.abc import Hashable

import attrs
from twisted.internet.defer import Deferred, execute, succeed
from zope.interface import implementer

from frp.errors import Refused, Unavailable
from frp.interfaces import IMemberships

__all__ = ["Memberships"]


@attrs.frozen
class _Group:
    key: str
    same: object
    members: list[object] = attrs.field(factory=list)


@implementer(IMemberships)
class Memberships:
    """In memory."""

    def __init__(self) -> None:
        self._groups: dict[Hashable, _Group] = {}

    def __len__(self) -> int:
        return len(self._groups)

    def join(self, group: Hashable, owner: object, *, key: str, same: object, mismatch: str) -> Deferred[None]:
        return execute(self._join, group, owner, key, same, mismatch)

    def _join(self, name: Hashable, owner: object, key: str, same: object, mismatch: str) -> None:
        group = self._groups.get(name) or _Group(key, same)
        if group.same != same:
            raise Refused(mismatch)
        if group.key != key:
            raise Refused("group auth failed")
        if owner in group.members:
            raise Unavailable("group proxy repeated")
        group.members.append(owner)
        self._groups[name] = group

    def leave(self, group: Hashable, owner: object) -> Deferred[None]:
        members = self._groups[group].members if group in self._groups else []
        if owner in members:
            members.remove(owner)
            if not members:
                del self._groups[group]
        return succeed(None)

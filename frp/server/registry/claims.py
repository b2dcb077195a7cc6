"""Who has what: names, runs of clients, and places in load-balancing groups."""

from __future__ import annotations

from collections.abc import Hashable

import attrs
from twisted.internet.defer import Deferred, execute, succeed
from zope.interface import implementer

from frp.errors import Refused, Unavailable
from frp.interfaces import IClaims, IMemberships, IRun, IRuns
from frp.values import frozen

__all__ = ["Claims", "Memberships", "Runs"]


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


@implementer(IRuns)
class Runs:
    """In memory."""

    def __init__(self) -> None:
        self._runs: dict[str, IRun] = {}

    def __len__(self) -> int:
        return len(self._runs)

    def take(self, runId: str, run: IRun) -> Deferred[bool]:
        before = self._runs.get(runId)
        self._runs[runId] = run
        gone = succeed(None) if before is None else before.replaced()
        return gone.addCallback(lambda _: self._runs.get(runId) is run)

    def release(self, runId: str, run: IRun) -> Deferred[None]:
        if self._runs.get(runId) is run:
            del self._runs[runId]
        return succeed(None)


@frozen
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

"""Who is in which load-balancing group: members on this node, whose claims stand in the directory."""

from __future__ import annotations

import json
from collections.abc import Callable, Hashable, Sequence
from hashlib import blake2b
from itertools import count

from twisted.internet.defer import Deferred, succeed
from zope.interface import implementer

from frp.errors import Refused, Unavailable
from frp.interfaces import Entry, IDirectory, IMemberships, Key
from frp.server.registry.claims import tell, tenantOf, tenureOf
from frp.server.registry.mirrored import Mirrored
from frp.values import frozen

__all__ = ["Memberships"]


@frozen
class _Share:
    """
    What all members of a group say, as far as others may read it. The directory compares it whole.

    @ivar same: stands for the door that they want.
    @ivar key: stands for what they must know.
    """

    same: str
    key: str

    @classmethod
    def of(cls, same: Sequence[str | int], key: str) -> _Share:
        return cls(*(blake2b(json.dumps(each).encode(), digest_size=12).hexdigest() for each in (same, key)))

    @classmethod
    def read(cls, text: str) -> _Share:
        same, _, key = text.partition(" ")
        return cls(same, key)

    def __str__(self) -> str:
        return f"{self.same} {self.key}"

    def check(self, other: _Share, mismatch: str) -> None:
        """@raise Refused: the group of the other one is not for this one."""
        if self.same != other.same:
            raise Refused(mismatch)
        if self.key != other.key:
            raise Refused("group auth failed")


@frozen(eq=False)
class _Member:
    """@ivar number: what it is called in the directory; empty for another node's proxy."""

    number: str
    share: _Share
    proxy: str


@implementer(IMemberships)
class Memberships:
    """All groups."""

    def __init__(
        self,
        directory: IDirectory,
        mirrored: Mirrored | None = None,
        proxies: Callable[[str], object] = lambda name: None,
    ) -> None:
        """@param proxies: who on this node has the name of a proxy."""
        self._directory = directory
        self._mirrored = mirrored or Mirrored()
        self._proxies = proxies
        self._members: dict[tuple[Key, Hashable], _Member] = {}
        self._numbers = count(1)

    def __len__(self) -> int:
        """How many members are on this node."""
        return len(self._members)

    def join(
        self, group: Key, owner: Hashable, *, proxy: str, key: str, same: Sequence[str | int], mismatch: str
    ) -> Deferred[None]:
        return Deferred.fromCoroutine(self._join(group, owner, proxy, _Share.of(same, key), mismatch))

    async def _join(self, group: Key, owner: Hashable, proxy: str, share: _Share, mismatch: str) -> None:
        member = self._members.get((group, owner))
        if member is not None:
            share.check(member.share, mismatch)
            raise Unavailable("group proxy repeated")
        if proxy in self._mirrored:
            # Its own node has joined.
            self._members[group, owner] = _Member("", share, proxy)
            return
        member = self._members[group, owner] = _Member(str(next(self._numbers)), share, proxy)
        tenure = tenureOf(tenantOf(self._proxies(proxy)))
        entry = Entry(("group", *group), member.number, {"proxy": proxy}, str(share), tenure)
        try:
            other = await self._directory.claim(entry, lambda other: self._lost(group, owner, member, other))
            if other is not None:
                share.check(_Share.read(other.share), mismatch)
                raise Unavailable("group proxy repeated")
        except BaseException:
            if self._members.get((group, owner)) is member:
                del self._members[group, owner]
            raise

    def _lost(self, group: Key, owner: Hashable, member: _Member, other: Entry) -> None:
        if self._members.get((group, owner)) is member:
            del self._members[group, owner]
            tell(tenantOf(self._proxies(member.proxy)), other)

    def leave(self, group: Key, owner: Hashable) -> Deferred[None]:
        member = self._members.pop((group, owner), None)
        if member is None or not member.number:
            return succeed(None)
        return self._directory.release(("group", *group), member.number)

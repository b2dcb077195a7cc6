"""Load-balancing groups: several proxies, of one client or many, behind one door."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Hashable, Sequence
from typing import Generic, TypeVar

import attrs
from twisted.internet.defer import Deferred, DeferredLock, succeed

from frp.interfaces import IMemberships
from frp.values import define

__all__ = ["Group", "Groups", "Membership"]

M = TypeVar("M", bound=Hashable)
D = TypeVar("D")


class Group(Generic[M, D]):
    """Members that share a door; a member is what a user is given to. The first one opens the door."""

    door: D

    def __init__(self, start: int = 0) -> None:
        """@param start: the place of the member who is the first to be asked."""
        self.members: list[M] = []
        self._turn = start

    def next(self) -> M | None:
        """@return: whose turn it is; None while the door is being opened or closed."""
        if not self.members:
            return None
        member = self.members[self._turn % len(self.members)]
        self._turn += 1
        return member


class Membership(Generic[M, D]):
    """
    One member's place in its group.

    @ivar group: which is another one each time that the last member has left.
    """

    def __init__(self, group: Group[M, D], leave: Callable[[], Deferred[None]]) -> None:
        self.group = group
        self._leave: Callable[[], Deferred[None]] | None = leave

    def leave(self) -> Deferred[None]:
        """Leave the group; the last one closes the door. Once is enough, more does no harm."""
        leave, self._leave = self._leave, None
        return succeed(None) if leave is None else leave()


@define(eq=False)
class _Place(Generic[M, D]):
    """
    Where a group stands.

    @ivar entering: is held by who opens the door, becomes a member, or closes the door.
    """

    group: Group[M, D]
    entering: DeferredLock = attrs.field(factory=DeferredLock)


class Groups(Generic[M, D]):
    """
    The groups of one kind of door, by name: what they lead to on this server. Who may be a member is for the registry
    to say.
    """

    def __init__(
        self,
        memberships: IMemberships,
        scope: str,
        close: Callable[[D], Awaitable[object]],
        *,
        mismatch: str = "group params invalid",
        start: int = 0,
    ) -> None:
        """
        @param scope: tells the groups of this kind from others in the registry.
        @param close: closes a door.
        @param mismatch: is said to whom asks for another door than the group has.
        @param start: as for L{Group}.
        """
        self._memberships = memberships
        self._scope = scope
        self._close = close
        self._mismatch = mismatch
        self._start = start
        self._places: dict[str, _Place[M, D]] = {}

    def __len__(self) -> int:
        return len(self._places)

    async def join(
        self,
        name: str,
        key: str,
        same: Sequence[str | int],
        proxy: str,
        member: M,
        open: Callable[[Group[M, D]], Awaitable[D]],
    ) -> Membership[M, D]:
        """
        Become a member.

        @param key: what all members must know.
        @param same: what must be equal for all of them: which door they want.
        @param proxy: the name of the proxy that the member is of.
        @param open: opens the door for the first member; users who come through it are for L{Group.next}. What it
            raises leaves no group behind.
        @raise Refused: with the reference's texts, which look at C{same} before the key.
        """
        where = (self._scope, name)
        await self._memberships.join(where, member, proxy=proxy, key=key, same=same, mismatch=self._mismatch)
        place = self._places.setdefault(name, _Place(Group(self._start)))
        await place.entering.acquire()
        group = place.group
        try:
            if not group.members:
                group.door = await open(group)
            group.members.append(member)
        except BaseException:
            await self._memberships.leave(where, member)
            raise
        finally:
            self._entered(name, place)
        return Membership(group, lambda: Deferred.fromCoroutine(self._left(name, place, group, member)))

    async def _left(self, name: str, place: _Place[M, D], group: Group[M, D], member: M) -> None:
        group.members.remove(member)
        if not group.members:
            await place.entering.acquire()
            place.group = Group(self._start)
            try:
                await self._close(group.door)
            finally:
                self._entered(name, place)
        await self._memberships.leave((self._scope, name), member)

    def _entered(self, name: str, place: _Place[M, D]) -> None:
        """The next one's turn. Where nobody is there, and nobody comes, the place is given up."""
        if not place.group.members and not place.entering.waiting:
            del self._places[name]
        place.entering.release()

"""
Load-balancing groups: several proxies, of one client or many, behind one door.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any, Generic, TypeVar

from frp.errors import Refused, Unavailable

__all__ = ["Group", "Groups", "Membership"]

M = TypeVar("M")
D = TypeVar("D")


class Group(Generic[M, D]):
    """
    Members that share a door; a member is what a user is given to.

    @ivar door: what the first member opened.
    """

    door: D

    def __init__(self, key: str, same: object) -> None:
        self.key = key
        self.same = same
        self.members: deque[M] = deque()

    def next(self) -> M | None:
        """@return: whose turn it is; None while the door is being opened or closed."""
        if not self.members:
            return None
        self.members.rotate(-1)
        return self.members[-1]


class Membership(Generic[M, D]):
    """
    One member's place in its group.

    @ivar group: which is another one each time that the last member has left.
    """

    def __init__(self, group: Group[M, D], member: M, emptied: Callable[[], Any]) -> None:
        self.group = group
        self._member = member
        self._emptied = emptied

    def leave(self) -> Any:
        """
        Leave the group; the last one closes the door. Once is enough, more does no harm.

        @return: what closing the door returned, or None where it stays open.
        """
        members = self.group.members
        if self._member not in members:
            return None
        members.remove(self._member)
        return None if members else self._emptied()


class Groups(Generic[M, D]):
    """The groups of one kind of door, by name."""

    def __init__(self, close: Callable[[D], Any], mismatch: str = "group params invalid") -> None:
        """
        @param close: closes a door.
        @param mismatch: is said to whom asks for another door than the group has.
        """
        self._close = close
        self._mismatch = mismatch
        self._groups: dict[str, Group[M, D]] = {}

    def __len__(self) -> int:
        return len(self._groups)

    def join(self, name: str, key: str, same: object, member: M, open: Callable[[Group[M, D]], D]) -> Membership[M, D]:
        """
        Become a member.

        @param key: what all members must know.
        @param same: what must be equal for all of them: which door they want.
        @param open: opens the door for the first member; users who come through it are for L{Group.next}. What it
            raises leaves no group behind.
        @raise Refused: with the reference's texts, which look at C{same} before the key.
        """
        group = self._groups.get(name)
        if group is None:
            group = Group(key, same)
            group.door = open(group)
            self._groups[name] = group
        elif group.same != same:
            raise Refused(self._mismatch)
        elif group.key != key:
            raise Refused("group auth failed")
        if member in group.members:
            raise Unavailable("group proxy repeated")
        group.members.append(member)
        return Membership(group, member, lambda: self._dissolve(name))

    def _dissolve(self, name: str) -> Any:
        return self._close(self._groups.pop(name).door)

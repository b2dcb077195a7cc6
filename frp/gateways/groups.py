"""
Load-balancing groups of tcp proxies: several proxies, of one client or many, behind one port.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any

from twisted.internet.defer import Deferred, succeed
from twisted.internet.interfaces import IAddress, IListeningPort, IProtocolFactory
from twisted.internet.protocol import Factory
from zope.interface import implementer

from frp.errors import Refused, Unavailable

__all__ = ["Groups"]


class _Group(Factory):
    """One port; its connections go to the members in turn."""

    noisy = False

    def __init__(self, key: str, requested: int) -> None:
        self.key = key
        self.requested = requested
        self.members: deque[IProtocolFactory] = deque()
        self.port: IListeningPort | None = None

    def buildProtocol(self, addr: IAddress | None) -> Any:
        assert addr is not None, "a port knows who connects"
        self.members.rotate(-1)
        return self.members[-1].buildProtocol(addr) if self.members else None


@implementer(IListeningPort)
class _Membership:
    """A member's share of the group's port."""

    def __init__(self, groups: Groups, name: str, group: _Group, factory: IProtocolFactory) -> None:
        self._groups = groups
        self._name = name
        self._group = group
        self._factory = factory

    def startListening(self) -> None:
        """The group listens already."""

    def stopListening(self) -> Deferred[None]:
        """Leave the group; the last one closes the port."""
        group = self._group
        if self._factory not in group.members:
            return succeed(None)
        group.members.remove(self._factory)
        if group.members or group.port is None:
            return succeed(None)
        return self._groups.dissolve(self._name, group.port)

    def getHost(self) -> IAddress:
        """The group's address."""
        assert self._group.port is not None
        return self._group.port.getHost()


class Groups:
    """The groups by name."""

    def __init__(self) -> None:
        self._groups: dict[str, _Group] = {}

    def join(
        self,
        name: str,
        key: str,
        requested: int,
        factory: IProtocolFactory,
        listen: Callable[[IProtocolFactory], IListeningPort],
    ) -> IListeningPort:
        """
        Become a member.

        @param requested: the port as the client asked for it; 0 matches only 0.
        @param listen: opens the port for the first member; what it raises leaves no group behind.
        @raise Refused: with the reference's texts, which look at the port before the key.
        """
        group = self._groups.get(name)
        if group is None:
            group = _Group(key, requested)
            group.port = listen(group)
            self._groups[name] = group
        elif group.requested != requested:
            raise Refused("group should have same remote port")
        elif group.key != key:
            raise Refused("group auth failed")
        if factory in group.members:
            raise Unavailable("group proxy repeated")
        group.members.append(factory)
        return _Membership(self, name, group, factory)

    def dissolve(self, name: str, port: IListeningPort) -> Deferred[None]:
        """The last member is gone."""
        self._groups.pop(name, None)
        return port.stopListening() or succeed(None)

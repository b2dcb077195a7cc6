"""Groups of proxies behind one TCP port."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import cast

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IAddress, IListeningPort, IProtocolFactory
from twisted.internet.protocol import Factory, Protocol
from zope.interface import implementer

from frp.gateways.groups import Group, Groups, Membership
from frp.interfaces import IMemberships
from frp.kinds.awaiting import asked

__all__ = ["PortGroups"]


class _InTurn(Factory):
    """Answers the port of a group: its connections go to the members in turn."""

    noisy = False

    def __init__(self, group: Group[IProtocolFactory, IListeningPort]) -> None:
        self._group = group

    def buildProtocol(self, addr: IAddress | None) -> Protocol | None:
        assert addr is not None, "a port knows who connects"
        factory = self._group.next()
        return None if factory is None else cast("Protocol | None", factory.buildProtocol(addr))


@implementer(IListeningPort)
class _Share:
    """A member's share of the group's port."""

    def __init__(self, membership: Membership[IProtocolFactory, IListeningPort]) -> None:
        self._membership = membership

    def startListening(self) -> None:
        """The group listens already."""

    def stopListening(self) -> Deferred[None]:
        """Leave the group; the last one closes the port."""
        return self._membership.leave()

    def getHost(self) -> IAddress:
        """The group's address."""
        return self._membership.group.door.getHost()


class PortGroups:
    """The groups by name."""

    def __init__(self, memberships: IMemberships) -> None:
        self._groups: Groups[IProtocolFactory, IListeningPort] = Groups(
            memberships,
            "",  # no gateway has this name
            lambda port: asked(port.stopListening),
            mismatch="group should have same remote port",
        )

    async def join(
        self,
        name: str,
        key: str,
        requested: int,
        factory: IProtocolFactory,
        listen: Callable[[IProtocolFactory], Awaitable[IListeningPort]],
    ) -> IListeningPort:
        """
        Become a member.

        @param requested: the port as the client asked for it; 0 matches only 0.
        @param listen: opens the port for the first member.
        @raise frp.errors.FRPError: with the reference's texts.
        """
        return _Share(await self._groups.join(name, key, requested, factory, lambda group: listen(_InTurn(group))))

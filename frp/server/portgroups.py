"""Groups of proxies behind one TCP port."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import cast

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IAddress, IListeningPort, IProtocolFactory
from twisted.internet.protocol import Factory, Protocol
from zope.interface import implementer

from frp.gateways.groups import Group, Groups
from frp.interfaces import IMemberships
from frp.kinds.awaiting import asked

__all__ = ["Lent", "PortGroups"]


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
class Lent:
    """A port that is given back to whose it is, and with that closed when nobody needs it any more."""

    def __init__(self, port: IListeningPort, giveBack: Callable[[], Deferred[None]]) -> None:
        """@param giveBack: fires when the port can be had again."""
        self.stopListening = giveBack
        self.getHost = port.getHost

    def startListening(self) -> None:
        """It listens already."""


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
        proxy: str,
        factory: IProtocolFactory,
        listen: Callable[[IProtocolFactory], Awaitable[IListeningPort]],
    ) -> IListeningPort:
        """
        Become a member.

        @param requested: the port as the client asked for it; 0 matches only 0.
        @param proxy: the name of the proxy that is the member.
        @param listen: opens the port for the first member.
        @raise frp.errors.FRPError: with the reference's texts.
        """
        share = await self._groups.join(name, key, (requested,), proxy, factory, lambda group: listen(_InTurn(group)))
        return Lent(share.group.door, share.leave)

"""The reactor, as services and kinds are given it."""

from __future__ import annotations

from twisted.internet.interfaces import (
    IListeningPort,
    IProtocolFactory,
    IReactorCore,
    IReactorPluggableNameResolver,
    IReactorTCP,
    IReactorThreads,
    IReactorTime,
    IReactorUDP,
)

__all__ = ["IReactor"]


class IReactor(
    IReactorCore,
    IReactorThreads,
    IReactorTCP,
    IReactorUDP,
    IReactorTime,
    IReactorPluggableNameResolver,
):
    """
    What frp asks of a reactor. Nobody declares to provide it: every reactor that has these interfaces is one, and so is
    an L{eager<frp.sockets.eager.eager>} one.
    """

    def listenTCP(port: int, factory: IProtocolFactory, backlog: int = 50, interface: str = "") -> IListeningPort:
        """As Twisted has it, which asks for a class where any factory will do."""

"""Visitors: doors on frpc's machine to proxies that somebody publishes in secret; and plugins that bring them users."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from twisted.internet.interfaces import IStreamClientEndpoint
from zope.interface import Attribute, Interface

from frp.interfaces.messages import ICorrespondence
from frp.interfaces.sites import IConfigured, IReachingSite, ISharingSite
from frp.values import frozen

if TYPE_CHECKING:
    from typing import TypeVar

    from twisted.internet.defer import Deferred
    from twisted.internet.interfaces import IProtocolFactory
    from twisted.internet.protocol import DatagramProtocol

    from frp.interfaces.flowing import Flowing
    from frp.interfaces.streams import IStream
    from frp.wire.dialect import Dialect

    T = TypeVar("T")

__all__ = ["IVisitor", "IVisitorKind", "IVisitorPlugin", "IVisitorPluginSite", "IVisitorSite", "Lead"]


@frozen
class Lead:
    """
    Where a user of a visitor goes.

    @ivar stream: leads to a visited proxy; nothing was read of it, or it is paused.
    @ivar halfClose: whether the peer passes on the end of one direction.
    @ivar coded: whether the visitor's encryption and compression belong on it.
    @ivar flowing: knows of the users of what carries it; None where that is only the client.
    """

    stream: IStream
    halfClose: bool
    coded: bool = True
    flowing: Flowing | None = None


class IVisitorKind(IConfigured):
    """C{visitors[].type}. C{config} is an instance of C{schema}."""

    def visitor(config: Any, site: IVisitorSite) -> IVisitor:
        """@return: nothing is opened yet."""


class IVisitor(Interface):
    """
    One visitor of frpc. It is opened when there is a session, and outlives it: users who come between two sessions wait
    for the next one.
    """

    def open() -> Deferred[None] | None:
        """
        Take users from now on.

        @raise frp.errors.FRPError: (or in the Deferred) it is logged, and tried again later; nothing stays open.
        """

    def close() -> Awaitable[object] | None:
        """
        Take no more users. Those that are being served live on.

        Fires, with whatever, when ports can be bound again.
        """


class IVisitorSite(ISharingSite, ICorrespondence, IStreamClientEndpoint):
    """
    All that a visitor may ask of its client. It is the endpoint of the visited proxy: C{connect} opens a connection to
    it, with the visitor's encryption and compression in between; the protocol's transport is an L{IStream}. It fails
    with L{FRPError<frp.errors.FRPError>}. Where there is no session it waits for the next one, for a while.

    What is told and asked goes to frps in the session that there is, where there are several in that with the best
    server. Without one C{tell} does nothing, and C{ask} fails with L{Unavailable<frp.errors.Unavailable>}.
    """

    target: str = Attribute("the visited proxy's name, as the server knows it")
    dialect: Dialect = Attribute("what this client speaks")
    datagramSize: int = Attribute("bytes of a datagram that are passed on: C{udpPacketSize}")

    def anywhere(ask: Callable[[ICorrespondence], Deferred[T]]) -> Deferred[T]:
        """
        Ask in the session with one server after the other, the best first, until C{ask} succeeds. What is told and
        asked later about the same thing belongs into that session, so let C{ask} fire with it.

        @return: what C{ask} has fired with; fails with L{FRPError<frp.errors.FRPError>} when it has failed with that
            for every server, and with L{Unavailable<frp.errors.Unavailable>} where there is no session.
        """

    def join(user: IStream) -> None:
        """
        Connect to the visited proxy for this user, and splice the two. The user is paused until then, and dropped when
        the server refuses.
        """

    def through(lead: Callable[[], Deferred[Lead]]) -> None:
        """
        Have the visited proxy reached by another way than the server: C{connect} and C{join} ask for a stream here,
        also for the visitor's plugin, and for others that lead to it. It fails with an
        L{FRPError<frp.errors.FRPError>}.
        """

    def other(name: str) -> IStreamClientEndpoint:
        """
        @return: connects to what another visitor of this client visits, on its terms; fails with
            L{Unavailable<frp.errors.Unavailable>} where there is no such visitor then.
        """

    def listen(host: str, port: int, factory: IProtocolFactory) -> None:
        """
        Open a TCP port of this machine.

        @raise frp.errors.PortTaken: it cannot be had.
        """

    def bind(host: str, port: int, protocol: DatagramProtocol) -> None:
        """The same for UDP. C{protocol} is as for L{IServerSite.bind}."""

    def release() -> Deferred[None]:
        """Give back all that was listened to or bound. Fires when the ports are free."""


class IVisitorPlugin(IConfigured):
    """C{visitors[].plugin.type}: brings users that do not come by the visitor's port. C{config} is of C{schema}."""

    def visitor(config: Any, site: IVisitorPluginSite) -> IVisitor:
        """
        Called for each visitor that names the plugin. What is made is opened after the visitor itself, and closed
        before it.

        @raise frp.errors.FRPError: the visitor does not start; it is logged, and tried again later.
        """


class IVisitorPluginSite(IReachingSite, ISharingSite, IStreamClientEndpoint):
    """
    All that a visitor plugin may ask of its client. C{connect} opens a connection to the visited proxy, as that of
    L{IVisitorSite} does, by the way that the visitor takes.
    """

    name: str = Attribute("the visitor's")

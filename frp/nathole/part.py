"""The part C{nathole} of a client: how its proxies and visitors reach other clients without the server between them."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IProtocolFactory
from zope.interface import implementer

from frp.interfaces import IClientPart, IClientPartKind, IClientPartSite, ISession

if TYPE_CHECKING:
    from frp.config.client import ClientConfig
    from frp.interfaces import ITLSSide
    from frp.logs import Log
    from frp.nathole.digging import Digging
    from frp.nathole.punching import Hole

__all__ = ["Holes", "NatHole"]

#: The default of C{protocol} of a visitor is QUIC; this is the other one.
_KCP = "kcp"


@implementer(IClientPart)
class Holes:
    """
    What it takes is imported when the first hole is wanted: every client has this part, and few a use for it.
    """

    def __init__(self, config: ClientConfig, site: IClientPartSite) -> None:
        self._config = config
        self._site = site

    def start(self) -> None:
        """Nobody wants a hole yet."""

    def stop(self) -> None:
        """Whoever has made one has closed it."""

    def prepare(self) -> None:
        """Somebody will L{serve}: make a certificate, in the background."""
        self._serving  # noqa: B018 - it is made now

    def dig(self, log: Log, *, assisted: bool) -> Deferred[Digging]:
        """
        Find out where we are.

        @param assisted: whether the addresses are told, too, that this machine has itself.
        @return: fails with L{FRPError<frp.errors.FRPError>}, where we cannot know.
        """
        from frp.nathole.digging import prepared

        return Deferred.fromCoroutine(prepared(self._site.reactor, log, self._config.natHoleStunServer, assisted))

    def visit(self, hole: Hole, protocol: str, log: Log) -> Deferred[ISession]:
        """
        @param protocol: C{kcp} or C{quic}.
        @return: a session by which the proxy's client is visited. Fails with L{FRPError<frp.errors.FRPError>}.
        """
        return self._over(hole, protocol, log, None)

    def serve(self, hole: Hole, protocol: str, accept: IProtocolFactory, log: Log) -> Deferred[ISession]:
        """
        @param accept: answers the visitor's streams.
        @return: the same on the other side.
        """
        return self._over(hole, protocol, log, accept)

    def _over(self, hole: Hole, protocol: str, log: Log, accept: IProtocolFactory | None) -> Deferred[ISession]:
        from frp.nathole.tunnels import overKCP, overQUIC

        reactor = self._site.reactor
        if protocol == _KCP:
            return overKCP(reactor, log, hole, client=accept is None, accept=accept)
        side = self._visiting if accept is None else self._serving
        return overQUIC(reactor, log, hole, self._config.transport.quic, side, accept)

    @cached_property
    def _serving(self) -> ITLSSide:
        """Nobody checks the certificate: who knows the way has been told by the server."""
        from frp.config.common import TLSFiles
        from frp.sockets.tlsside import serverContext

        return serverContext(TLSFiles())

    @cached_property
    def _visiting(self) -> ITLSSide:
        from frp.config.common import TLSFiles
        from frp.sockets.tlsside import clientContext

        return clientContext(TLSFiles(), "")


@implementer(IClientPartKind)
class NatHole:
    def part(self, config: ClientConfig, site: IClientPartSite) -> Holes:
        return Holes(config, site)

"""The part C{nathole} of a client: how its proxies and visitors reach other clients without the server between them."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from twisted.internet.defer import Deferred, succeed
from twisted.internet.interfaces import IProtocolFactory
from zope.interface import implementer

from frp.interfaces import IClientPart, IClientPartKind, IClientPartSite, ISession

if TYPE_CHECKING:
    from frp.config.client import ClientConfig
    from frp.interfaces import ITLSSide
    from frp.logs import Log
    from frp.nathole.digging import Digging
    from frp.nathole.passage import Passage
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

    def visit(self, hole: Hole, protocol: str, log: Log) -> Deferred[Passage]:
        """
        @param protocol: C{kcp} or C{quic}.
        @return: fires when the proxy's client has shown that it is there. Fails with
            L{FRPError<frp.errors.FRPError>}.
        """
        if protocol == _KCP:
            from frp.nathole.overkcp import visitKCP

            return visitKCP(self._site.reactor, log, hole)
        from frp.nathole.overquic import visitQUIC

        return visitQUIC(self._site.reactor, log, hole, self._config.transport.quic, self._visiting)

    def serve(self, hole: Hole, protocol: str, accept: IProtocolFactory, log: Log) -> Deferred[ISession]:
        """
        @param accept: answers the visitor's streams.
        @return: the session on the other side. Fails in the same way.
        """
        if protocol == _KCP:
            from frp.nathole.overkcp import serveKCP

            return succeed(serveKCP(self._site.reactor, log, hole, accept))
        from frp.nathole.overquic import serveQUIC

        return serveQUIC(self._site.reactor, log, hole, self._config.transport.quic, self._serving, accept)

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

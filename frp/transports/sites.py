"""
What a transport may ask of the service that uses it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import attrs
from twisted.internet.interfaces import IListeningPort, IProtocolFactory, IReactorTime
from zope.interface import implementer

from frp.config.client import ClientConfig
from frp.config.server import ServerConfig
from frp.interfaces import IDialSite, IListenSite, IReactor, ISession, ISharedPort, ITLSSide
from frp.logs import Log

__all__ = ["DialSite", "ListenSite"]


@implementer(IDialSite)
@attrs.frozen
class DialSite:
    """
    frpc's side of a transport.

    @ivar reactor: L{IReactorTCP<twisted.internet.interfaces.IReactorTCP>} and
        L{IReactorTime<twisted.internet.interfaces.IReactorTime>}.
    @ivar config: where the server is and how to reach it: C{serverAddr}, C{serverPort} and the C{transport} table.
    @ivar tls: the client's side of TLS, or None where it is off.
    """

    reactor: IReactor
    config: ClientConfig
    tls: ITLSSide | None
    log: Log

    @property
    def clock(self) -> IReactorTime:
        """The reactor."""
        return self.reactor

    @property
    def table(self) -> Any:
        """The transport's own table, where it is in use and has a schema; else None."""
        transport = self.config.transport
        return transport.tables.get(transport.protocol)


@implementer(IListenSite)
@attrs.frozen
class ListenSite:
    """
    frps' side of a transport.

    @ivar shared: the port C{bindPort}, on which a transport claims the connections that begin as its own do.
    @ivar carriers: answers a byte stream from a client before TLS: it looks for TLS and then for streams.
    @ivar streams: answers one logical connection, for transports that multiplex themselves.
    @ivar tls: gives the server's side of TLS.
    @ivar opened: told of every port that the transport opened by itself, so that it is closed in the end.
    @ivar table: the transport's own table, with all defaults where the configuration has none; None without a schema.
    """

    reactor: IReactor
    config: ServerConfig
    shared: ISharedPort
    carriers: IProtocolFactory
    streams: IProtocolFactory
    tls: ITLSSide
    admit: Callable[[ISession], IProtocolFactory]
    opened: Callable[[IListeningPort], None]
    log: Log
    table: Any = None

    @property
    def clock(self) -> IReactorTime:
        """The reactor."""
        return self.reactor

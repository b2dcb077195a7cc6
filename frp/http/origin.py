"""
What every exchange says of where its request came from, whatever the version of HTTP.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from twisted.internet.address import IPv4Address, IPv6Address

__all__ = ["Origin"]


class Origin:
    """
    A part of L{IExchange<frp.http.exchange.IExchange>}: the facts about the user's connection.
    """

    __slots__ = ()

    _connection: Any

    @property
    def peer(self) -> IPv4Address | IPv6Address:
        """As L{IExchange.peer<frp.http.exchange.IExchange.peer>}."""
        peer: IPv4Address | IPv6Address = self._connection.transport.getPeer()
        return peer

    @property
    def host(self) -> IPv4Address | IPv6Address:
        """As L{IExchange.host<frp.http.exchange.IExchange.host>}."""
        host: IPv4Address | IPv6Address = self._connection.transport.getHost()
        return host

    @property
    def secure(self) -> bool:
        """As L{IExchange.secure<frp.http.exchange.IExchange.secure>}."""
        secure: bool = self._connection.server.secure
        return secure

    @property
    def serverName(self) -> str:
        """As L{IExchange.serverName<frp.http.exchange.IExchange.serverName>}."""
        name: str = getattr(self._connection.transport, "serverName", "")
        return name

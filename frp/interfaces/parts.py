"""Parts of a client: what several kinds of one client share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zope.interface import Attribute, Interface

from frp.interfaces.sites import IReachingSite, ISite

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from frp.config.client import ClientConfig

__all__ = ["IClientPart", "IClientPartKind", "IClientPartSite", "ISharingSite"]


class IClientPartSite(IReachingSite):
    """All that a part may ask of its client."""

    table: Any = Attribute(
        "the kind's own table, C{[NAME]} in a configuration of frpc, with all defaults where there is none; None for a"
        " kind that does not provide L{IConfigured}"
    )


class ISharingSite(ISite):
    """The site of something on frpc that uses parts."""

    def part(name: str) -> Any:
        """
        @param name: that of the part's kind.
        @return: this client's L{IClientPart} of that name. A kind and the parts that it uses know each other's methods.
        @raise frp.errors.Unavailable: the client has none.
        """


class IClientPartKind(Interface):
    """
    Something that several proxies, plugins or visitors of one client share, and that is there once for each client.
    They ask for it by its name: C{site.part(name)}.
    """

    def part(config: ClientConfig, site: IClientPartSite) -> IClientPart | None:
        """
        @return: not started yet; None where the configuration asks for none.
        @raise frp.errors.FRPError: the client does not start without it.
        """


class IClientPart(Interface):
    """The part, of one client."""

    def start() -> Awaitable[None] | None:
        """
        The client starts; sessions come later.

        @raise frp.errors.FRPError: (at once or when it is awaited) the client does not start without it.
        """

    def stop() -> Awaitable[None] | None:
        """The client has stopped, and nobody uses the part any more."""

"""Web parts: what the web servers of frps and frpc serve, each an API, pages, or both."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zope.interface import Attribute, Interface

from frp.interfaces.sites import IReachingSite

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from twisted.web.resource import IResource

    from frp.config.client import ClientConfig
    from frp.config.load import Loaded
    from frp.config.server import ServerConfig

__all__ = ["IAdminPartKind", "IAdminSite", "IDashboardPartKind", "IDashboardSite", "IWebPart", "IWebSite"]


class IWebSite(IReachingSite):
    """What the parts of both programs may ask."""

    def operations() -> Sequence[Any]:
        """
        @return: all L{Operation<frp.web.operations.Operation>}s that are served, of all parts, once the server runs;
            none before.
        """

    def pages() -> Sequence[Any]:
        """@return: all L{Page<frp.web.page.Page>}s, in the same way."""

    def notices() -> Sequence[str]:
        """@return: what is not as it should be just now, for whoever keeps this program."""

    def mount(path: str, resource: IResource) -> None:
        """
        Serve a resource of Twisted, with a slash behind its path, and what is below it, behind the password.

        @param path: without that slash.
        """


class IDashboardSite(IWebSite):
    """All that a web part may ask of frps."""

    config: ServerConfig = Attribute("the server's configuration")
    server: Any = Attribute("the L{FRPServer<frp.server.service.FRPServer>}: what is public there")


class IAdminSite(IWebSite):
    """All that a web part may ask of frpc."""

    config: ClientConfig = Attribute("the client's configuration, as it was at the start")
    client: Any = Attribute("the L{FRPClient<frp.client.service.FRPClient>}: what is public there")
    path: str = Attribute("of the configuration file; empty if flags gave the configuration")
    load: Callable[[bool], Loaded[ClientConfig]] = Attribute(
        "reads the file again; strictly, or not. It takes long, so ask in a thread. Raises"
        " L{ConfigErrors<frp.errors.ConfigErrors>}"
    )
    check: Callable[[bytes], object] = Attribute(
        "looks whether this could be the file, strictly; as long, and raises the same"
    )


class IDashboardPartKind(Interface):
    """
    Something that the web server of frps serves. It is made when that server starts; without C{webServer.port} it is
    not imported, nor where the configuration lacks the key that it is announced C{onlyWith}.
    """

    def part(site: IDashboardSite) -> IWebPart:
        """@raise frp.errors.FRPError: the server does not start without it."""


class IAdminPartKind(Interface):
    """The same for frpc."""

    def part(site: IAdminSite) -> IWebPart:
        """@raise frp.errors.FRPError: the client does not start without it."""


class IWebPart(Interface):
    """
    A part. What it does is declared at the methods of its resources (L{frp.web.operations}), from which its routes, the
    shape of its answers and the description of the API are made.
    """

    resources: Sequence[object] = Attribute("objects with operations")
    pages: Sequence[Any] = Attribute("L{Page<frp.web.page.Page>}s for browsers")

    def close() -> None:
        """The web server stops."""

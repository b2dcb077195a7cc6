"""
Applications and protocols of this very program, served straight on the streams of the tunnel: no port is opened.
"""

from __future__ import annotations

from asyncio import AbstractEventLoop
from collections.abc import Callable
from typing import TYPE_CHECKING

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IProtocolFactory
from zope.interface import implementer

from frp.config.proxy import PluginConfig
from frp.config.schema import table
from frp.interfaces import IClientPlugin, IClientPluginSite
from frp.kinds import Contribution, Registry

if TYPE_CHECKING:
    from frp.http.apps.request import ASGI, WSGI

__all__ = ["PLUGIN", "Served", "asgi", "factory", "registryWith", "wsgi"]

#: What a tunnel's own plugin is called in its configuration.
PLUGIN = "exposed"


@table
class ExposedConfig(PluginConfig):
    """A part of the program itself."""


@implementer(IClientPlugin)
class Served:
    """
    The client plugin of one tunnel. Its kind is known to that tunnel alone.

    @ivar loop: the asyncio loop of the program, where it has one that runs while the tunnel is open.
    @ivar ended: fires when what is served has put away what it has; None where nobody waits for that.
    """

    schema = ExposedConfig
    examples = (f'type = "{PLUGIN}"',)

    def __init__(self, make: Callable[[Served, IClientPluginSite], IProtocolFactory]) -> None:
        self.loop: AbstractEventLoop | None = None
        self.ended: Deferred[None] | None = None
        self._make = make

    def factory(self, config: ExposedConfig, site: IClientPluginSite) -> IProtocolFactory:
        return self._make(self, site)


def registryWith(served: Served | None) -> Registry:
    """@return: all that is installed, and what is served."""
    installed = Registry()
    if served is None:
        return installed
    own = Contribution(IClientPlugin, PLUGIN, "a part of the program itself", served)
    return Registry(find=lambda: [*installed.contributions(), own])


def factory(made: IProtocolFactory) -> Served:
    return Served(lambda served, site: made)


def asgi(app: ASGI) -> Served:

    def make(served: Served, site: IClientPluginSite) -> IProtocolFactory:
        from frp.http.apps.asgi import ASGIServer

        server = ASGIServer(app, site, served.loop)
        served.ended = server.putAway
        return server

    return Served(make)


def wsgi(app: WSGI) -> Served:

    def make(served: Served, site: IClientPluginSite) -> IProtocolFactory:
        from frp.http.apps.wsgi import WSGIServer

        return WSGIServer(app, site)

    return Served(make)

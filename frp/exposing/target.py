"""
What can be exposed, and what that means for the table of a proxy.

Applications and protocols of this very program are served straight on the streams of the tunnel: no port is opened.
"""

from __future__ import annotations

import inspect
import re
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
from frp.values import frozen

if TYPE_CHECKING:
    from frp.http.apps.request import ASGI, WSGI

__all__ = ["PLUGIN", "Served", "Target", "asgi", "factory", "registryWith", "targetOf", "wsgi"]

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


_PORT = re.compile(r"(?P<host>\[[0-9a-fA-F:.%]+\]|[^\s:/\[\]]*):(?P<port>\d{1,5})")


@frozen
class Target:
    """
    @ivar keys: of the proxy's table.
    @ivar served: what answers the users; None where that is a local service.
    @ivar web: whether it is known to speak HTTP.
    """

    keys: dict[str, object]
    served: Served | None = None
    web: bool = False


def targetOf(target: object) -> Target:
    """
    @param target: a port of this machine; C{"host:port"}; a client endpoint of Twisted as a string, such as
        C{"unix:/run/app.sock"}; an ASGI or WSGI application; or a protocol factory.
    @raise TypeError: it is none of these.
    @raise ValueError: it is a number that is no port, or a text that is no endpoint, such as the name of an
        application.
    """
    if isinstance(target, int) and not isinstance(target, bool):
        if not 0 < target < 65536:
            raise ValueError(f"{target} is not a port: a port is a number from 1 to 65535")
        return Target({"localPort": target})
    if isinstance(target, str):
        found = _PORT.fullmatch(target)
        if found is None:
            _checkEndpoint(target)
            return Target({"localEndpoint": target})
        host = found["host"].strip("[]") or "127.0.0.1"
        return Target({"localIP": host, "localPort": int(found["port"])})
    if IProtocolFactory.providedBy(target):
        return _through(factory(target))
    if callable(target):
        return _through(asgi(target) if _isASGI(target) else wsgi(target), web=True)
    what = "a port, host:port, an endpoint string, an ASGI or WSGI application, or a protocol factory"
    raise TypeError(f"{target!r} cannot be exposed: it should be {what}")


def _checkEndpoint(description: str) -> None:
    """@raise ValueError: it describes no endpoint of this installation."""
    from twisted.internet.endpoints import clientFromString  # for whoever describes one, with all that it imports

    try:
        clientFromString(None, description)
    except Exception as error:
        what = "an application is given itself, not by its name: from app import app; frp.expose(app)"
        raise ValueError(f"{description!r} is no endpoint such as unix:/run/app.sock ({error}); {what}") from error


def _through(served: Served, *, web: bool = False) -> Target:
    return Target({"plugin": {"type": PLUGIN}}, served, web)


def _isASGI(app: object) -> bool:
    call = app if inspect.isroutine(app) else getattr(app, "__call__", app)  # noqa: B004 - it is callable, we want it
    return inspect.iscoroutinefunction(call)

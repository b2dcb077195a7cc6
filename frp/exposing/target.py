"""
What can be exposed, and what that means for the table of a proxy.
"""

from __future__ import annotations

import inspect
import re

import attrs
from twisted.internet.interfaces import IProtocolFactory

from frp.exposing.serving import PLUGIN, Served, asgi, factory, wsgi

__all__ = ["Target", "targetOf"]

_PORT = re.compile(r"(?P<host>\[[0-9a-fA-F:.%]+\]|[^\s:/\[\]]*):(?P<port>\d{1,5})")


@attrs.frozen
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
    @raise ValueError: it is a number that is no port.
    """
    if isinstance(target, int) and not isinstance(target, bool):
        if not 0 < target < 65536:
            raise ValueError(f"{target} is not a port: a port is a number from 1 to 65535")
        return Target({"localPort": target})
    if isinstance(target, str):
        found = _PORT.fullmatch(target)
        if found is None:
            return Target({"localEndpoint": target})
        host = found["host"].strip("[]") or "127.0.0.1"
        return Target({"localIP": host, "localPort": int(found["port"])})
    if IProtocolFactory.providedBy(target):
        return _through(factory(target))
    if callable(target):
        return _through(asgi(target) if _isASGI(target) else wsgi(target), web=True)
    what = "a port, host:port, an endpoint string, an ASGI or WSGI application, or a protocol factory"
    raise TypeError(f"{target!r} cannot be exposed: it should be {what}")


def _through(served: Served, *, web: bool = False) -> Target:
    return Target({"plugin": {"type": PLUGIN}}, served, web)


def _isASGI(app: object) -> bool:
    call = app if inspect.isroutine(app) else getattr(app, "__call__", app)  # noqa: B004 - it is callable, we want it
    return inspect.iscoroutinefunction(call)

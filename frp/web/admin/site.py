"""The web server of frpc, and what its parts may ask."""

from __future__ import annotations

from collections.abc import Callable

from zope.interface import implementer

from frp.client.service import FRPClient
from frp.config.client import ClientConfig
from frp.config.load import Loaded
from frp.interfaces import IAdminPartKind, IAdminSite
from frp.logs import Log
from frp.values import frozen
from frp.web.app import App
from frp.web.serving import Serving, WebSite

__all__ = ["AdminSite", "adminServer"]


@implementer(IAdminSite)
@frozen(eq=False)
class AdminSite(WebSite):
    """What stands in the interface."""

    client: FRPClient
    path: str
    load: Callable[[bool], Loaded[ClientConfig]]
    check: Callable[[bytes], object]

    @property
    def config(self) -> ClientConfig:
        return self.client.config


def adminServer(
    client: FRPClient, path: str, load: Callable[[bool], Loaded[ClientConfig]], check: Callable[[bytes], object]
) -> Serving:
    """
    @param path: of the configuration file; empty if flags gave the configuration.
    @param load: reads the file again; see L{IAdminSite}.
    @param check: looks whether something else could be the file.
    @return: not started yet.
    """
    log = Log("frp.web.admin")
    app = App(client.reactor, client.config.webServer, log)
    site = AdminSite(client.reactor, log, app, client, path, load, check)
    return Serving(site, client.config, IAdminPartKind, client.registry, "admin server")

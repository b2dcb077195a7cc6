"""The web server of frps, and what its parts may ask."""

from __future__ import annotations

from collections.abc import Sequence

from zope.interface import implementer

from frp.config.server import ServerConfig
from frp.interfaces import IDashboardPartKind, IDashboardSite
from frp.logs import Log
from frp.server.cluster.worker import nameOf
from frp.server.service import FRPServer
from frp.values import frozen
from frp.web.app import App
from frp.web.serving import Serving, WebSite

__all__ = ["DashboardSite", "dashboardServer"]


@implementer(IDashboardSite)
@frozen(eq=False)
class DashboardSite(WebSite):
    """What stands in the interface."""

    server: FRPServer

    @property
    def config(self) -> ServerConfig:
        return self.server.config

    def notices(self) -> Sequence[str]:
        return [
            f"{nameOf(number)} does not answer: what is shown is without it, or as it was"
            for number in sorted(self.server.whole.asking.silent)
        ]


def dashboardServer(server: FRPServer) -> Serving:
    """@return: not started yet."""
    log = Log("frp.web.dashboard")
    site = DashboardSite(server.reactor, log, App(server.reactor, server.config.webServer, log), server)
    return Serving(site, server.config, IDashboardPartKind, server.registry, "dashboard")

"""The web servers beside the services. What they need is imported where one is on: it takes as long as all the rest."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from frp.cli import opening
from frp.cli.files import loadClient

if TYPE_CHECKING:
    from frp.client.service import FRPClient
    from frp.config.client import ClientConfig
    from frp.config.flags import Values
    from frp.config.load import Loaded
    from frp.kinds import Registry
    from frp.server.service import FRPServer
    from frp.web.serving import Serving

__all__ = ["admin", "dashboard"]


def dashboard(server: FRPServer) -> Serving | None:
    """@return: the web server of frps, or None where it is off."""
    if server.config.webServer.port <= 0:
        return None
    from frp.web.dashboard.site import dashboardServer

    return dashboardServer(server)


def admin(client: FRPClient, path: str, values: Values, kinds: Registry) -> Serving | None:
    """
    @param path: of the client's configuration; empty if flags gave it.
    @param values: the flags that were given.
    @return: the web server of frpc, or None where it is off.
    """
    if client.config.webServer.port <= 0:
        return None
    from frp.web.admin.site import adminServer

    def load(strict: bool) -> Loaded[ClientConfig]:
        return opening.reread(loadClient(path, {**values, "strict-config": strict}, kinds))

    def check(content: bytes) -> None:
        import tempfile

        with tempfile.NamedTemporaryFile(suffix=os.path.splitext(path)[1]) as file:
            file.write(content)
            file.flush()
            loadClient(file.name, {**values, "strict-config": True}, kinds)

    return adminServer(client, path, load, check)

"""C{health}: whether a program that runs with a configuration answers, for whoever restarts it when it does not."""

from __future__ import annotations

import socket
import ssl
from typing import TYPE_CHECKING

import click

from frp.cli.asking import API
from frp.errors import FRPError, reasonOf
from frp.wire.address import authority

if TYPE_CHECKING:
    from frp.config.client import ClientConfig
    from frp.config.server import ServerConfig

__all__ = ["PATIENCE", "client", "server"]

#: Seconds in which there must be an answer.
PATIENCE = 5.0


def server(config: ServerConfig) -> int:
    """
    frps answers on the port of its clients.

    @raise FRPError: it does not.
    """
    where = authority(config.bindAddr, config.bindPort)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    try:
        # The system takes connections for a program that hangs; only one that lives shows its certificate.
        with (
            socket.create_connection((config.bindAddr, config.bindPort), PATIENCE) as connection,
            context.wrap_socket(connection),
        ):
            pass
    except OSError as error:
        raise FRPError(f"{where}: {reasonOf(error)}") from error
    click.echo(f"frps answers on {where}")
    return 0


def client(config: ClientConfig, path: str) -> int:
    """
    frpc answers on its web server, if it has one; whoever has none cannot be asked, and is taken to be well.

    @param path: of the configuration.
    @raise FRPError: it does not.
    """
    if config.webServer.port <= 0:
        click.echo(f"frpc has no webServer.port in {path}, and cannot be asked")
        return 0
    API(config.webServer, "frpc", PATIENCE).ask("GET", "/healthz")
    click.echo(f"frpc answers on {authority(config.webServer.addr, config.webServer.port)}")
    return 0

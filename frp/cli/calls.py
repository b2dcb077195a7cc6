"""C{frpc reload}, C{status} and C{stop}: a running frpc is asked through its API."""

from __future__ import annotations

import http.client
import json
import os
import ssl
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from frp import logs
from frp.cli.command import Command
from frp.cli.files import read, registry
from frp.config.commandline import FRPC
from frp.config.flags import Flag, Values, duration
from frp.errors import FRPError, reasonOf
from frp.wire.address import authority

if TYPE_CHECKING:
    from frp.config.client import ClientConfig
    from frp.config.common import TLSFiles, WebServerConfig

__all__ = ["calls"]

_TIMEOUT = Flag("api-timeout", "", "", "Timeout for admin API calls", duration, "30s")
_DEFAULT = next(flag.default for flag in FRPC if flag.name == "config")
_TYPES = ("tcp", "udp", "tcpmux", "http", "https", "stcp", "sudp", "xtcp")
_COLUMNS = {
    "name": "Name",
    "status": "Status",
    "local_addr": "LocalAddr",
    "plugin": "Plugin",
    "remote_addr": "RemoteAddr",
    "err": "Error",
}
#: The same where frpc knows several servers, and those of the servers.
_SEVERAL = {**_COLUMNS, "server": "Server"}
_SERVERS = {"name": "Name", "addr": "Addr", "status": "Status", "err": "Error"}

#: Asks: method and path with query; returns the body.
_Ask = Callable[[str, str], bytes]


def calls(flags: tuple[Flag, ...]) -> list[Command]:
    """@param flags: those that every command of frpc has."""
    every = (*flags, _TIMEOUT)
    return [
        Command("reload", "Hot-Reload frpc configuration", every, lambda values: _call(_reload, values)),
        Command("status", "Overview of all proxies status", every, lambda values: _call(_status, values)),
        Command("stop", "Stop the running frpc", every, lambda values: _call(_stop, values)),
    ]


def _call(what: Callable[[_Ask, Values, ClientConfig], None], values: Values) -> int:
    from frp.config import clientfile

    logs.hush()
    path = values.get("config", _DEFAULT)
    strict = values.get("strict-config", True)
    config = read(
        lambda: clientfile.loadClient(
            path, registry=registry(values), strict=strict, environ=os.environ, checked=False
        ),
        values,
    )
    if config is None:
        return 1
    if config.webServer.port <= 0:
        click.echo("web server port should be set if you want to use this feature")
        return 1
    timeout = values.get("api-timeout", 30.0)
    what(lambda method, asked: _ask(config.webServer, method, asked, timeout), values, config)
    return 0


def _reload(ask: _Ask, values: Values, _config: ClientConfig) -> None:
    ask("GET", "/api/reload?strictConfig=true" if values.get("strict-config", True) else "/api/reload")
    click.echo("reload success")


def _stop(ask: _Ask, _values: Values, _config: ClientConfig) -> None:
    ask("POST", "/api/stop")
    click.echo("stop success")


def _status(ask: _Ask, _values: Values, config: ClientConfig) -> None:
    if config.servers:
        body = ask("GET", "/api/servers")
        with _understood(body):
            table = _table(json.loads(body), _SERVERS)
        click.echo(f"Server Status...\n\n{table}")
    body = ask("GET", "/api/status")
    with _understood(body):
        kinds = json.loads(body)
        several = any("server" in row for rows in kinds.values() for row in rows)
        tables = {str(kind): _table(rows, _SEVERAL if several else _COLUMNS) for kind, rows in kinds.items() if rows}
    click.echo("Proxy Status...\n")
    for kind in (*_TYPES, *sorted(tables.keys() - set(_TYPES))):
        if kind in tables:
            click.echo(f"{kind.upper()}\n{tables[kind]}")


@contextmanager
def _understood(body: bytes) -> Iterator[None]:
    try:
        yield
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise FRPError(f"unmarshal http response error: {body.decode('utf-8', 'replace').strip()}") from error


def _table(rows: list[dict[str, object]], columns: dict[str, str]) -> str:
    """@param columns: the titles, by the keys of the rows."""
    lines = [list(columns.values()), *([str(row[key]) for key in columns] for row in rows)]
    widths = [max(len(line[n]) for line in lines) + 2 for n in range(len(columns))]
    return "".join(
        "".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) + "\n" for line in lines
    )


def _ask(config: WebServerConfig, method: str, path: str, timeout: float) -> bytes:
    """@raise FRPError: there was no answer, or it was not 200; with the reference's texts."""
    where, headers = authority(config.addr, config.port), {}
    if config.user or config.password:
        headers["Authorization"] = "Basic " + b64encode(f"{config.user}:{config.password}".encode()).decode()
    connection = _connection(config, timeout)
    try:
        connection.request(method, path, headers=headers)
        response = connection.getresponse()
        body = response.read()
    except (OSError, http.client.HTTPException) as error:
        scheme = "http" if config.tls is None else "https"
        brief = f'{method.capitalize()} "{scheme}://{where}{path}": {_reason(error, where)}'
        raise FRPError(brief, f"{brief}: is frpc running, with this webServer table?") from error
    finally:
        connection.close()
    if response.status != 200:
        raise FRPError(f"api status code [{response.status}]", f"frpc says: {body.decode('utf-8', 'replace').strip()}")
    return body


def _connection(config: WebServerConfig, timeout: float) -> http.client.HTTPConnection:
    if config.tls is None:
        return http.client.HTTPConnection(config.addr, config.port, timeout=timeout)
    return http.client.HTTPSConnection(config.addr, config.port, timeout=timeout, context=_trusting(config.tls))


def _trusting(tls: TLSFiles) -> ssl.SSLContext:
    """
    Trust the one certificate that the running frpc serves; its name need not be the address. The reference's commands
    cannot speak TLS.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    try:
        context.load_verify_locations(tls.certFile)
    except OSError as error:
        raise FRPError(f"open {tls.certFile}: {reasonOf(error)}") from error
    return context


def _reason(error: Exception, where: str) -> str:
    """In Go's words where a script may look for them."""
    if isinstance(error, ConnectionRefusedError):
        return f"dial tcp {where}: connect: connection refused"
    if isinstance(error, TimeoutError):
        return "context deadline exceeded"
    if isinstance(error, OSError):
        return reasonOf(error)
    return str(error) or type(error).__name__

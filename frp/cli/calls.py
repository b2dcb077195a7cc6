"""C{frpc reload}, C{status} and C{stop}: a running frpc is asked through its API."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import click

from frp import logs
from frp.cli.asking import API, JSON, TIMEOUT, opened, table, understood
from frp.cli.command import Command
from frp.cli.files import read, registry
from frp.config.commandline import FRPC
from frp.config.flags import Flag, Values, boolean
from frp.errors import FRPError

if TYPE_CHECKING:
    from frp.config.client import ClientConfig

__all__ = ["call"]

_WATCH = Flag("watch", "w", "", "Go on, and print what changes as it changes", boolean)
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

#: Seconds between two looks at a frpc that does not tell what happens.
_PAUSE = 2


def call(name: str, summary: str, flags: tuple[Flag, ...]) -> Command:
    """
    @param flags: those that every command of frpc has.
    @return: the command of that name.
    """
    what, more = _COMMANDS[name]
    return Command(name, summary, (*flags, TIMEOUT, *more), lambda values: _call(what, values))


def _call(what: Callable[[API, Values, ClientConfig], None], values: Values) -> int:
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
    api = None if config is None else opened(config.webServer, "frpc", values)
    if config is None or api is None:
        return 1
    what(api, values, config)
    return 0


def _reload(api: API, values: Values, _config: ClientConfig) -> None:
    api.ask("GET", "/api/reload?strictConfig=true" if values.get("strict-config", True) else "/api/reload")
    click.echo("reload success")


def _stop(api: API, _values: Values, _config: ClientConfig) -> None:
    api.ask("POST", "/api/stop")
    click.echo("stop success")


def _status(api: API, values: Values, config: ClientConfig) -> None:
    show = _printJSON if values.get("json") else _print
    show(api, config)
    if values.get("watch"):
        for _ in _changes(api):
            click.echo()
            show(api, config)


def _changes(api: API) -> Iterator[None]:
    """Whenever something has happened; now and then, where frpc does not tell that."""
    try:
        for line in api.listen("/api/v2/events"):
            if line.startswith(b"event:"):
                yield
    except FRPError as error:
        if error.brief != "api status code [404]":
            raise
        while True:
            time.sleep(_PAUSE)
            yield


def _printJSON(api: API, _config: ClientConfig) -> None:
    body = api.ask("GET", "/api/status")
    with understood(body):
        click.echo(json.dumps(json.loads(body), indent=2))


def _print(api: API, config: ClientConfig) -> None:
    if config.servers:
        body = api.ask("GET", "/api/servers")
        with understood(body):
            shown = table(json.loads(body), _SERVERS)
        click.echo(f"Server Status...\n\n{shown}")
    body = api.ask("GET", "/api/status")
    with understood(body):
        kinds = json.loads(body)
        several = any("server" in row for rows in kinds.values() for row in rows)
        tables = {str(kind): table(rows, _SEVERAL if several else _COLUMNS) for kind, rows in kinds.items() if rows}
    click.echo("Proxy Status...\n")
    for kind in (*_TYPES, *sorted(tables.keys() - set(_TYPES))):
        if kind in tables:
            click.echo(f"{kind.upper()}\n{tables[kind]}")


#: What each does, and its own flags.
_COMMANDS: dict[str, tuple[Callable[[API, Values, ClientConfig], None], tuple[Flag, ...]]] = {
    "reload": (_reload, ()),
    "status": (_status, (JSON, _WATCH)),
    "stop": (_stop, ()),
}

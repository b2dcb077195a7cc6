"""C{frps clients}, C{proxies}, C{refusals}, C{kick}, C{disable} and C{enable}: a running frps is asked by its API."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote, urlencode

import click

from frp import logs
from frp.cli.asking import API, JSON, TIMEOUT, opened, table, understood
from frp.cli.badstatus import BadStatus, likely, pointed
from frp.cli.command import Command, Word
from frp.cli.files import loadServer, read, registry
from frp.config.flags import Flag, Values, boolean, text
from frp.errors import FRPError

__all__ = ["operating"]

_REASON = Flag("reason", "", "", "Why; the client is told", text)
_CLIENT = Flag("client", "", "", "The name is that of a client", boolean)
_CLIENTS = {
    "key": "Client",
    "phase": "Status",
    "hostname": "Hostname",
    "clientIP": "Address",
    "version": "Version",
    "wireProtocol": "Wire",
    "refused": "Refused",
    "disabled": "Disabled",
}
_PROXIES = {
    "name": "Name",
    "type": "Type",
    "phase": "Status",
    "client": "Client",
    "curConns": "Users",
    "why": "Disabled",
}
_REFUSALS = {"name": "Name", "type": "Type", "client": "Client", "times": "Times", "reason": "Reason"}

#: Rows of a page.
_PAGE = 200


def operating(name: str, about: str, flags: tuple[Flag, ...]) -> Command:
    """
    @param flags: those that every command of frps has.
    @return: the command of that name.
    """
    act, more, word = _COMMANDS[name]
    return Command(name, about, (*flags, TIMEOUT, *more), _asking(act), word)


def _asking(what: Callable[[API, Values], None]) -> Callable[[Values], int]:
    def call(values: Values) -> int:
        logs.hush()
        path = values.get("config", "")
        config = read(lambda: loadServer(path, values, registry(values)))
        api = None if config is None else opened(config.webServer, "frps", values)
        if api is None:
            return 1
        what(api, values)
        return 0

    return call


def _all(api: API, path: str) -> Iterator[Mapping[str, Any]]:
    """
    The rows of all pages.

    @param path: may have a query.
    """
    page, left, more = 1, 1, "&" if "?" in path else "?"
    while left > 0:
        body = api.ask("GET", f"{path}{more}page={page}&pageSize={_PAGE}")
        with understood(body):
            data = json.loads(body)["data"]
            items, left = data["items"], data["total"] - page * _PAGE
        yield from items
        page += 1


def _shown(rows: Sequence[Mapping[str, Any]], values: Values, columns: Mapping[str, str]) -> None:
    click.echo(json.dumps(rows, indent=2) if values.get("json") else table(rows, columns), nl=bool(values.get("json")))


def _clients(api: API, values: Values) -> None:
    rows = [
        {**dict.fromkeys(_CLIENTS, ""), **row, "phase": "online" if row["online"] else "offline"}
        for row in _all(api, "/api/v2/clients")
    ]
    _shown(rows, values, _CLIENTS)


def _proxies(api: API, values: Values) -> None:
    rows = [
        {
            "name": row["name"],
            "type": row["spec"]["type"],
            "client": ".".join(part for part in (row["user"], row["clientID"]) if part),
            "why": row.get("disabled", ""),
            **row["status"],
        }
        for row in _all(api, "/api/v2/proxies")
    ]
    _shown(rows, values, _PROXIES)


def _refusals(api: API, values: Values) -> None:
    _shown(list(_all(api, "/api/v2/refusals")), values, _REFUSALS)


def _kick(api: API, values: Values) -> None:
    query, name = urlencode({"reason": values.get("reason", "")}), values["client"]
    with pointed(name, lambda: [row["key"] for row in _all(api, "/api/v2/clients") if row["online"]]):
        api.ask("DELETE", f"/api/v2/clients/{quote(name, safe='')}?{query}")
    click.echo(f"the session of {name} has ended")


def _disable(api: API, values: Values) -> None:
    api.ask("POST", f"{_named(values)}/disable", {"reason": values.get("reason", "")})
    click.echo(f"{values['name']} is disabled")
    unknown = _unknown(api, values)
    if unknown:
        click.echo(f"  {unknown}", err=True)


def _unknown(api: API, values: Values) -> str:
    """@return: that there has not been what is disabled now, with what may have been meant; empty if there has."""
    what, key = ("client", "key") if values.get("client") else ("proxy", "name")
    try:
        api.ask("GET", _named(values))
    except FRPError as error:
        if isinstance(error, BadStatus) and error.status == 404:
            hint = likely(values["name"], lambda: [row[key] for row in _all(api, f"/api/v2/{_kind(values)}")])
            return f"no {what} of this name has been here, but one may come{hint and f'; {hint}'}"
    return ""


def _enable(api: API, values: Values) -> None:
    disabled = f"/api/v2/disabled?what={_kind(values)}"
    with pointed(values["name"], lambda: [row["name"] for row in _all(api, disabled)]):
        api.ask("POST", f"{_named(values)}/enable", {})
    click.echo(f"{values['name']} is enabled")


def _named(values: Values) -> str:
    """@return: where what is to be disabled, or enabled, is in the API."""
    return f"/api/v2/{_kind(values)}/{quote(values['name'], safe='')}"


def _kind(values: Values) -> str:
    return "clients" if values.get("client") else "proxies"


#: What they do, which flags they have besides, and the word that they take.
_COMMANDS: Mapping[str, tuple[Callable[[API, Values], None], tuple[Flag, ...], Word | None]] = {
    "clients": (_clients, (JSON,), None),
    "proxies": (_proxies, (JSON,), None),
    "refusals": (_refusals, (JSON,), None),
    "kick": (_kick, (_REASON,), Word("CLIENT", "client")),
    "disable": (_disable, (_REASON, _CLIENT), Word("NAME", "name")),
    "enable": (_enable, (_CLIENT,), Word("NAME", "name")),
}

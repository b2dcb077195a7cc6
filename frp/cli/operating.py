"""The commands that ask a running frps, by its API: C{frps clients}, C{cluster}, C{kick} and so on."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any
from urllib.parse import quote, urlencode

import click

from frp import logs
from frp.cli.asking import API, JSON, TIMEOUT, opened, table, understood
from frp.cli.badstatus import BadStatus, likely, pointed
from frp.cli.command import Command, Offer, Word
from frp.cli.files import loadServer, read, registry
from frp.cli.saying import hint
from frp.cli.view.text import amount
from frp.config.flags import Flag, Values, boolean, duration, text
from frp.errors import FRPError

__all__ = ["operating"]

_REASON = Flag("reason", "", "", "Why; the client is told", text)
_CLIENT = Flag("client", "", "", "The name is that of a client", boolean)
_SORT = Flag("sort", "", "", "By which column, such as name or traffic; -traffic begins with the most", text)
_WITHIN = Flag("within", "", "", "After how long clients go that still have users", duration, "5m")
_WAIT = Flag("wait", "", "", "Return when frps has ended", boolean)
_CLIENTS = {
    "key": "Client",
    "phase": "Status",
    "hostname": "Hostname",
    "clientIP": "Address",
    "version": "Version",
    "wireProtocol": "Wire",
    "in": "In",
    "out": "Out",
    "refused": "Refused",
    "disabled": "Disabled",
}
_PROXIES = {
    "name": "Name",
    "type": "Type",
    "phase": "Status",
    "client": "Client",
    "curConns": "Users",
    "in": "In",
    "out": "Out",
    "why": "Disabled",
}
_NODES = {
    "name": "Node",
    "address": "Address",
    "link": "Link",
    "clients": "Clients",
    "proxies": "Proxies",
    "remark": "Remark",
}
_REFUSALS = {"name": "Name", "type": "Type", "client": "Client", "times": "Times", "reason": "Reason"}

_Row = Mapping[str, Any]

#: Seconds between two looks at whether frps has ended.
_LOOK = 0.5

#: Seconds.
_AT_ONCE = 1.0

#: Rows of a page.
_PAGE = 200


def operating(name: str, about: str, flags: tuple[Flag, ...]) -> Command:
    """
    @param flags: those that every command of frps has.
    @return: the command of that name.
    """
    act, more, word = _COMMANDS[name]
    offers: dict[str, Offer] = {} if word is None else {word.key: partial(_offered, _NAMES[name])}
    if _SORT in more:
        offers[_SORT.name] = partial(_orders, name)
    return Command(name, about, (*flags, TIMEOUT, *more), _asking(act), word, offers=offers)


def _offered(names: Callable[[API, Values], list[str]], values: Values, _word: str) -> list[str]:
    """The names that the running frps knows, if it answers at once: somebody waits at a shell."""
    config = loadServer(values.get("config", ""), values, registry(values)).config.webServer
    return names(API(config, "frps", _AT_ONCE), values) if config.port > 0 else []


def _orders(name: str, _values: Values, _word: str) -> list[str]:
    """What a list can be sorted by."""
    from frp.web.dashboard.second import clients, proxies

    keys = {"clients": clients.SORTS, "proxies": proxies.SORTS}[name]
    return [*keys, *(f"-{key}" for key in keys)]


def _asking(what: Callable[[API, Values], None]) -> Callable[[Values], int]:
    def call(values: Values) -> int:
        logs.hush()
        path = values.get("config", "")
        config = read(lambda: loadServer(path, values, registry(values)))
        api = None if config is None else opened(config.webServer, "frps", path, values)
        if api is None:
            return 1
        what(api, values)
        return 0

    return call


def _all(api: API, path: str, **asked: str) -> Iterator[Mapping[str, Any]]:
    """
    The rows of all pages.

    @param asked: what the query says besides; nothing of what is empty.
    """
    page, left = 1, 1
    said = {name: text for name, text in asked.items() if text}
    while left > 0:
        query = urlencode({**said, "page": page, "pageSize": _PAGE})
        body = api.ask("GET", f"{path}?{query}")
        with understood(body):
            data = json.loads(body)["data"]
            items, left = data["items"], data["total"] - page * _PAGE
        yield from items
        page += 1


def _shown(
    rows: Sequence[_Row], values: Values, columns: Mapping[str, str], cells: Callable[[_Row], _Row] = lambda row: row
) -> None:
    """@param cells: what a table has besides, or in place of, what programs are told."""
    if values.get("json"):
        click.echo(json.dumps(rows, indent=2))
    else:
        click.echo(table([{**row, **cells(row)} for row in rows], columns), nl=False)


def _today(sums: Mapping[str, Any]) -> Mapping[str, str]:
    """The columns of the bytes of today."""
    return {"in": amount(sums["todayTrafficIn"]), "out": amount(sums["todayTrafficOut"])}


def _clients(api: API, values: Values) -> None:
    rows = [
        {**dict.fromkeys(_CLIENTS, ""), **row, "phase": "online" if row["online"] else "offline"}
        for row in _all(api, "/api/v2/clients", sums="true", sort=values.get("sort", ""))
    ]
    _shown(rows, values, _CLIENTS, lambda row: _today(row["sums"]))
    _whose(api, values)


def _proxies(api: API, values: Values) -> None:
    rows = [
        {
            "name": row["name"],
            "type": row["spec"]["type"],
            "client": ".".join(part for part in (row["user"], row["clientID"]) if part),
            "why": row.get("disabled", ""),
            **row["status"],
        }
        for row in _all(api, "/api/v2/proxies", sort=values.get("sort", ""))
    ]
    _shown(rows, values, _PROXIES, lambda row: {**_today(row), "curConns": row["curConns"] + row.get("guests", 0)})
    _whose(api, values)


def _whose(api: API, values: Values) -> None:
    """Say so where other nodes have clients and proxies of their own. Those of all workers are shown in any case."""
    if values.get("json"):
        return
    try:
        nodes = _nodes(api)
    except BadStatus:
        return  # the reference's frps is always alone
    if len(nodes) > 1 and "share" not in nodes[0]:
        hint(f"these are at node {nodes[0]['name']}; frps cluster shows how many the others have")


def _refusals(api: API, values: Values) -> None:
    _shown(list(_all(api, "/api/v2/refusals")), values, _REFUSALS)


def _cluster(api: API, values: Values) -> None:
    rows = _nodes(api)
    if rows or values.get("json"):
        _shown(rows, values, _NODES, lambda row: {"remark": _remark(row)})
    else:
        click.echo("this frps runs alone: cluster.store is not set")
    for row in rows:
        for one in row.get("notOpen", ()) if not values.get("json") else ():
            click.echo(f"proxy {one['proxy']} is not open at {row['name']}: {one['why']}", err=True)


def _nodes(api: API) -> list[_Row]:
    body = api.ask("GET", "/api/v2/nodes")
    with understood(body):
        rows: list[_Row] = json.loads(body)["data"]
    return rows


def _remark(row: _Row) -> str:
    notOpen, away = len(row.get("notOpen", ())), row.get("storeAway", 0)
    remarks = [
        row.get("trouble", ""),
        f"cluster.store away for {away} s" if away else "",
        "drains" if row.get("drains") else "",
        f"not open: {notOpen}" if notOpen else "",
    ]
    return ", ".join(filter(None, remarks))


def _drain(api: API, values: Values) -> None:
    body = api.ask("POST", "/api/v2/drain", {"seconds": int(values.get("within", 300))})
    with understood(body):
        data = json.loads(body)["data"]
        left, again = data["clients"], data.get("again", False)
    click.echo(f"no more clients are let in; {left} are still here, and frps ends when they are gone")
    if again:
        hint("it was said before: only the time is another one now")
    if values.get("wait"):
        _gone(api)
        click.echo("frps has ended")
    else:
        hint("this command does not wait for that; with --wait it does")


def _gone(api: API) -> None:
    """Wait until nobody answers any more."""
    while True:
        try:
            api.ask("GET", "/healthz")
        except FRPError as error:
            if isinstance(error.__cause__, ConnectionError):
                return
            raise
        time.sleep(_LOOK)


def _kick(api: API, values: Values) -> None:
    query, name = urlencode({"reason": values.get("reason", "")}), values["client"]
    with pointed(name, partial(_online, api, values)):
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
    what = "client" if values.get("client") else "proxy"
    try:
        api.ask("GET", _named(values))
    except FRPError as error:
        if isinstance(error, BadStatus) and error.status == 404:
            hint = likely(values["name"], partial(_known, api, values))
            return f"no {what} of this name has been here, but one may come{hint and f'; {hint}'}"
    return ""


def _enable(api: API, values: Values) -> None:
    with pointed(values["name"], partial(_disabled, api, values)):
        api.ask("POST", f"{_named(values)}/enable", {})
    click.echo(f"{values['name']} is enabled")


def _named(values: Values) -> str:
    """@return: where what is to be disabled, or enabled, is in the API."""
    return f"/api/v2/{_kind(values)}/{quote(values['name'], safe='')}"


def _online(api: API, _values: Values) -> list[str]:
    return [row["key"] for row in _all(api, "/api/v2/clients") if row["online"]]


def _known(api: API, values: Values) -> list[str]:
    key = "key" if values.get("client") else "name"
    return [row[key] for row in _all(api, f"/api/v2/{_kind(values)}")]


def _disabled(api: API, values: Values) -> list[str]:
    return [row["name"] for row in _all(api, "/api/v2/disabled", what=_kind(values))]


def _kind(values: Values) -> str:
    return "clients" if values.get("client") else "proxies"


#: What they do, which flags they have besides, and the word that they take.
_COMMANDS: Mapping[str, tuple[Callable[[API, Values], None], tuple[Flag, ...], Word | None]] = {
    "clients": (_clients, (_SORT, JSON), None),
    "proxies": (_proxies, (_SORT, JSON), None),
    "refusals": (_refusals, (JSON,), None),
    "cluster": (_cluster, (JSON,), None),
    "drain": (_drain, (_WITHIN, _WAIT), None),
    "kick": (_kick, (_REASON,), Word("CLIENT", "client")),
    "disable": (_disable, (_REASON, _CLIENT), Word("NAME", "name")),
    "enable": (_enable, (_CLIENT,), Word("NAME", "name")),
}

#: What their words may be.
_NAMES: Mapping[str, Callable[[API, Values], list[str]]] = {"kick": _online, "disable": _known, "enable": _disabled}

"""What the proxies of a running frpc do, as C{frpc status} shows it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from frp.cli.asking import API, table, understood
from frp.values import frozen

__all__ = ["Status"]

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

_Row = Mapping[str, str]


@frozen
class Status:
    """
    What there is to be shown; two that are equal look the same.

    @ivar servers: where there are several.
    @ivar kinds: the proxies by their types, in the order in which people know these.
    """

    servers: list[_Row]
    kinds: dict[str, list[_Row]]

    @classmethod
    def of(cls, api: API, *, several: bool, clickable: bool = False) -> Status:
        """
        Ask for it.

        @param several: whether frpc knows several servers.
        @param clickable: whether proxies show where users find them, in place of what frps has answered.
        @raise FRPError: there is no answer, or none that means something.
        """
        servers: list[_Row] = []
        if several:
            body = api.ask("GET", "/api/servers")
            with understood(body):
                servers = [_row(one, _SERVERS) for one in json.loads(body)]
        body = api.ask("GET", "/api/status")
        with understood(body):
            found = json.loads(body)
            columns = _SEVERAL if any("server" in row for rows in found.values() for row in rows) else _COLUMNS
            kinds = {kind: [_proxy(row, columns, clickable) for row in rows] for kind, rows in found.items() if rows}
        return cls(servers, {kind: kinds[kind] for kind in _ordered(kinds)})

    def tables(self) -> str:
        """All of it."""
        parts = ["Server Status...\n", table(self.servers, _SERVERS)] if self.servers else []
        parts.append("Proxy Status...\n")
        for kind, rows in self.kinds.items():
            parts.append(f"{kind.upper()}\n{table(rows, _SEVERAL if 'server' in rows[0] else _COLUMNS)}")
        return "\n".join(parts)

    def changes(self, later: Status) -> Iterator[str]:
        """@return: a line for each server and proxy of which something else is to be said."""
        before, after = dict(self._lines()), dict(later._lines())
        for whose, line in after.items():
            if before.get(whose) != line:
                yield f"{whose} {line}"
        for whose in before:
            if whose not in after:
                yield f"{whose} gone"

    def _lines(self) -> Iterator[tuple[str, str]]:
        for kind, rows in (("server", self.servers), *self.kinds.items()):
            for row in rows:
                towards = f" ({row['server']})" if row.get("server") else ""
                where = row.get("remote_addr", "")
                yield f"{kind} {row['name']}{towards}", ": ".join(filter(None, (row["status"], row["err"] or where)))


def _proxy(row: Mapping[str, Any], columns: Iterable[str], clickable: bool) -> _Row:
    """What is wrong with the service of a proxy that runs is said where else stands why it does not."""
    error = row["err"] or row.get("service_err", "")
    found = row.get("addresses") if clickable else None
    return _row({**row, "err": error, "remote_addr": ", ".join(found) if found else row["remote_addr"]}, columns)


def _row(row: Mapping[str, Any], columns: Iterable[str]) -> _Row:
    return {key: str(row[key]) for key in columns}


def _ordered(kinds: Iterable[str]) -> list[str]:
    return [*(kind for kind in _TYPES if kind in kinds), *sorted(set(kinds) - set(_TYPES))]

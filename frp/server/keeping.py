"""
C{statsFile}: what was carried, who was here, and what operators have ordered, over restarts of the server. It is a file
of SQLite, written once a minute and at the end; what a crash loses is the last minute.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any

import attrs
from twisted.enterprise.adbapi import Transaction
from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from frp.config.database import Database
from frp.interfaces import IReactor, Seen
from frp.logs import Log
from frp.server.orders import Order
from frp.server.shared import Shared
from frp.server.statistics import ProxyRecord
from frp.session.deadline import Later
from frp.session.turns import inTurns

__all__ = ["Keeping"]

#: Seconds between two times of writing.
EVERY = 60

_TABLE = "CREATE TABLE IF NOT EXISTS kept (kind TEXT, name TEXT, data TEXT, PRIMARY KEY (kind, name)) WITHOUT ROWID"

#: Kind, name, and JSON.
_Row = tuple[str, str, str]


class Keeping:
    """The file of one server."""

    def __init__(self, reactor: IReactor, path: str, shared: Shared, log: Log) -> None:
        self._reactor = reactor
        self._path = path
        self._shared = shared
        self._log = log
        self._timer = Later(reactor)
        self._database = Database(reactor, "statsFile", path, "frps", log)
        self._saving: Deferred[None] | None = None

    async def load(self) -> None:
        """
        Remember what is in the file; a database that is damaged is set aside.

        @raise ConfigError: it cannot be used: it is something else, cannot be written, or is another program's.
        """
        await self._remember(await self._database.open(_read))
        self._timer.set(EVERY, self._again)

    async def _remember(self, rows: Iterable[_Row]) -> None:
        statistics, seen = self._shared.statistics, list[Seen]()
        takers: dict[str, Callable[[str, Mapping[str, Any]], object]] = {
            "proxy": statistics.remember,
            "whole": lambda _, data: statistics.remember(None, data),
            "client": lambda _, data: seen.append(Seen(**data)),
        }
        for kind, orders in self._shared.orders.kept().items():
            takers[kind] = partial(_order, orders)
        for kind, name, data in rows:
            try:
                takers[kind](name, json.loads(data))
            except (ValueError, TypeError, KeyError, RecursionError) as error:
                self._log.warn(
                    "statsFile: {kind} {name} is left out: {reason}", kind=kind, name=name, reason=str(error)
                )
        await self._shared.roster.remember(seen)

    def _again(self) -> None:
        self._saving = saving = Deferred.fromCoroutine(self.save())
        saving.addErrback(self._notSaved)
        self._timer.set(EVERY, self._again)

    def _notSaved(self, failure: Failure) -> None:
        self._log.warn("statsFile {path} is not written: {reason}", path=self._path, reason=failure.getErrorMessage())

    async def save(self) -> None:
        """Write what there is now."""
        statistics, rows = self._shared.statistics, list[_Row]()

        def note(record: ProxyRecord) -> None:
            rows.append(("proxy", record.name, json.dumps(statistics.memory(record))))

        await inTurns(self._reactor, note, statistics.records())
        rows.append(("whole", "", json.dumps(statistics.whole.memory())))
        for one in await self._shared.roster.seen():
            if one.clientID:
                rows.append(("client", one.key, json.dumps(attrs.asdict(one))))
        for kind, orders in self._shared.orders.kept().items():
            rows.extend((kind, name, json.dumps(attrs.asdict(one))) for name, one in orders.items())
        await self._database.run(_write, rows)

    async def close(self) -> None:
        """Write for the last time."""
        self._timer.stop()
        if self._saving is not None:
            await self._saving
        try:
            await self.save()
        except Exception:
            self._notSaved(Failure())
        self._database.close()


def _order(orders: dict[str, Order], name: str, data: Mapping[str, Any]) -> None:
    orders[name] = Order(str(data["why"]), float(data["at"]))


def _read(transaction: Transaction) -> list[_Row]:
    transaction.execute(_TABLE)
    transaction.execute("SELECT kind, name, data FROM kept")
    rows: list[_Row] = transaction.fetchall()
    return rows


def _write(transaction: Transaction, rows: list[_Row]) -> None:
    transaction.execute("DELETE FROM kept")
    transaction.executemany("INSERT OR REPLACE INTO kept VALUES (?, ?, ?)", rows)

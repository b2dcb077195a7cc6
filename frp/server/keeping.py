"""
C{statsFile}: what was carried, who was here, what operators have ordered, and whatever else is to be kept, over
restarts of the server. It is a file of SQLite, written once a minute and at the end; what a crash loses is the last
minute.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from functools import partial
from typing import Any

import attrs
from twisted.enterprise.adbapi import Transaction
from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from frp.config.database import Database
from frp.interfaces import IReactor, Seen
from frp.logs import Log
from frp.server.kept import Kept
from frp.server.orders import Order
from frp.server.shared import Shared
from frp.server.whole.whole import Whole
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

    def __init__(
        self, reactor: IReactor, path: str, shared: Shared, whole: Whole, kept: Mapping[str, Kept], log: Log
    ) -> None:
        """@param kept: what is kept besides, by what its entries are called."""
        self._reactor = reactor
        self._path = path
        self._shared = shared
        self._whole = whole
        self._kept = {**kept, "worker": whole.lives}
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

    async def _remember(self, rows: Collection[_Row]) -> None:
        statistics, seen = self._shared.statistics, list[Seen]()
        takers: dict[str, Callable[[str, Mapping[str, Any]], object]] = {
            "proxy": statistics.remember,
            "whole": lambda _, data: statistics.remember(None, data),
            "client": lambda _, data: seen.append(Seen(**data)),
            **{kind: kept.remember for kind, kept in self._kept.items()},
        }
        for kind, orders in self._shared.orders.kept().items():
            takers[kind] = partial(_order, orders)
        for kind in {row[0] for row in rows} - takers.keys():
            self._log.warn("statsFile: what is called {kind} there is left out: nobody here takes it", kind=kind)
        for kind, name, data in rows:
            if kind not in takers:
                continue
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
        rows = list[_Row]()
        await self._whole.renew()
        await inTurns(self._reactor, rows.append, self._rows(await self._whole.seen()))
        await self._database.run(_write, rows)

    def _rows(self, seen: Iterable[Seen]) -> Iterator[_Row]:
        statistics = self._shared.statistics
        for record in statistics.live():
            yield "proxy", record.name, json.dumps(statistics.memory(record))
        yield "whole", "", json.dumps(statistics.whole.memory())
        for one in seen:
            if one.clientID:
                yield "client", one.key, json.dumps(attrs.asdict(one, filter=_kept))
        for kind, orders in self._shared.orders.kept().items():
            for name, order in list(orders.items()):  # operators do not wait until all is written
                yield kind, name, json.dumps(attrs.asdict(order))
        for kind, kept in self._kept.items():
            for name, entry in kept.memory():
                yield kind, name, json.dumps(entry)

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


def _kept(field: attrs.Attribute[object], _: object) -> bool:
    """Which worker it was at means nothing to the next ones."""
    return field.name != "node"


def _order(orders: dict[str, Order], name: str, data: Mapping[str, Any]) -> None:
    orders[name] = Order(str(data["why"]), float(data["at"]))


def _read(transaction: Transaction) -> list[_Row]:
    transaction.execute(_TABLE)
    transaction.execute("SELECT kind, name, data FROM kept ORDER BY kind, name")
    rows: list[_Row] = transaction.fetchall()
    return rows


def _write(transaction: Transaction, rows: list[_Row]) -> None:
    transaction.execute("DELETE FROM kept")
    transaction.executemany("INSERT OR REPLACE INTO kept VALUES (?, ?, ?)", rows)

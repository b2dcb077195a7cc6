"""C{inspect.file}: records that outlive their frpc, in a file of SQLite."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Mapping
from sqlite3 import Error
from typing import Any

import attrs
from twisted.enterprise.adbapi import Transaction
from twisted.internet.defer import Deferred, DeferredLock

from frp.config.database import Database
from frp.errors import FRPError
from frp.http.inspecting.records import KeptBody, Record
from frp.interfaces import IReactor
from frp.logs import Log
from frp.session.deadline import Later

__all__ = ["Shelf"]

#: Seconds from the end of a request until it is written, with those that have ended meanwhile.
SOON = 1

#: Of so many proxies there are records in the file; those of the one whose last request is the oldest go first.
MOST = 100

_TABLES = (
    "CREATE TABLE IF NOT EXISTS requests "
    "(number INTEGER PRIMARY KEY AUTOINCREMENT, proxy TEXT, facts TEXT, body BLOB, responseBody BLOB)",
    "CREATE INDEX IF NOT EXISTS requestsOfProxy ON requests (proxy, number)",
)
_PROXIES = (
    "DELETE FROM requests WHERE proxy NOT IN "
    "(SELECT proxy FROM requests GROUP BY proxy ORDER BY max(number) DESC LIMIT ?)"
)
_LATEST = "SELECT facts, body, responseBody FROM requests WHERE proxy = ? ORDER BY number DESC LIMIT ?"
_INSERT = "INSERT INTO requests (proxy, facts, body, responseBody) VALUES (?, ?, ?, ?)"
_OLDER = (
    "DELETE FROM requests WHERE proxy = ? AND number <= "
    "(SELECT number FROM requests WHERE proxy = ? ORDER BY number DESC LIMIT 1 OFFSET ?)"
)

_BODIES = ("body", "responseBody")


class Shelf:
    """
    One file, for the proxies that name it. Where it cannot be used the log says so, and nothing is kept.

    Records are handed over when they are over, and do not change from then on: a thread reads them.

    @ivar unusable: why nothing is kept; empty where it is.
    """

    def __init__(self, reactor: IReactor, path: str, log: Log) -> None:
        self.unusable = ""
        self._path = path
        self._log = log
        self._later = Later(reactor)
        self._waiting: dict[str, deque[Record]] = {}  # to be written, by proxy
        self._database = Database(reactor, "inspect.file", path, "one frpc", log, private=True)
        self._usable = False
        self._lock = DeferredLock()
        self._lock.run(self._open)

    async def _open(self) -> None:
        try:
            await self._database.open(_begin)
        except FRPError as error:
            self.unusable = error.detail
            self._log.error("{reason}; requests are kept in memory only", reason=error.detail)
        else:
            self._usable = True

    def records(self, proxy: str, most: int) -> Deferred[list[Record]]:
        """@return: the latest of a proxy, the oldest first."""
        found: Deferred[list[Record]] = self._lock.run(self._records, proxy, most)
        return found

    async def _records(self, proxy: str, most: int) -> list[Record]:
        if not self._usable:
            return []
        try:
            found, odd = await self._database.run(_read, proxy, most)
        except Error as error:
            self._log.warn("inspect.file {path} is not read: {reason}", path=self._path, reason=str(error))
            return []
        if odd:
            self._log.warn("inspect.file {path}: {odd} requests are left out", path=self._path, odd=odd)
        return found

    def keep(self, record: Record, most: int) -> None:
        """
        Write a record, soon.

        @param most: so many of its proxy are kept.
        """
        waiting = self._waiting.get(record.proxy)
        if waiting is None or waiting.maxlen != most:
            waiting = self._waiting[record.proxy] = deque(waiting or (), maxlen=most)
        waiting.append(record)
        if not self._later.waiting:
            self._later.set(SOON, self._lock.run, self._write)

    async def _write(self) -> None:
        waiting, self._waiting = self._waiting, {}
        try:
            if waiting and self._usable:
                await self._database.run(_write, waiting)
        except Error as error:
            self._log.warn("inspect.file {path} is not written: {reason}", path=self._path, reason=str(error))

    def clear(self) -> None:
        """Forget all that is kept in the file."""
        self._waiting.clear()
        self._lock.run(self._clear)

    async def _clear(self) -> None:
        try:
            if self._usable:
                await self._database.run(_forget)
        except Error as error:
            self._log.warn("inspect.file {path} is not written: {reason}", path=self._path, reason=str(error))

    async def close(self) -> None:
        """Write what waits."""
        self._later.stop()
        await self._lock.run(self._write)
        self._database.close()


def _begin(transaction: Transaction) -> None:
    for statement in _TABLES:
        transaction.execute(statement)
    transaction.execute(_PROXIES, (MOST,))


def _read(transaction: Transaction, proxy: str, most: int) -> tuple[list[Record], int]:
    """@return: the oldest first; and how many mean nothing."""
    transaction.execute(_LATEST, (proxy, most))
    rows = transaction.fetchall()
    found = [record for record in map(_record, reversed(rows)) if record is not None]
    return found, len(rows) - len(found)


def _write(transaction: Transaction, waiting: Mapping[str, deque[Record]]) -> None:
    for proxy, records in waiting.items():
        transaction.executemany(_INSERT, map(_row, records))
        transaction.execute(_OLDER, (proxy, proxy, records.maxlen))


def _forget(transaction: Transaction) -> None:
    transaction.execute("DELETE FROM requests")


def _row(record: Record) -> tuple[str, str, bytes, bytes]:
    facts = {field.name: getattr(record, field.name) for field in attrs.fields(Record)}
    bodies = [facts.pop(name) for name in _BODIES]
    sizes = {name: [body.size, body.ended] for name, body in zip(_BODIES, bodies, strict=True)}
    return record.proxy, json.dumps(facts | sizes), bytes(bodies[0].kept), bytes(bodies[1].kept)


def _record(row: tuple[str, bytes, bytes]) -> Record | None:
    """@return: None for what no frpc of this version has written."""
    text, *bodies = row
    try:
        facts: dict[str, Any] = json.loads(text)
        for name, kept in zip(_BODIES, bodies, strict=True):
            size, ended = facts[name]
            facts[name] = KeptBody(len(kept), bytearray(kept), int(size), bool(ended))
        for name in ("fields", "responseFields"):
            facts[name] = [(str(field), str(value)) for field, value in facts[name]]
        return Record(**facts)
    except (ValueError, TypeError, KeyError, RecursionError):
        return None

"""A file of SQLite that a key of the configuration names."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from typing import Any, TypeVar

from twisted.enterprise.adbapi import ConnectionPool, Transaction
from twisted.internet.defer import Deferred

from frp.errors import ConfigError, reasonOf
from frp.interfaces import IReactor
from frp.logs import Log

__all__ = ["Database"]

T = TypeVar("T")

#: How every file of SQLite begins.
_MAGIC = b"SQLite format 3\0"


class Database:
    """One file, which is one program's alone. All work on it is done in a thread of its own, piece after piece."""

    def __init__(
        self, reactor: IReactor, key: str, path: str, program: str, log: Log, *, private: bool = False
    ) -> None:
        """
        @param key: of the configuration, for texts.
        @param program: whose file it is, for texts.
        @param private: whether a file that is made is for our user only.
        """
        self._reactor = reactor
        self._key = key
        self._path = path
        self._program = program
        self._log = log
        self._mode = 0o600 if private else 0o666
        self._pool: ConnectionPool | None = None

    async def open(self, begin: Callable[[Transaction], T]) -> T:
        """
        Make the file if it is not there. A database that is damaged is set aside, and a new one made.

        @param begin: makes the tables; what it returns comes back.
        @raise ConfigError: the file cannot be used: it is something else, cannot be written, or is another program's.
        """
        try:
            return await self._begin(begin)
        except (sqlite3.DatabaseError, OSError) as error:
            self.close()
            if not _isDamaged(self._path, error):
                raise self._unusable(error) from error
            self._setAside(error)
        try:
            return await self._begin(begin)
        except (sqlite3.Error, OSError) as again:
            self.close()
            raise self._unusable(again) from again

    async def _begin(self, begin: Callable[[Transaction], T]) -> T:
        os.close(os.open(self._path, os.O_RDWR | os.O_CREAT, self._mode))
        self._pool = ConnectionPool(
            "sqlite3", self._path, check_same_thread=False, cp_min=1, cp_max=1, cp_reactor=self._reactor
        )
        found: T = await self.run(_alone, begin)
        return found

    def run(self, work: Callable[..., T], *args: Any) -> Deferred[T]:
        """
        Do something with the open file.

        @param work: gets a C{Transaction} and the arguments, in the thread.
        """
        assert self._pool is not None, "it was opened before"
        done: Deferred[T] = self._pool.runInteraction(work, *args)
        return done

    def _unusable(self, error: Exception) -> ConfigError:
        why = reasonOf(error) if isinstance(error, OSError) else error
        hint = f"a file of {self._program} alone, in a folder that it may write to; it is made if it is not there"
        return ConfigError(self._key, f"{self._key} {self._path} cannot be used: {why}", hint=hint)

    def _setAside(self, error: Exception) -> None:
        aside = f"{self._path}.damaged-{int(self._reactor.seconds())}"
        os.replace(self._path, aside)
        self._log.error(
            "{key} {path} is damaged, and is now {aside}: {why}",
            key=self._key,
            path=self._path,
            aside=aside,
            why=str(error),
        )

    def close(self) -> None:
        """It may be closed already."""
        pool, self._pool = self._pool, None
        if pool is not None:
            pool.close()


def _alone(transaction: Transaction, begin: Callable[[Transaction], T]) -> T:
    transaction.execute("PRAGMA locking_mode = EXCLUSIVE")  # two programs would write over each other
    return begin(transaction)


def _isDamaged(path: str, error: Exception) -> bool:
    """Whether it was a file of SQLite."""
    if getattr(error, "sqlite_errorname", "") not in ("SQLITE_CORRUPT", "SQLITE_NOTADB"):
        return False
    try:
        with open(path, "rb") as file:
            return file.read(len(_MAGIC)) == _MAGIC
    except OSError:
        return False

"""A file that a hook goes by, and that may change while the server runs."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Generic, TypeVar

from twisted.internet.interfaces import IReactorTime

from frp.config.files import unreadable
from frp.errors import FRPError, Unavailable
from frp.logs import Log

__all__ = ["LOOK", "ReadFile"]

LOOK = 1.0
"""Seconds for which what was read is taken for what the file says."""

T = TypeVar("T")


class ReadFile(Generic[T]):
    """
    What a file says. It is looked at when somebody asks, and read again when it has changed. What cannot be read leaves
    what was read before, and is tried again at every look: it may be half written, or a database that is locked. The
    log says so once.
    """

    def __init__(
        self,
        path: str,
        read: Callable[[str], T],
        clock: IReactorTime,
        log: Log,
        beside: tuple[str, ...] = (),
        *,
        key: str = "path",
    ) -> None:
        """
        @param read: reads the file of that name; raises OSError, ValueError or L{FRPError}.
        @param beside: endings of files that are a part of this one where they exist.
        @param key: names the file, in the table of the hook.
        @raise FRPError: the file cannot be read.
        """
        self._path = path
        self._read = read
        self._clock = clock
        self._log = log
        self._files = (path, *(path + ending for ending in beside))
        self._lookedAt = clock.seconds()
        self._problem = ""
        self._stamp = self._look()
        try:
            self._value = read(path)
        except OSError as error:
            raise unreadable(error, path, key) from error
        except ValueError as error:
            raise Unavailable(f"{path} cannot be read", f"{path} cannot be read: {_why(error)}") from error

    def _look(self) -> list[tuple[int, ...]]:
        stamps: list[tuple[int, ...]] = []
        for path in self._files:
            try:
                found = os.stat(path)
            except OSError:
                stamps.append(())
            else:
                stamps.append((found.st_ino, found.st_size, found.st_mtime_ns))
        return stamps

    def get(self) -> T:
        """@return: what the file says."""
        now = self._clock.seconds()
        if not 0 <= now - self._lookedAt < LOOK:
            self._lookedAt = now
            stamp = self._look()
            if stamp != self._stamp:
                self._again(stamp)
        return self._value

    def _again(self, stamp: list[tuple[int, ...]]) -> None:
        try:
            self._value = self._read(self._path)
        except (OSError, ValueError, FRPError) as error:
            problem = _why(error)
            if problem != self._problem:
                self._log.warn(
                    "{path} cannot be read, what it said before still holds: {reason}", path=self._path, reason=problem
                )
            self._problem = problem
        else:
            self._stamp, self._problem = stamp, ""
            self._log.info("{path} has changed and was read again", path=self._path)


def _why(error: Exception) -> str:
    if isinstance(error, FRPError):
        return error.detail
    return error.strerror or str(error) if isinstance(error, OSError) else str(error)

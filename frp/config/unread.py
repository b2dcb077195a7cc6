"""Files that a configuration names and that cannot be used: all of them, where one is in the way."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TypeVar

from twisted.python.failure import Failure

from frp.config.files import readFile, waits
from frp.errors import ConfigError, ConfigErrors, FRPError

__all__ = ["ANYWHERE", "besides", "besidesOf", "unread", "unreadOf"]

C = TypeVar("C")

#: Tables stand where they are found.
ANYWHERE: Mapping[int, str] = {}


def unread(config: object, places: Mapping[int, str] = ANYWHERE) -> list[ConfigError]:
    """
    @param places: where tables stand, by identity, if not where they are found.
    @return: what is wrong with files without which kinds cannot be had whose tables stand in a configuration.
    """
    from frp.config.describe import readFiles  # a start that goes well does without

    found = []
    for path, file in readFiles(config, places):
        try:
            if not waits(file):
                readFile(file, path, 1)
        except ConfigError as error:
            found.append(error)
    return found


def unreadOf(tables: Iterable[object], places: Mapping[int, str]) -> list[ConfigError]:
    """@return: the same of several tables."""
    return [error for one in tables for error in unread(one, places)]


def besides(error: FRPError, opens: Callable[[C], Iterable[ConfigError]], config: C) -> FRPError:
    """
    @param error: what keeps a configuration from being used.
    @param opens: opens its files, and says what is wrong with them.
    @return: the same error. Where it is about a file, it is one of all files that cannot be used.
    """
    if not isinstance(error, ConfigError):
        return error
    others = [one for one in opens(config) if (one.path, one.hint) != (error.path, error.hint)]
    return _Unusable([error, *others]) if others else error


class _Unusable(ConfigErrors):
    """Files that cannot be used. The brief text is of the first alone, at which the reference stops."""

    def __init__(self, problems: Iterable[ConfigError]) -> None:
        super().__init__(problems)
        self.brief = self.problems[0].brief

    @property
    def more(self) -> str:
        first, *others = self.problems
        return "\n".join(filter(None, [first.more, *(one.detail for one in others)]))


def besidesOf(failure: Failure, opens: Callable[[C], Iterable[ConfigError]], config: C) -> Failure:
    """The same of a failure."""
    error = failure.value
    told = besides(error, opens, config) if isinstance(error, FRPError) else error
    return failure if told is error else Failure(told)

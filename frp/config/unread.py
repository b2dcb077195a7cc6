"""Files that a configuration names and that cannot be used: all of them, where one is in the way."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

from twisted.python.failure import Failure

from frp.config.files import readFile, waits
from frp.errors import ConfigError, FRPError

__all__ = ["besides", "besidesOf", "unread"]

C = TypeVar("C")


def unread(config: object) -> list[ConfigError]:
    """@return: what is wrong with files without which kinds cannot be had whose tables stand in a configuration."""
    from frp.config.describe import readFiles  # a start that goes well does without

    found = []
    for path, file in readFiles(config):
        try:
            if not waits(file):
                readFile(file, path, 1)
        except ConfigError as error:
            found.append(error)
    return found


def besides(error: FRPError, opens: Callable[[C], Iterable[ConfigError]], config: C) -> FRPError:
    """
    @param error: what keeps a configuration from being used.
    @param opens: opens its files, and says what is wrong with them.
    @return: the same error. Where it is about a file, it has a line for each other file that cannot be used as well.
    """
    if not isinstance(error, ConfigError):
        return error
    others = [one for one in opens(config) if (one.path, one.hint) != (error.path, error.hint)]
    first = f"{error.brief}: {error.more}" if error.more else error.detail
    return FRPError(error.brief, "\n".join([first, *(one.detail for one in others)])) if others else error


def besidesOf(failure: Failure, opens: Callable[[C], Iterable[ConfigError]], config: C) -> Failure:
    """The same of a failure."""
    error = failure.value
    told = besides(error, opens, config) if isinstance(error, FRPError) else error
    return failure if told is error else Failure(told)

"""Files that a configuration names and that cannot be used: all of them, where one is in the way."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, TypeVar

from twisted.python.failure import Failure

from frp.config.files import readFile, waits
from frp.errors import ConfigError, ConfigErrors, FRPError

if TYPE_CHECKING:
    from frp.config.client import ClientConfig
    from frp.config.proxy import ProxyConfig
    from frp.config.visitor import VisitorConfig

__all__ = ["besides", "besidesOf", "unread", "unreadOf"]

C = TypeVar("C")


def unread(config: object, place: str = "") -> list[ConfigError]:
    """
    @param place: of a table that is not the whole configuration, with a dot behind it.
    @return: what is wrong with files without which kinds cannot be had whose tables stand in a configuration.
    """
    from frp.config.describe import readFiles  # a start that goes well does without

    found = []
    for path, file in readFiles(config, place):
        try:
            if not waits(file):
                readFile(file, path, 1)
        except ConfigError as error:
            found.append(error)
    return found


def unreadOf(config: ClientConfig, entries: Iterable[ProxyConfig | VisitorConfig]) -> list[ConfigError]:
    """
    @param entries: some of the proxies and visitors of the configuration.
    @return: the same, of these alone.
    """
    wanted = set(map(id, entries))
    lists: dict[str, Sequence[ProxyConfig | VisitorConfig]]
    lists = {"proxies": config.proxies, "visitors": config.visitors}
    found = []
    for name, listed in lists.items():
        for number, entry in enumerate(listed):
            found += unread(entry, f"{name}[{number}].") if id(entry) in wanted else []
    return found


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

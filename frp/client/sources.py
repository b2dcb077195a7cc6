"""Where the proxies and visitors of a client come from: the configuration file, and what else there is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TypeVar

from frp.config.proxy import ProxyConfig
from frp.config.visitor import VisitorConfig
from frp.values import frozen

__all__ = ["Source", "Sources", "Wanted"]

C = TypeVar("C", ProxyConfig, VisitorConfig)


@frozen
class Wanted:
    """Proxies and visitors, no name twice among either."""

    proxies: tuple[ProxyConfig, ...] = ()
    visitors: tuple[VisitorConfig, ...] = ()


class Source:
    """
    One source.

    @ivar wanted: what it holds now.
    """

    def __init__(self, wanted: Wanted, changed: Callable[[], object]) -> None:
        self.wanted = wanted
        self._changed = changed

    def change(self, proxies: Iterable[ProxyConfig], visitors: Iterable[VisitorConfig] | None = None) -> None:
        """
        It holds something else now, and the client does what follows from that.

        @param visitors: None leaves them as they are.
        """
        kept = self.wanted.visitors if visitors is None else tuple(visitors)
        self.wanted = Wanted(tuple(proxies), kept)
        self._changed()


class Sources:
    """
    All sources of one client, in their order. An entry of a later source takes the place of one of the same name of an
    earlier source, as those of the reference's store do with those of its file.

    @ivar watchers: each is called when a source has changed, the client itself first.
    """

    def __init__(self, changed: Callable[[], object]) -> None:
        """@param changed: called when a source has changed."""
        self.watchers = [changed]
        self._sources: list[Source] = []

    def add(self, proxies: Iterable[ProxyConfig] = (), visitors: Iterable[VisitorConfig] = ()) -> Source:
        """@return: one more source, the last in the order. Nothing is told of what it holds at first."""
        source = Source(Wanted(tuple(proxies), tuple(visitors)), self._tell)
        self._sources.append(source)
        return source

    def _tell(self) -> None:
        for watcher in self.watchers:
            watcher()

    @property
    def wanted(self) -> Wanted:
        """All that they hold."""
        return self.wantedWith({})

    def wantedWith(self, instead: Mapping[Source, Wanted]) -> Wanted:
        """
        @param instead: what some of them would hold.
        @return: what the client would run then.
        """
        held = [instead.get(source, source.wanted) for source in self._sources]
        return Wanted(_merged(one.proxies for one in held), _merged(one.visitors for one in held))


def _merged(lists: Iterable[tuple[C, ...]]) -> tuple[C, ...]:
    found: dict[str, C] = {}
    for entries in lists:
        found.update((entry.name, entry) for entry in entries)
    return tuple(found.values())

"""What a new list of proxies, or of visitors, means for those that run."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Generic, TypeVar

from frp.config.proxy import ProxyConfig
from frp.config.visitor import VisitorConfig
from frp.values import frozen

__all__ = ["Change", "change"]

N = TypeVar("N", ProxyConfig, VisitorConfig)


@frozen
class Change(Generic[N]):
    """
    The steps from one list of entries to another. Stop first, then start: a changed entry is in both.

    @ivar start: the new entries that are not running so, in their order.
    @ivar stop: the old entries that do not go on, in their order.
    """

    start: tuple[N, ...]
    stop: tuple[N, ...]

    @property
    def names(self) -> dict[str, list[str]]:
        """The names of those that are C{"added"}, C{"changed"} and C{"removed"}, each in their order."""
        old, new = (dict.fromkeys(entry.name for entry in entries) for entries in (self.stop, self.start))
        return {
            "added": [name for name in new if name not in old],
            "changed": [name for name in new if name in old],
            "removed": [name for name in old if name not in new],
        }


def change(old: Iterable[N], new: Iterable[N]) -> Change[N]:
    """Compare two lists of proxies, or of visitors, by name and by all that they hold. Order does not matter."""
    before = {entry.name: entry for entry in old}
    after = {entry.name: entry for entry in new}
    same = {name for name, entry in before.items() if after.get(name) == entry}
    start, stop = ([e for name, e in entries.items() if name not in same] for entries in (after, before))
    return Change(tuple(start), tuple(stop))

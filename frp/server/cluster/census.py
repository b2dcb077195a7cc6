"""How much each node has, as the directory tells it."""

from __future__ import annotations

from collections import Counter

from zope.interface import implementer

from frp.interfaces import Entry, IWatcher

__all__ = ["Census"]


@implementer(IWatcher)
class Census:
    """Counts the entries of one kind, by node."""

    def __init__(self) -> None:
        self._seen: set[tuple[tuple[str, ...], str, str]] = set()
        self._counts: Counter[str] = Counter()

    def held(self, entry: Entry) -> None:
        # What is held already says something else of itself.
        before = len(self._seen)
        self._seen.add((entry.key, entry.node, entry.owner))
        self._counts[entry.node] += len(self._seen) - before

    def gone(self, entry: Entry) -> None:
        self._seen.discard((entry.key, entry.node, entry.owner))
        self._counts[entry.node] -= 1
        if not self._counts[entry.node]:
            del self._counts[entry.node]

    def of(self, node: str) -> int:
        """@param node: as the directory calls it."""
        return self._counts[node]

"""What a new configuration means for what is running."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Generic, Protocol, TypeVar

import attrs

__all__ = ["Change", "change"]


class _Named(Protocol):
    @property
    def name(self) -> str: ...


N = TypeVar("N", bound=_Named)


@attrs.frozen
class Change(Generic[N]):
    """
    The steps from one list of entries to another. Stop first, then start: a changed entry is in both.

    @ivar start: the new entries that are not running so, in their order.
    @ivar stop: the old entries that do not go on, in their order.
    """

    start: tuple[N, ...]
    stop: tuple[N, ...]


def change(old: Iterable[N], new: Iterable[N]) -> Change[N]:
    """Compare two lists of proxies, or of visitors, by name and by all that they hold. Order does not matter."""
    running, wanted = list(old), list(new)
    before = {entry.name: entry for entry in running}
    after = {entry.name: entry for entry in wanted}
    same = {name for name, entry in before.items() if name in after and _equal(entry, after[name])}
    return Change(
        tuple(entry for entry in wanted if entry.name not in same),
        tuple(entry for entry in running if entry.name not in same),
    )


def _equal(old: object, new: object) -> bool:
    return type(old) is type(new) and old == new

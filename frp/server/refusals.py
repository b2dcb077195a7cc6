"""What clients have asked for in vain, for people who look: proxies, and to be let in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterator
from typing import Generic, TypeVar

import attrs
from twisted.internet.interfaces import IReactorTime

from frp.errors import Holder
from frp.values import frozen

__all__ = ["MOST", "Refusal", "Refusals", "WantedProxy", "cut"]

#: So many are remembered where nobody says otherwise.
MOST = 100

#: Characters of a text of theirs that are kept.
_LONGEST = 1000

T = TypeVar("T")


def cut(text: str) -> str:
    """@return: as much of a text of a client's as is kept."""
    return text[:_LONGEST]


@frozen
class WantedProxy:
    """A proxy that a client has asked for."""

    name: str = attrs.field(converter=cut)
    type: str = attrs.field(converter=cut)


@frozen
class Refusal(Generic[T]):
    """
    What somebody has asked for in vain.

    @ivar why: as our log has it.
    @ivar since: when it was refused first, in seconds since 1970; so is C{at}, the last time.
    @ivar times: how often it was refused, for clients ask again.
    @ivar cause: why, in one word: that of the L{FRPError<frp.errors.FRPError>}.
    @ivar holder: who has what it wants, where that is why.
    """

    what: T
    why: str
    since: float
    at: float
    times: int
    cause: str = ""
    holder: Holder | None = None


class Refusals(Generic[T]):
    """Those that are still wanted: the one that was refused last comes last, and the oldest makes room."""

    def __init__(
        self,
        clock: IReactorTime,
        same: Callable[[T], Hashable],
        whose: Callable[[T], Hashable] = lambda what: None,
        most: int = MOST,
    ) -> None:
        """
        @param clock: whose C{seconds()} are those since 1970.
        @param same: what tells one from another.
        @param whose: where there are too many, it is one of whoever has most that makes room.
        """
        self._clock = clock
        self._same = same
        self._whose = whose
        self._most = most
        self._refused: dict[Hashable, Refusal[T]] = {}

    def __len__(self) -> int:
        return len(self._refused)

    def __iter__(self) -> Iterator[Refusal[T]]:
        return iter(self._refused.values())

    def note(self, what: T, why: str, cause: str = "", holder: Holder | None = None) -> None:
        """It was refused once more."""
        same, now = self._same(what), self._clock.seconds()
        before = self._refused.pop(same, None)
        since, times = (now, 1) if before is None else (before.since, before.times + 1)
        self._refused[same] = Refusal(what, cut(why), since, now, times, cause, holder)
        if len(self._refused) > self._most:
            self._makeRoom()

    def _makeRoom(self) -> None:
        [(crowd, _)] = Counter(self._whose(one.what) for one in self).most_common(1)
        del self._refused[next(same for same, one in self._refused.items() if self._whose(one.what) == crowd)]

    def forget(self, what: T) -> None:
        """It is had, or not wanted any more."""
        self._refused.pop(self._same(what), None)

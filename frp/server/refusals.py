"""Which proxies a client was refused, for people who look."""

from __future__ import annotations

from collections.abc import Iterator

import attrs
from twisted.internet.interfaces import IReactorTime

__all__ = ["MOST", "Refusal", "Refusals"]

#: So many are remembered of one client.
MOST = 100

#: Characters of a text of theirs that are kept.
_LONGEST = 1000


@attrs.frozen
class Refusal:
    """
    A proxy that a client has asked for in vain.

    @ivar why: as our log has it.
    @ivar since: when it was refused first, in seconds since 1970; so is C{at}, the last time.
    @ivar times: how often it was refused, for clients ask again.
    """

    name: str
    type: str
    why: str
    since: float
    at: float
    times: int


class Refusals:
    """Those of one client that it still wants: the one that was refused last comes last, and the oldest makes room."""

    def __init__(self, clock: IReactorTime) -> None:
        """@param clock: whose C{seconds()} are those since 1970."""
        self._clock = clock
        self._refused: dict[str, Refusal] = {}

    def __len__(self) -> int:
        return len(self._refused)

    def __iter__(self) -> Iterator[Refusal]:
        return iter(self._refused.values())

    def note(self, name: str, kind: str, why: str) -> None:
        """It was refused once more."""
        name, now = name[:_LONGEST], self._clock.seconds()
        before = self._refused.pop(name, None)
        since, times = (now, 1) if before is None else (before.since, before.times + 1)
        self._refused[name] = Refusal(name, kind[:_LONGEST], why[:_LONGEST], since, now, times)
        if len(self._refused) > MOST:
            del self._refused[next(iter(self._refused))]

    def forget(self, name: str) -> None:
        """It is open, or not wanted any more."""
        self._refused.pop(name[:_LONGEST], None)

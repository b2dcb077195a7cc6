"""What one worker has, and does for another one that asks."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import reduce

import attrs
from twisted.internet.interfaces import IReactorTime

from frp.hooks.guard import Counters
from frp.interfaces import Seen
from frp.interfaces.operations import Caller
from frp.server.control import Control
from frp.server.meters import Figures
from frp.server.moderation import Moderation
from frp.server.refusals import Refusal, WantedProxy
from frp.server.shared import Shared
from frp.server.statistics import ProxyRecord
from frp.server.whole.changes import Changes, News
from frp.session.turns import inTurns
from frp.values import frozen

__all__ = ["Here", "Own", "Sums", "summed"]


@frozen(kw_only=True)
class Sums:
    """
    What there is in all.

    @ivar clients: how many are online.
    @ivar figures: what all proxies have carried.
    @ivar types: how many proxies of each type are there now; types that were there once stay, with 0.
    @ivar refused: how often clients were refused a proxy, by cause.
    """

    clients: int
    figures: Figures
    types: Counter[str]
    refused: Counter[str]

    @classmethod
    def past(cls, figures: Figures) -> Sums:
        """@return: those of what is over."""
        return cls(clients=0, figures=figures, types=Counter(), refused=Counter())

    @property
    def ended(self) -> Sums:
        """What is left of them when nobody is there any more."""
        types = Counter(dict.fromkeys(self.types, 0))
        return attrs.evolve(self, clients=0, figures=attrs.evolve(self.figures, current=0), types=types)

    def at(self, day: int) -> Sums:
        """@return: the same, as they look on a day that is no earlier."""
        return attrs.evolve(self, figures=self.figures.at(day))

    def plus(self, other: Sums) -> Sums:
        return Sums(
            clients=self.clients + other.clients,
            figures=self.figures.plus(other.figures),
            types=_added(self.types, other.types),
            refused=_added(self.refused, other.refused),
        )


def summed(shares: Iterable[Sums]) -> Sums:
    """@return: the sum of one or more."""
    return reduce(Sums.plus, shares)


def _added(one: Counter[str], other: Counter[str]) -> Counter[str]:
    """@return: the sum. C{+} would leave out what is 0."""
    found = Counter(one)
    found.update(other)
    return found


@frozen
class Here:
    """
    A client that is online.

    @ivar named: whether it has a client id, by which it would be known again.
    """

    named: bool
    metas: Mapping[str, str]


class Own:
    """
    One worker, or a frps that is one process.

    @ivar life: what it is called as long as it lives; no other is, nor was it in another life.
    @ivar moderation: keeps to what operators order.
    @ivar questions: what others may ask, by name.
    """

    def __init__(
        self,
        shared: Shared,
        moderation: Moderation,
        clock: IReactorTime,
        online: Callable[[], Iterable[Control]],
        counters: Callable[[], list[tuple[str, Counters]]],
    ) -> None:
        """
        @param online: the clients that are here.
        @param counters: what the hooks have done.
        """
        self.life = os.urandom(8).hex()
        self.statistics = shared.statistics
        self.roster = shared.roster
        self._clock = clock
        self.moderation = moderation
        self._online = online
        self.counters = counters
        self._changes = Changes(self.statistics)
        self.questions: Mapping[str, Callable[..., object]] = {
            "sums": self.sums,
            "records": self._records,
            "record": self._record,
            "drop": self.statistics.drop,
            "seen": self.seen,
            "find": self.roster.find,
            "refusals": self._eachRefusal,
            "here": self.here,
            "counters": counters,
            "order": moderation.take,
        }

    async def sums(self) -> Sums:
        statistics = self.statistics
        return Sums(
            clients=await self.roster.online(),
            figures=statistics.whole.figures,
            types=Counter(statistics.types),
            refused=Counter(statistics.refused),
        )

    def told(self) -> list[ProxyRecord]:
        """@return: all of its proxies, as they are now."""
        return [one.told() for one in self.statistics.live()]

    def _records(self, known: Mapping[str, int]) -> Iterator[News | ProxyRecord]:
        """@param known: the version that whoever asks has of each life."""
        return self._changes.since(known.get(self.life, 0))

    def _record(self, name: str) -> ProxyRecord | None:
        return next((one.told() for one in self.statistics.live(name)), None)

    async def seen(self) -> Iterator[Seen]:
        return iter(await self.roster.seen())

    def _eachRefusal(self) -> Iterator[tuple[Caller, Refusal[WantedProxy]]]:
        for control in self._online():
            yield from [(control.caller, one) for one in control.published.refused]

    async def refusals(self) -> list[tuple[Caller, Refusal[WantedProxy]]]:
        """@return: what clients that are here want and have not. They are looked at in turns."""
        found: list[tuple[Caller, Refusal[WantedProxy]]] = []
        await inTurns(self._clock, found.append, self._eachRefusal())
        return found

    def here(self, key: str) -> Here | None:
        """@return: the client of this key, where it is online here."""
        control = self.moderation.find(key)
        return None if control is None else Here(bool(control.login.client_id), control.caller.metas)

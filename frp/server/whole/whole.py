"""
What there is in all: one frps that is several workers is asked here as if it were one. Where it is one process, it is
this process that answers, with nothing in between.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from twisted.internet.interfaces import IReactorTime

from frp.hooks.chain import Hooks
from frp.hooks.guard import Counters
from frp.interfaces import Seen
from frp.interfaces.operations import Caller, Operation
from frp.logs import Log
from frp.server.cluster.worker import nameOf
from frp.server.control import Control
from frp.server.moderation import Moderation
from frp.server.orders import Order
from frp.server.refusals import Refusal, WantedProxy
from frp.server.shared import Shared
from frp.server.statistics import ProxyRecord
from frp.server.whole.asking import Answering, Asking, Heard
from frp.server.whole.lives import Left, Lives
from frp.server.whole.merging import RecordSum, SeenSum
from frp.server.whole.own import Here, Own, Sums, summed
from frp.session.turns import inTurns

__all__ = ["Whole"]

#: Where the orders stand in the directory, and seconds for which they do: as long as the parent lives.
_ORDERS = ("orders",)
_LONG = 10.0 * 365 * 86400


class Whole:
    """
    All workers, seen from one.

    @ivar asking: the way to the others.
    @ivar lives: what they have carried.
    @ivar moderation: keeps to what operators order, at this worker.
    @ivar elsewhere: who is told of what has happened at other workers.
    """

    def __init__(self, own: Own, shared: Shared, clock: IReactorTime, log: Log) -> None:
        self.moderation = own.moderation
        self.elsewhere = Hooks((), clock, log)
        self.asking = Asking(shared.fellows, clock, log)
        self.lives = Lives(clock, own.statistics, own.roster)
        self._own = own
        self._orders = shared.orders
        self._directory = shared.directory
        self._fellows = shared.fellows
        self._clock = clock
        self.answer = Answering(clock, own.life, own.questions, log).answer

    @classmethod
    def of(
        cls,
        shared: Shared,
        name: str,
        clock: IReactorTime,
        online: Callable[[], list[Control]],
        counters: Callable[[], list[tuple[str, Counters]]],
        log: Log,
    ) -> Whole:
        """
        @param name: of this worker, if it is one of several.
        @param online: who is here; @param counters: what the hooks have done.
        """
        if shared.fellows.numbers:
            shared.statistics.node = name
        moderation = Moderation(clock, shared.orders, online)
        return cls(Own(shared, moderation, clock, online, counters), shared, clock, log)

    @property
    def alone(self) -> bool:
        """Whether this frps is one process."""
        return not self._fellows.numbers

    async def _others(self, name: str, *arguments: object, urgent: bool = False) -> list[Heard]:
        """@return: what all others say. Of those that say nothing there is no value."""
        heard = list[Heard]()
        for one in [] if self.alone else await self.asking.all(name, *arguments, urgent=urgent):
            if one.gone:
                self.lives.gone(one.number)
            late = one.life and self.lives.heard(one.number, one.life) is None
            heard.append(Heard(one.number) if late else one)
        if all(one.life or one.gone for one in heard):
            self.lives.settle()
        return heard

    async def _values(self, name: str, *arguments: object) -> list[tuple[str, Any]]:
        """@return: what each of the others that has answered says, by what it is called."""
        return [(nameOf(one.number), one.value) for one in await self._others(name, *arguments) if one.life]

    # What was carried

    async def shares(self) -> dict[str, Sums]:
        """@return: the sums of each worker, this one first."""
        heard = await self._others("sums")
        found = {self._own.statistics.node: await self._own.sums()}
        for one in heard:
            life = self.lives.of(one.number)
            if life is not None and one.life:
                life.sums = one.value
            if life is not None and life.sums is not None:
                found[nameOf(one.number)] = life.sums.at(self._own.statistics.day)
        return found

    async def sums(self) -> Sums:
        """@return: those of all workers together."""
        return summed((await self.shares()).values())

    async def records(self, *, mirrored: bool = False) -> list[ProxyRecord]:
        """
        @param mirrored: also of those whose clients are at other nodes, on machines of their own: what users who have
            come here carry is counted here. They have no C{startedAt}.
        @return: of all proxies, by name.
        """
        own = self._own.statistics
        if self.alone:
            return sorted(own.live(), key=lambda one: one.name) if mirrored else own.records()
        await self._hearRecords()
        # Of one moment: what is another's now may be this one's in the next turn.
        return await self._summed([list(own.live()), *(list(life.records.values()) for life in self.lives.all())])

    async def renew(self) -> None:
        """Hear all that the others have carried, to be kept."""
        if not self.alone:
            await self.shares()
            await self._hearRecords()

    async def _hearRecords(self) -> None:
        known = {life.id: life.version for life in self.lives.all()}
        for one in await self._others("records", known):
            life = self.lives.of(one.number)
            if life is not None and one.life:
                life.hear(one.value)

    async def _summed(self, parts: Iterable[Iterable[ProxyRecord]]) -> list[ProxyRecord]:
        sum, found = RecordSum(self._own.statistics.day), list[ProxyRecord]()
        for part in parts:
            await inTurns(self._clock, sum.add, part)
        await inTurns(self._clock, found.append, sum.all())
        return found

    async def find(self, name: str, *, mirrored: bool = False) -> ProxyRecord | None:
        """@param name: of a proxy, with the user's prefix. @param mirrored: as for L{records}."""
        own = self._own.statistics
        if self.alone:
            return next(own.live(name), None) if mirrored else own.find(name)
        heard, sum = await self._others("record", name), RecordSum(own.day)
        for record in own.live(name):
            sum.add(record)
        for one in heard:
            life = self.lives.of(one.number)
            found = one.value if one.life or life is None else life.records.get(name)
            if found is not None:
                sum.add(found)
        return next(iter(sum.all()), None)

    async def forget(self) -> tuple[int, int]:
        """
        Forget the proxies that are away.

        @return: how many were forgotten, and how many there were.
        """
        records = await self.records()
        names = [one.name for one in records if not one.online]
        self.lives.drop(names)
        self._own.statistics.drop(names)
        await self._others("drop", names, urgent=True)
        return len(names), len(records)

    # Clients

    async def seen(self) -> list[Seen]:
        """@return: who is, and was, here."""
        if self.alone:
            return await self._own.roster.seen()
        parts = list[tuple[str, list[Seen]]]()
        for one in await self._others("seen"):
            life = self.lives.of(one.number)
            if life is not None and one.life:
                life.seen = one.value
            if life is not None:
                parts.append((nameOf(one.number), life.seen))
        return (await self._seen(await self._own.roster.seen(), parts)).all()

    async def seenOf(self, key: str) -> Seen | None:
        """@return: the client of this key."""
        heard, own = await self._others("find", key), await self._own.roster.find(key)
        if self.alone:
            return own
        parts = [(nameOf(one.number), self._seenAt(one, key)) for one in heard]
        return (await self._seen([] if own is None else [own], parts)).find(key)

    def _seenAt(self, heard: Heard, key: str) -> list[Seen]:
        """@return: the client of this key, as a worker says or has said."""
        life = self.lives.of(heard.number)
        if heard.life or life is None:
            return [] if heard.value is None else [heard.value]
        return [one for one in life.seen if one.key == key]

    async def _seen(self, own: Iterable[Seen], others: Iterable[tuple[str, Iterable[Seen]]]) -> SeenSum:
        sum = SeenSum()
        for node, part in [(self._own.statistics.node, own), *others]:
            await inTurns(self._clock, partial(sum.add, node), part)
        return sum

    async def here(self, key: str) -> Here | None:
        """@return: the client of this key, where it is online."""
        found = [self._own.here(key), *(one for _, one in await self._values("here", key))]
        return next((one for one in found if one is not None), None)

    async def refusals(self) -> list[tuple[Caller, Refusal[WantedProxy]]]:
        """@return: what clients that are here want and have not."""
        found = await self._own.refusals()
        for _, others in await self._values("refusals"):
            found += others
        return found

    async def counters(self) -> list[tuple[str, Counters]]:
        """@return: what the hooks of each have done. A name may come more than once."""
        found = list(self._own.counters())
        for _, others in await self._values("counters"):
            found += others
        return found

    # Orders

    async def order(self, what: str, name: str, order: Order | None) -> None:
        """
        As L{Moderation.take<frp.server.moderation.Moderation.take>}, at all workers, also at those that are started
        later.
        """
        self.moderation.take(what, name, order)
        if not self.alone:
            # First, for whoever starts meanwhile reads it there, or is asked behind that.
            await self._directory.keep(_ORDERS, self._orders.told(), _LONG)
            await self._others("order", what, name, order, urgent=True)

    # What happens

    def tell(self, operation: Operation[object]) -> None:
        """Let the first worker know of something that has happened at this one."""
        self._fellows.tell(pickle.dumps(operation))

    def hear(self, number: int, what: bytes) -> None:
        """@param what: what a worker of this number L{tell}s, or leaves when it ends."""
        told: Operation[object] | Left = pickle.loads(what)
        if isinstance(told, Left):
            self.lives.left(number, told)
        else:
            self.elsewhere.tell(told.name, told.message, told.caller, told.id)

    # Life

    async def begin(self) -> None:
        """Keep to what was ordered before this worker was started. What stands in its file may be older."""
        if self.alone:
            self.lives.settle()
            return
        kept = await self._directory.kept(_ORDERS)
        if kept is not None:
            self._orders.become(kept)
        else:
            await self._directory.keep(_ORDERS, self._orders.told(), _LONG)

    async def end(self) -> None:
        """Nobody is here any more. What was carried is left to the first worker, which waits for all that end."""
        if not self.alone:
            own = self._own
            records, seen = own.told(), await own.roster.seen()
            self._fellows.tell(pickle.dumps(Left(own.life, await own.sums(), records, seen)))
            await self._fellows.settled()

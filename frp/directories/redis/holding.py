"""What this node holds, which it goes on holding whatever becomes of the store."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import chain

import attrs
from twisted.internet.defer import Deferred, succeed
from twisted.internet.interfaces import IReactorTime

from frp.directories.redis.presence import Presence
from frp.directories.redis.questions import Questions
from frp.directories.redis.scripts import CLAIM, RELEASE, THINGS
from frp.directories.redis.words import Change, Thing, entryOf, inPieces
from frp.interfaces import Entry, Key
from frp.logs import Log
from frp.values import define

__all__ = ["Holdings"]

#: How many things are said, or read, at once.
MANY = 200


@define(eq=False)
class _Holding:
    """
    @ivar lost: tells its owner that it is another's.
    @ivar number: that of the entry in the store; 0 while nobody knows.
    """

    entry: Entry
    said: str
    lost: Callable[[Entry], object]
    number: int = 0


@define(eq=False)
class _Asking:
    """
    Somebody asks for a thing, and what becomes of it may be heard before the answer is.

    @ivar questions: how many are not answered.
    @ivar taken: by whom entries were taken over meanwhile, by their numbers.
    """

    questions: int = 0
    taken: dict[int, Entry] = attrs.field(factory=dict)


class Holdings:
    """All of them, in the order in which they were claimed."""

    def __init__(self, questions: Questions, clock: IReactorTime, log: Log) -> None:
        self._questions, self._clock, self._log = questions, clock, log
        self._held: dict[Thing, _Holding] = {}
        self._asking: dict[Thing, _Asking] = {}

    def __len__(self) -> int:
        return len(self._held)

    # Claims

    def claim(self, entry: Entry, lost: Callable[[Entry], object]) -> Deferred[Entry | None]:
        """@see: L{IDirectory.claim<frp.interfaces.IDirectory.claim>}."""
        thing = Thing.of(entry.key, entry.owner)
        return self._claim(thing, _Holding(entry, thing.said(entry), lost))

    def _claim(self, thing: Thing, holding: _Holding) -> Deferred[Entry | None]:
        def answered(answer: object) -> Entry | None:
            assert isinstance(answer, list)
            return self._answered(thing, holding, answer[0])

        self._begin(thing)
        words = thing.kind, thing.key, holding.said
        return self._questions.ask(CLAIM, *words, late=lambda answer: self._late(thing, answer)).addCallback(answered)

    def _begin(self, thing: Thing) -> None:
        self._asking.setdefault(thing, _Asking()).questions += 1

    def _end(self, thing: Thing) -> bool:
        """@return: whether nothing is asked about it any more; then what was heard meanwhile counts."""
        asking = self._asking[thing]
        asking.questions -= 1
        if asking.questions:
            return False
        del self._asking[thing]
        holding = self._held.get(thing)
        if holding is not None and holding.number in asking.taken:
            del self._held[thing]
            # Not before its owner knows that it has had it.
            self._clock.callLater(0, self._tell, holding, asking.taken[holding.number])
        return True

    def _answered(self, thing: Thing, holding: _Holding, answer: object) -> Entry | None:
        """@return: what is in the way."""
        try:
            if not isinstance(answer, int):
                return entryOf(thing.key, str(answer))[1]
            before, taken = self._held.get(thing), self._asking[thing].taken
            if before is not None and before.number != answer and before.number in taken:
                del self._held[thing]
                self._tell(before, taken[before.number])
            holding.number = answer
            self._held[thing] = holding
            return None
        finally:
            self._end(thing)

    def _late(self, thing: Thing, answer: object) -> None:
        """Nobody waited for this answer: see to it that the store says what this node believes."""
        if not self._end(thing) or not isinstance(answer, list) or not isinstance(answer[0], int):
            return
        held = self._held.get(thing)
        put = self._release(thing) if held is None else self._claim(thing, held)
        put.addErrback(lambda _: None)

    # Giving back

    def release(self, key: Key, owner: str, *, away: bool) -> Deferred[None]:
        """
        @see: L{IDirectory.release<frp.interfaces.IDirectory.release>}.
        @param away: the store is. The next stay begins with L{sayAgain}, which gives back what is held no more: nobody
            has to wait for that.
        """
        thing = Thing.of(key, owner)
        held = self._held.pop(thing, None) is not None
        return self._release(thing) if thing in self._asking or (held and not away) else succeed(None)

    def _release(self, thing: Thing) -> Deferred[None]:
        def answered(_: object) -> None:
            # What was claimed before is held by now; what was claimed after this is not answered yet.
            self._held.pop(thing, None)

        asked = self._questions.ask(RELEASE, thing.kind, thing.key, thing.owner, late=answered)
        return asked.addCallback(answered)

    # Coming back

    async def sayAgain(self, presence: Presence) -> list[tuple[Entry, Entry]]:
        """
        Have the store say what this node believes, at the beginning of a stay.

        @return: what was lost meanwhile, and to what; their owners know.
        """
        lost: list[tuple[Entry, Entry]] = []
        for some in inPieces(list(self._held.items()), MANY):
            for thing, _ in some:
                self._begin(thing)
            words = chain.from_iterable((thing.kind, thing.key, holding.said) for thing, holding in some)
            try:
                answers = await presence.run(CLAIM, *words)
                assert isinstance(answers, list)
                for (thing, holding), answer in zip(some, answers, strict=True):
                    other = self._saidAgain(thing, holding, answer)
                    lost += [] if other is None else [(holding.entry, other)]
            finally:
                for thing, _ in some:
                    self._end(thing)
        await self._dropOthers(presence)
        return lost

    def _saidAgain(self, thing: Thing, holding: _Holding, answer: object) -> Entry | None:
        """@return: who has it."""
        if self._held.get(thing) is not holding:
            return None  # it was given back, which will be said
        if isinstance(answer, int):
            holding.number = answer
            return None
        other = entryOf(thing.key, str(answer))[1]
        del self._held[thing]
        self._tell(holding, other)
        return other

    async def _dropOthers(self, presence: Presence) -> None:
        """Give back what the store has of this node and nobody here knows of: its answer was not heard."""
        cursor = "0"
        while True:
            found = await presence.run(THINGS, cursor, MANY)
            assert isinstance(found, list)
            cursor, lines = found
            things = [Thing(*line.split("\t")) for line in lines.split("\n") if line]
            others = [(each.kind, each.key, each.owner) for each in things if each not in self._held]
            if others:
                await presence.run(RELEASE, *chain.from_iterable(others))
            if cursor == "0":
                return

    # Being told

    def changed(self, presence: Presence, changes: Sequence[Change]) -> None:
        """Others have come, and perhaps taken over."""
        for change in changes:
            if change.what == ">":
                number, node, owner = change.record.split("\t")
                if node == presence.node:
                    self._taken(Thing(change.kind, change.key, owner), int(number), _successor(change, changes))

    def _taken(self, thing: Thing, number: int, other: Entry) -> None:
        asking, holding = self._asking.get(thing), self._held.get(thing)
        if asking is not None:
            asking.taken[number] = other
        elif holding is not None and holding.number == number:
            del self._held[thing]
            self._tell(holding, other)

    def _tell(self, holding: _Holding, other: Entry) -> None:
        try:
            holding.lost(other)
        except Exception:
            self._log.failure("the owner of {key} could not be told that it is lost", key=holding.entry.key)

    def pause(self) -> None:
        """The stay has ended: numbers mean nothing any more."""
        for asking in self._asking.values():
            asking.taken.clear()


def _successor(change: Change, changes: Iterable[Change]) -> Entry:
    """@return: what stands in the place of what was taken over."""
    for other in changes:
        if other.what == "+" and (other.kind, other.key) == (change.kind, change.key):
            return entryOf(other.key, other.record)[1]
    raise AssertionError("whoever takes over is told in the same step")

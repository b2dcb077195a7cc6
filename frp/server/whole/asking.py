"""
Asking all other workers the same. Nobody waits long for one that does not answer: it is left out, and asked nothing
more until it has.

What they say to each other is pickled, as their configuration is: all are one program of one user, and the way between
them is nobody else's.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from typing import Any

from twisted.internet.defer import CancelledError, Deferred, DeferredList, succeed
from twisted.internet.error import TimeoutError
from twisted.internet.interfaces import IReactorTime
from twisted.python.failure import Failure

from frp.errors import FRPError
from frp.kinds.awaiting import asked
from frp.logs import Log
from frp.server.whole.fellows import Fellows
from frp.session.turns import inTurns
from frp.values import frozen

__all__ = ["PATIENCE", "Answering", "Asking", "Heard"]

#: Seconds for which an answer is waited for.
PATIENCE = 2.0

#: Entries of a list that are one piece: between two, others have their turn.
_AT_ONCE = 16


@frozen
class Heard:
    """
    What came of a question to one worker.

    @ivar life: what the worker calls itself as long as it lives; empty where no answer came.
    @ivar gone: whether the worker is not there.
    """

    number: int
    life: str = ""
    value: Any = None
    gone: bool = False


class Answering:
    """The side that is asked."""

    def __init__(
        self, clock: IReactorTime, life: str, questions: Mapping[str, Callable[..., object]], log: Log
    ) -> None:
        """@param questions: what answers each, at once or later. Iterators are gone through in turns."""
        self._clock = clock
        self._life = life
        self._questions = questions
        self._log = log

    async def answer(self, question: bytes) -> bytes:
        """@param question: as L{Asking} asks it."""
        name, arguments = pickle.loads(question)
        try:
            return await self._answer(name, arguments)
        except Exception:
            self._log.failure("another worker has asked for {name}", name=name)
            return pickle.dumps(("", None, None))

    async def _answer(self, name: str, arguments: Iterable[object]) -> bytes:
        found = await asked(self._questions[name], *arguments)
        pieces: list[bytes] | None = None
        if isinstance(found, Iterator):
            pieces = []
            await inTurns(self._clock, lambda some: _add(pieces, some), _some(found))
            found = None
        return pickle.dumps((self._life, found, pieces))


def _some(things: Iterator[object]) -> Iterator[list[object]]:
    while some := list(islice(things, _AT_ONCE)):
        yield some


def _add(pieces: list[bytes], some: Iterable[object]) -> None:
    pieces.append(pickle.dumps(some))


class Asking:
    """
    The side that asks.

    @ivar silent: the numbers of those that have not answered in time, and not yet since.
    """

    def __init__(self, fellows: Fellows, clock: IReactorTime, log: Log) -> None:
        self.silent: set[int] = set()
        self._fellows = fellows
        self._clock = clock
        self._log = log

    async def all(self, name: str, *arguments: object, urgent: bool = False) -> list[Heard]:
        """
        @param urgent: whether those that are L{silent} are asked as well, which need not be waited for.
        @return: what came of it, in the order of their numbers.
        """
        question = pickle.dumps((name, arguments))
        asking = [self._one(number, question, urgent) for number in sorted(self._fellows.numbers)]
        found = list[Heard]()
        for _, heard in await DeferredList(asking):
            assert isinstance(heard, Heard)
            found.append(heard)
        return found

    def _one(self, number: int, question: bytes, urgent: bool) -> Deferred[Heard]:
        late = number in self.silent
        if late and not urgent:
            return succeed(Heard(number))
        coming = self._fellows.ask(number, question)
        opened = coming.addCallback(self._opened, number).addErrback(self._failed, number)
        if late:
            return succeed(Heard(number))
        return self._bounded(opened, number)

    def _bounded(self, opened: Deferred[Heard], number: int) -> Deferred[Heard]:
        """What comes too late is not cancelled: it tells that the worker lives."""
        waiting: Deferred[Heard] = Deferred()

        def late() -> None:
            self.silent.add(number)
            self._log.warn(
                "worker {number} has not answered within {seconds:g} s: what is shown is without it, or as it was",
                number=number,
                seconds=PATIENCE,
            )
            waiting.callback(Heard(number))

        timer = self._clock.callLater(PATIENCE, late)

        def came(heard: Heard) -> None:
            if timer.active():
                timer.cancel()
                waiting.callback(heard)

        opened.addCallback(came)
        return waiting

    def _opened(self, answer: bytes, number: int) -> Deferred[Heard]:
        if number in self.silent:
            self.silent.discard(number)
            self._log.info("worker {number} answers again", number=number)
        return Deferred.fromCoroutine(self._read(number, answer))

    async def _read(self, number: int, answer: bytes) -> Heard:
        life, value, pieces = pickle.loads(answer)
        if pieces is not None:
            value = []
            await inTurns(self._clock, lambda piece: value.extend(pickle.loads(piece)), pieces)
        return Heard(number, life, value)

    def _failed(self, failure: Failure, number: int) -> Heard:
        self.silent.discard(number)
        if not failure.check(FRPError, CancelledError, TimeoutError):
            self._log.failure("worker {number} was asked something", failure, number=number)
        return Heard(number, gone=True)

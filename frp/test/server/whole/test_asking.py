"""Asking other workers, and not waiting for those that do not answer."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from frp.errors import Unavailable
from frp.server.whole.asking import PATIENCE, Answering, Asking, Heard
from frp.server.whole.fellows import Alone
from frp.testing.recording import Lines


class AskingTests(SynchronousTestCase):
    """One that asks, and two others."""

    def setUp(self) -> None:
        self.clock = Clock()
        self.lines = Lines()
        self.numbers: Collection[int] = (2, 3)
        self.asking = Asking(self, self.clock, self.lines.log)
        self.asked: list[tuple[int, bytes, Deferred[bytes]]] = []
        questions: dict[str, Callable[..., object]] = {
            "double": lambda number: 2 * number,
            "many": lambda: iter(range(100)),
            "broken": lambda: 1 // 0,
            "late": self.late,
        }
        self.answering = Answering(self.clock, "life", questions, self.lines.log)

    async def late(self) -> Iterator[int]:
        """An answer that is awaited."""
        return iter([1])

    def ask(self, number: int, question: bytes) -> Deferred[bytes]:
        """They are asked."""
        answer: Deferred[bytes] = Deferred()
        self.asked.append((number, question, answer))
        return answer

    def tell(self, what: bytes) -> None:
        """Nobody does."""

    def settled(self) -> Deferred[None]:
        """Nobody waits."""
        return Deferred()

    def begin(self, name: str, *arguments: object, urgent: bool = False) -> Deferred[list[Heard]]:
        """Ask both."""
        return Deferred.fromCoroutine(self.asking.all(name, *arguments, urgent=urgent))

    def answer(self, place: int) -> None:
        """One of those that were asked answers."""
        _, question, answer = self.asked[place]
        Deferred.fromCoroutine(self.answering.answer(question)).chainDeferred(answer)
        while self.clock.getDelayedCalls() and self.clock.getDelayedCalls()[0].getTime() <= self.clock.seconds():
            self.clock.advance(0)

    def values(self, asking: Deferred[list[Heard]]) -> list[Any]:
        """@return: what was heard."""
        return [one.value for one in self.successResultOf(asking)]

    def test_answered(self) -> None:
        """What they say comes back by their numbers, long lists as well; nothing of it waits on."""
        for name, arguments, value in (("double", (4,), 8), ("many", (), list(range(100))), ("late", (), [1])):
            self.asked.clear()
            asking = self.begin(name, *arguments)
            self.answer(1)
            self.answer(0)
            self.assertEqual(self.successResultOf(asking), [Heard(2, "life", value), Heard(3, "life", value)])
        self.assertEqual(self.clock.getDelayedCalls(), [])

    def test_silent(self) -> None:
        """One that does not answer is waited for once, is asked only what is urgent, and comes back by an answer."""
        asking = self.begin("double", 4)
        self.answer(0)
        self.clock.advance(PATIENCE - 0.1)
        self.assertNoResult(asking)
        self.clock.advance(0.1)
        self.assertEqual(self.values(asking), [8, None])
        self.assertEqual(self.asking.silent, {3})
        for urgent, count in ((False, 1), (True, 2)):
            self.asked.clear()
            asking = self.begin("double", 1, urgent=urgent)
            self.answer(0)
            self.assertEqual(self.values(asking), [2, None])
            self.assertEqual(len(self.asked), count)
        self.answer(1)
        self.assertEqual(self.asking.silent, set())
        said = [line for line in self.lines.texts if "worker 3" in line]
        self.assertEqual(len(said), 2)
        self.assertEqual(said[1], "worker 3 answers again")

    def test_gone(self) -> None:
        """One that is not there is not waited for, be it that it goes while it is."""
        asking = self.begin("double", 4)
        self.answer(0)
        self.asked[1][2].errback(Unavailable("it is gone"))
        self.assertEqual(self.successResultOf(asking)[1], Heard(3, gone=True))
        late = self.begin("double", 4)
        self.clock.advance(PATIENCE)
        self.assertEqual(self.values(late), [None, None])
        self.asked[3][2].errback(Unavailable("it is gone"))
        self.assertEqual(self.asking.silent, {2})

    def test_bug(self) -> None:
        """Whoever cannot answer says nothing, and its log says why."""
        asking = self.begin("broken")
        self.answer(0)
        self.answer(1)
        self.assertEqual(self.successResultOf(asking), [Heard(2), Heard(3)])
        self.assertEqual([failure.type for failure in self.lines.failures], [ZeroDivisionError] * 2)

    def test_alone(self) -> None:
        """Where there is none nobody is asked."""
        alone = Alone()
        self.failureResultOf(alone.ask(2, b""), Unavailable)
        alone.tell(b"")
        self.successResultOf(alone.settled())
        asking = Asking(alone, self.clock, self.lines.log)
        self.assertEqual(self.successResultOf(Deferred.fromCoroutine(asking.all("double", 1))), [])

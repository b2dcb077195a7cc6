"""What a node asks: in order, whatever becomes of connections, and each for a while only."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from twisted.internet.defer import Deferred, fail
from twisted.internet.interfaces import IReactorTime
from twisted.python.failure import Failure

from frp.directories.redis.presence import Away, Presence
from frp.directories.redis.scripts import Script
from frp.errors import Unavailable
from frp.values import define

__all__ = ["Questions"]


@define(eq=False)
class _Question:
    """
    @ivar late: is told the answer if nobody waits for it any more; None where there is none.
    @ivar abandoned: nobody waits.
    """

    script: Script
    arguments: tuple[object, ...]
    late: Callable[[object], object]
    answer: Deferred[object]
    sent: bool = False
    abandoned: bool = False


class Questions:
    """
    Those that are not answered. While there is a presence they are with it; when it has ended, all are asked again in
    the next one.

    @ivar why: what is in the way while there is none.
    """

    def __init__(self, clock: IReactorTime, patience: float, where: str) -> None:
        """@param where: what errors call the store."""
        self.why = "nobody has opened it"
        self._clock, self._patience, self._where = clock, patience, where
        self._presence: Presence | None = None
        self._open: deque[_Question] = deque()
        self._closed = False

    def ask(
        self, script: Script, *arguments: object, late: Callable[[object], object] = lambda answer: None
    ) -> Deferred[object]:
        """
        @param late: is called once where this fails: with the answer, if it comes later, or with None, if it does not.
        @return: fails with L{Unavailable<frp.errors.Unavailable>} where nobody answers in time.
        """
        if self._closed:
            late(None)
            return fail(self._unavailable())
        question = _Question(script, arguments, late, Deferred(lambda _: self._abandon(question)))
        self._open.append(question)
        question.answer.addTimeout(self._patience, self._clock, self._late)
        self._send(question)
        return question.answer

    def resume(self, presence: Presence) -> None:
        """Ask all of them here."""
        self._presence = presence
        for question in list(self._open):
            self._send(question)

    def pause(self, why: str) -> None:
        """Nobody answers for a while."""
        self.why, self._presence = why, None
        given, self._open = (
            [one for one in self._open if one.abandoned],
            deque(one for one in self._open if not one.abandoned),
        )
        for question in self._open:
            question.sent = False
        for question in given:
            question.late(None)

    def close(self) -> None:
        """There will be no more answers."""
        self._closed = True
        self.pause("this node has left it")
        questions, self._open = self._open, deque()
        for question in questions:
            question.late(None)
            question.answer.errback(self._unavailable())

    def _send(self, question: _Question) -> None:
        presence = self._presence
        if presence is None or question.sent:
            return
        question.sent = True
        asked = presence.run(question.script, *question.arguments)
        asked.addCallbacks(self._answered, self._failed, callbackArgs=(question,), errbackArgs=(question,))

    def _answered(self, answer: object, question: _Question) -> None:
        if self._closed:
            return  # whoever asked has been told
        assert self._open.popleft() is question, "answers come in the order of the questions"
        if question.abandoned:
            question.late(answer)
        else:
            question.answer.callback(answer)

    def _failed(self, failure: Failure, question: _Question) -> None:
        if self._closed or failure.check(Away):
            return  # whoever asked has been told, or it is asked again
        assert self._open.popleft() is question, "answers come in the order of the questions"
        question.late(None)
        if not question.abandoned:
            question.answer.errback(failure)

    def _abandon(self, question: _Question) -> None:
        question.abandoned = True
        if not question.sent:
            self._open.remove(question)
            question.late(None)

    def _late(self, _: object, patience: float) -> Failure:
        return Failure(self._unavailable(patience))

    def _unavailable(self, waited: float = 0) -> Unavailable:
        why = self.why if self._presence is None else f"it has not answered for {waited:g} seconds"
        return Unavailable("the directory cannot be reached", f"the directory {self._where} cannot be reached: {why}")

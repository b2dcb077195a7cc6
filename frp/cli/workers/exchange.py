"""
What workers ask and tell each other goes through their parent, which has a connection with each and knows who is there.
It does not look at what it passes on.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from twisted.internet.defer import Deferred, succeed
from twisted.protocols import amp
from twisted.python.failure import Failure

from frp.cli.workers.commands import Ask, Happened, Settle
from frp.errors import Unavailable

__all__ = ["FIRST", "Exchange", "Exchanging", "ThroughParent"]

#: The worker that has the web server, and what else there is only once.
FIRST = 1


class Exchange:
    """
    The parent's part.

    @ivar ending: whether all workers are to end.
    """

    def __init__(self) -> None:
        self.ending = False
        self._lines: dict[int, amp.AMP] = {}
        self._settling: list[tuple[int, Deferred[Mapping[str, object]]]] = []

    def enter(self, number: int, line: Exchanging) -> None:
        """A worker has been started, be it in place of one that is gone."""
        line.exchange, line.number = self, number
        self._lines[number] = line

    def leave(self, number: int, line: Exchanging) -> None:
        """Its connection has ended."""
        if self._lines.get(number) is line:
            del self._lines[number]
        waiting, self._settling = self._settling, []
        for by, settled in waiting:
            self._settle(by, settled)

    def ask(self, by: int, number: int, question: bytes) -> Deferred[Mapping[str, object]]:
        """@param by: who asks. @param number: who is asked."""
        line = self._lines.get(number)
        if line is None or line.transport is None:
            return succeed(_NOBODY)
        asking: Deferred[Mapping[str, object]] = line.callRemote(Ask, number=by, question=question)
        return asking.addErrback(lambda _: _NOBODY)

    def happened(self, by: int, what: bytes) -> None:
        line = self._lines.get(FIRST)
        if by != FIRST and line is not None and line.transport is not None:
            line.callRemote(Happened, number=by, what=what)

    def settle(self, by: int) -> Deferred[Mapping[str, object]]:
        """@return: fires when no other worker is left, if all are to end."""
        settled: Deferred[Mapping[str, object]] = Deferred()
        self._settle(by, settled)
        return settled

    def _settle(self, by: int, settled: Deferred[Mapping[str, object]]) -> None:
        if self.ending and self._lines.keys() - {by}:
            self._settling.append((by, settled))
        else:
            settled.callback({})


_NOBODY: Mapping[str, object] = {"there": False, "answer": b""}


class Exchanging(amp.AMP):
    """The parent's end of the connection with a worker, as far as it is about other workers."""

    exchange: Exchange
    number: int

    @Ask.responder
    def _ask(self, number: int, question: bytes) -> Deferred[Mapping[str, object]]:
        return self.exchange.ask(self.number, number, question)

    @Happened.responder
    def _happened(self, number: int, what: bytes) -> Mapping[str, object]:
        self.exchange.happened(self.number, what)
        return {}

    @Settle.responder
    def _settle(self) -> Deferred[Mapping[str, object]]:
        return self.exchange.settle(self.number)

    def connectionLost(self, reason: Failure | None = None) -> None:
        super().connectionLost(reason)
        self.exchange.leave(self.number, self)


class ThroughParent:
    """The other workers, as one reaches them: L{Fellows<frp.server.whole.fellows.Fellows>}."""

    def __init__(self, line: amp.AMP, number: int, count: int) -> None:
        """
        @param line: to the parent.
        @param number: which worker this is, from 1.
        """
        self.numbers: Collection[int] = [one for one in range(1, count + 1) if one != number]
        self._line = line
        self._number = number

    def ask(self, number: int, question: bytes) -> Deferred[bytes]:
        asking: Deferred[Any] = self._line.callRemote(Ask, number=number, question=question)
        return asking.addCallbacks(_answered, _gone)

    def tell(self, what: bytes) -> None:
        if self._number != FIRST:
            self._line.callRemote(Happened, number=self._number, what=what)

    def settled(self) -> Deferred[None]:
        if self._number != FIRST:
            return succeed(None)
        settling: Deferred[Any] = self._line.callRemote(Settle)
        return settling.addBoth(lambda _: None)


def _answered(answer: Mapping[str, Any]) -> bytes:
    if not answer["there"]:
        raise Unavailable("that worker is not there")
    given: bytes = answer["answer"]
    return given


def _gone(failure: Failure) -> bytes:
    raise Unavailable("the parent of this worker is gone", f"the parent of this worker is gone: {failure.value}")

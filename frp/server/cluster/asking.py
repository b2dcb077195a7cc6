"""The stream of a question to another node, at the side that asks."""

from __future__ import annotations

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IProtocol
from twisted.internet.protocol import Protocol
from twisted.python.failure import Failure

from frp.errors import NoWorkStream, RemoteWireError
from frp.session.half import Outlet
from frp.session.stream import MuxedStream
from frp.wire.nodes import LONGEST_WORDS, PieceReader

__all__ = ["Asking", "Saying"]

_DROPPED = "the other node did not answer: the link to it is lost, or it has dropped the question"


class Saying(Protocol):
    """Asks, and has nothing to do with the stream any more."""

    transport: Asking

    def __init__(self, said: bytes) -> None:
        """@param said: the question, and what is behind it."""
        self._said = said

    def connectionMade(self) -> None:
        self.transport.write(self._said)


class Asking(MuxedStream):
    """
    It may be used at once, as if the answer were a yes: what is written goes right behind the question. What comes
    first is the answer, which its protocol does not see. A stream that got none, or a no, ends with L{NoWorkStream}.

    It is paused until somebody resumes it.

    @ivar answered: fires with this after a yes; fails with L{NoWorkStream}. Cancel it to give up.
    """

    __slots__ = ("_answer", "_answerSize", "answered")

    def __init__(self, session: Outlet, id: int, protocol: IProtocol, ahead: bytes, limit: int) -> None:
        super().__init__(session, id, protocol, ahead, limit)
        self.answered: Deferred[Asking] = Deferred(lambda _: self.abortConnection())
        self._answer: PieceReader | None = PieceReader("an answer", LONGEST_WORDS)
        self._answerSize = 0
        self._paused = True

    def bodyReceived(self, piece: bytes) -> None:
        reader = self._answer
        if reader is None:
            super().bodyReceived(piece)
            return
        self._answerSize += len(piece)
        try:
            words = reader.receive(piece)
        except RemoteWireError as error:
            self.fail(error.detail)
            return
        if words:
            self.fail(words.decode("utf-8", "replace"))
        elif words is not None:
            self._answer = None
            self._answerSize -= len(reader.rest)
            self.answered.callback(self)
            if reader.rest:
                super().bodyReceived(reader.rest)

    def finReceived(self) -> None:
        if self._answer is None:
            super().finReceived()
        else:
            self.fail(_DROPPED)

    def fail(self, why: str) -> None:
        """It is over: whatever the answer would be, nobody waits for it."""
        self._abort(Failure(NoWorkStream(why)))

    def sessionLost(self, reason: Failure) -> None:
        super().sessionLost(reason if self._answer is None else Failure(NoWorkStream(_DROPPED)))

    def _lost(self, reason: Failure) -> None:
        answer, self._answer = self._answer, None
        super()._lost(reason)
        if answer is not None:
            self.answered.errback(reason if reason.check(NoWorkStream) else NoWorkStream("it was given up"))

    @property
    def bytesReceived(self) -> int:
        """How many bytes the peer has sent behind its answer."""
        return super().bytesReceived - self._answerSize

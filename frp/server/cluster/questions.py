"""What one node asks of another: each question is a stream, which is what was asked for if the answer is yes."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from twisted.internet.defer import Deferred
from twisted.internet.protocol import Protocol
from twisted.python.failure import Failure

from frp.errors import NoWorkStream, RemoteWireError
from frp.interfaces import IStream
from frp.wire.nodes import LONGEST_ASK, LONGEST_WORDS, YES, PieceReader, encodeRefusal, readAsk

__all__ = ["Asked", "Asking", "Hearing"]


class Asking(Protocol):
    """
    The side that asks.

    @ivar answered: fires with the stream, paused, after a yes; fails with L{NoWorkStream}. Cancel it to give up.
    """

    transport: IStream

    def __init__(self, ask: bytes) -> None:
        """@param ask: as L{encodeAsk<frp.wire.nodes.encodeAsk>} writes it, and what is behind it."""
        self.answered: Deferred[IStream] = Deferred(lambda _: self._drop())
        self._ask = ask
        self._reader = PieceReader("an answer", LONGEST_WORDS)

    def connectionMade(self) -> None:
        if self.answered.called:
            self.transport.abortConnection()
        else:
            self.transport.write(self._ask)

    def dataReceived(self, data: bytes) -> None:
        if self.answered.called:
            return  # what nobody has taken, and the stream has ended
        try:
            words = self._reader.receive(data)
        except RemoteWireError as error:
            self.fail(error.detail)
            return
        if words == b"":
            stream = self.transport
            stream.pauseProducing()
            stream.unread(self._reader.rest)
            self.answered.callback(stream)
        elif words:
            self._fail(words.decode("utf-8", "replace"))
            self.transport.loseConnection()

    def connectionLost(self, reason: Failure | None = None) -> None:
        self._fail("the other node did not answer: the link to it is lost, or it has dropped the question")

    def fail(self, why: str) -> None:
        """Whatever the answer would be, nobody waits for it."""
        self._fail(why)
        self._drop()

    def _fail(self, why: str) -> None:
        if not self.answered.called:
            self.answered.errback(NoWorkStream(why))

    def _drop(self) -> None:
        if self.transport is not None:
            self.transport.abortConnection()


class Asked:
    """
    A question of another node. It is answered once: with L{accept} or with L{refuse}.

    @ivar ask: what it wants.
    @ivar stream: the question's, paused. What is behind the question is still to come.
    @ivar node: who asks.
    """

    __slots__ = ("ask", "node", "stream")

    def __init__(self, ask: Mapping[str, object], stream: IStream, node: str) -> None:
        self.ask = ask
        self.stream = stream
        self.node = node

    def accept(self) -> IStream:
        """@return: the stream, paused; what is written goes to who has asked."""
        self.stream.write(YES)
        return self.stream

    def refuse(self, why: str) -> None:
        """@param why: who has asked tells its user, or its log."""
        self.stream.write(encodeRefusal(why))
        self.stream.loseConnection()


class Hearing(Protocol):
    """The side that is asked."""

    transport: IStream

    def __init__(self, node: str, asked: Callable[[Asked], object]) -> None:
        """@param node: who asks."""
        self._node = node
        self._asked = asked
        self._reader: PieceReader | None = PieceReader("an ask", LONGEST_ASK)

    def dataReceived(self, data: bytes) -> None:
        reader = self._reader
        if reader is None:
            return  # what nobody has taken, and the stream has ended
        stream = self.transport
        try:
            body = reader.receive(data)
            if body is None:
                return
            asked = Asked(readAsk(body), stream, self._node)
        except RemoteWireError as error:
            self._reader = None
            Asked({}, stream, self._node).refuse(error.brief)
            return
        self._reader = None
        stream.pauseProducing()
        stream.unread(reader.rest)
        self._asked(asked)

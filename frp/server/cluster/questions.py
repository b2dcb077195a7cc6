"""
What one node asks of another: each question is a stream, which is what was asked for if the answer is yes. Here is the
side that answers; the other one is L{Asking<frp.server.cluster.asking.Asking>}.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from twisted.internet.protocol import Protocol

from frp.errors import RemoteWireError
from frp.interfaces import IStream
from frp.wire.nodes import LONGEST_ASK, YES, PieceReader, encodeRefusal, readAsk

__all__ = ["Asked", "Hearing"]


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

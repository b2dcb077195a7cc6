"""Workers of one frps that are beside each other in a test."""

from __future__ import annotations

from collections.abc import Collection

from twisted.internet.defer import Deferred, fail, succeed

from frp.errors import Unavailable
from frp.server.service import FRPServer

__all__ = ["Beside", "Room"]


class Room:
    """
    Where they are.

    @ivar servers: those that are there, by number.
    @ivar hung: the numbers of those that do not answer just now.
    """

    def __init__(self, count: int = 2) -> None:
        self.servers: dict[int, FRPServer] = {}
        self.hung: set[int] = set()
        self._count = count
        self._asked: list[tuple[int, bytes, Deferred[bytes]]] = []

    def fellows(self, number: int) -> Beside:
        """@return: the others, for one of them."""
        return Beside(self, number, [one for one in range(1, self._count + 1) if one != number])

    def ask(self, number: int, question: bytes) -> Deferred[bytes]:
        """As L{Fellows.ask<frp.server.whole.fellows.Fellows.ask>}."""
        if number not in self.servers:
            return fail(Unavailable("it is not there"))
        if number in self.hung:
            answer: Deferred[bytes] = Deferred()
            self._asked.append((number, question, answer))
            return answer
        return Deferred.fromCoroutine(self.servers[number].whole.answer(question))

    def goOn(self) -> None:
        """Those that hung answer what they were asked."""
        self.hung.clear()
        asked, self._asked = self._asked, []
        for number, question, answer in asked:
            self.ask(number, question).chainDeferred(answer)


class Beside:
    """The others, as one of them reaches them."""

    def __init__(self, room: Room, number: int, numbers: Collection[int]) -> None:
        self.numbers = numbers
        self._room = room
        self._number = number

    def ask(self, number: int, question: bytes) -> Deferred[bytes]:
        """They answer as processes do: by bytes."""
        return self._room.ask(number, question)

    def tell(self, what: bytes) -> None:
        """The first one hears it."""
        if self._number != 1 and 1 in self._room.servers:
            self._room.servers[1].whole.hear(self._number, what)

    def settled(self) -> Deferred[None]:
        """Nobody waits for others in a test."""
        return succeed(None)

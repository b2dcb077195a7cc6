"""Resets of TCP connections whose peer has ended its direction: reactors do not look at what they do not read."""

from __future__ import annotations

import select
from typing import Any
from weakref import WeakKeyDictionary

from twisted.internet import tcp
from twisted.internet.error import ConnectionLost
from twisted.internet.interfaces import IReadDescriptor
from twisted.python.failure import Failure
from zope.interface import implementer

__all__ = ["Watch", "watch"]


@implementer(IReadDescriptor)
class Watch:
    """Asks the system for errors alone, which no poller of Twisted does, and is itself asked by any of them."""

    def __init__(self) -> None:
        self._watched: dict[int, tcp.Connection] = {}
        self._poll: Any = select.epoll()

    def add(self, connection: tcp.Connection) -> None:
        if not self._watched:
            connection.reactor.addReader(self)
        self._watched[connection.fileno()] = connection
        self._poll.register(connection.fileno(), 0)

    def remove(self, connection: tcp.Connection) -> None:
        """It is about to be closed; the system asks for it no more then."""
        del self._watched[connection.fileno()]
        if not self._watched:
            connection.reactor.removeReader(self)

    def fileno(self) -> int:
        return int(self._poll.fileno())

    def logPrefix(self) -> str:
        return "resets"

    def doRead(self) -> None:
        for number, event in self._poll.poll(0):
            connection = self._watched.get(number)
            if connection is not None and event & select.EPOLLERR:
                connection.connectionLost(Failure(ConnectionLost()))
            elif connection is not None:
                # Ended both ways, which is no error and would be told for ever.
                self._poll.unregister(number)

    def connectionLost(self, reason: Failure) -> None:
        """The reactor lets go of all that it reads."""


_watches: WeakKeyDictionary[Any, Watch] = WeakKeyDictionary()


def watch(connection: tcp.Connection) -> Watch | None:
    """
    The peer sends no more: should it reset the connection, that is its end.

    @return: who is to be told before it is closed; None on systems without epoll, which do without.
    """
    if not hasattr(select, "epoll"):
        return None
    found = _watches.get(connection.reactor)
    if found is None:
        found = _watches[connection.reactor] = Watch()
    found.add(connection)
    return found

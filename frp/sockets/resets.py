"""Resets of TCP connections whose peer has ended its direction: reactors do not look at what they do not read."""

from __future__ import annotations

import select
from typing import Any
from weakref import WeakKeyDictionary

from twisted.internet import tcp
from twisted.internet.error import ConnectionLost
from twisted.internet.interfaces import IReactorFDSet, IReadDescriptor
from twisted.python.failure import Failure
from zope.interface import implementer

__all__ = ["unwatch", "watch"]


@implementer(IReadDescriptor)
class _Watch:
    """Asks the system for errors alone, which no poller of Twisted does, and is itself asked by any of them."""

    def __init__(self, reactor: IReactorFDSet) -> None:
        self.watched: dict[int, tcp.Connection] = {}
        self._reactor = reactor
        self.poll: Any = select.epoll()
        reactor.addReader(self)

    def fileno(self) -> int:
        return int(self.poll.fileno())

    def logPrefix(self) -> str:
        return "resets"

    def doRead(self) -> None:
        for number, event in self.poll.poll(0):
            connection = self.watched.get(number)
            if connection is not None and event & select.EPOLLERR:
                connection.connectionLost(Failure(ConnectionLost()))
            elif connection is not None:
                # Ended both ways, which is no error and would be told for ever.
                self.poll.unregister(number)

    def connectionLost(self, reason: Failure) -> None:
        """The reactor lets go of all that it reads."""

    def close(self) -> None:
        self._reactor.removeReader(self)
        self.poll.close()


_watches: WeakKeyDictionary[Any, _Watch] = WeakKeyDictionary()


def watch(connection: tcp.Connection) -> None:
    """The peer sends no more: should it reset the connection, that is its end. Systems without epoll do without."""
    if hasattr(select, "epoll"):
        reactor, number = connection.reactor, connection.fileno()
        found = _watches.get(reactor)
        if found is None:
            found = _watches[reactor] = _Watch(reactor)
        found.watched[number] = connection
        found.poll.register(number, 0)


def unwatch(connection: tcp.Connection) -> None:
    """The connection is about to be closed, whether it was watched or not."""
    found = _watches.get(connection.reactor)
    if found is not None and found.watched.pop(connection.fileno(), None) is not None and not found.watched:
        del _watches[connection.reactor]
        found.close()

"""
Connections that one process has accepted and another serves. The descriptor of one goes from process to process
together with what was read of it (C{SCM_RIGHTS}); no byte of the connection itself is in the way.
"""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import Any

from twisted.internet.interfaces import IProtocol, IReactorFDSet, IReadDescriptor
from twisted.internet.protocol import Protocol
from twisted.python.failure import Failure
from zope.interface import implementer

from frp.interfaces import IPassable, IStream
from frp.logs import Log
from frp.sockets.anywhere import seen
from frp.sockets.eager import EagerServer

__all__ = ["LONGEST", "Accepted", "Passage", "adopt"]

_log = Log("frp.sockets.passing")

#: Bytes that go with a connection, at most: one read of a socket, and who it is for.
LONGEST = 0x18000

# How many connections are taken in one pass, as of those that are accepted.
_TAKEN = 16

#: What receives on a connection that is gone.
_NOBODY = Protocol()


@implementer(IPassable)
class Accepted(EagerServer):
    """A connection that this process has accepted itself."""

    def depart(self, give: Callable[[socket.socket], bool]) -> bool:
        untouched = not (self.closed or self._queues or self._unread or self._watch)
        if not untouched or not give(self.socket):
            return False
        self.unregisterProducer()
        self.pauseProducing()
        self.protocol = _NOBODY
        self.disconnected = True
        self.connected = False
        self.socket.close()  # and not shut down: it is the other process's now
        return True


def adopt(connection: socket.socket, protocol: IProtocol, reactor: IReactorFDSet) -> IStream:
    """
    @param connection: one that another process has accepted; it is the stream's from here.
    @param protocol: gets it.
    @return: what the other process had, but that it cannot be passed on again.
    @raise OSError: it is gone already.
    """
    connection.setblocking(False)
    peer = seen(connection.getpeername())
    server: Any = None  # as in Twisted, where connections are adopted
    adopted = EagerServer(connection, protocol, peer, server, peer[1], reactor)
    adopted.repstr = f"<adopted from {peer[0]}>"
    protocol.makeConnection(adopted)
    return adopted


@implementer(IReadDescriptor)
class Passage:
    """
    One end of a pair by which two processes pass each other connections. Nothing waits in it for us: what does not go
    at once does not go.
    """

    def __init__(self, end: socket.socket, reactor: IReactorFDSet) -> None:
        """@param end: of a pair of C{SOCK_SEQPACKET}, which is the passage's from here."""
        end.setblocking(False)
        self._end = end
        self._reactor = reactor
        self._came: Callable[[IStream, bytes], object] = lambda stream, said: stream.abortConnection()

    def open(self, came: Callable[[IStream, bytes], object]) -> None:
        """
        Take connections from now on.

        @param came: gets each, paused, with what came with it.
        """
        self._came = came
        self._reactor.addReader(self)

    def close(self) -> None:
        """Neither takes nor gives any more."""
        self._reactor.removeReader(self)
        self._end.close()

    def give(self, user: IStream, said: bytes) -> bool:
        """
        @param user: a connection. If it goes it is gone here, and its protocol hears nothing of that.
        @param said: what the other process is to get with it.
        @return: whether it goes; not if there is more to it than the system knows, or the other process is behind.
        """
        if len(said) > LONGEST or not IPassable.providedBy(user):
            return False
        passable: IPassable = user
        return passable.depart(lambda connection: self._send(connection, said))

    def _send(self, connection: socket.socket, said: bytes) -> bool:
        try:
            socket.send_fds(self._end, [said], [connection.fileno()])
        except OSError:  # full, closed, or the system has too many on their way
            return False
        return True

    # What the reactor wants

    def fileno(self) -> int:
        return self._end.fileno()

    def logPrefix(self) -> str:
        return "passage"

    def doRead(self) -> None:
        for _ in range(_TAKEN):
            try:
                said, numbers, _, _ = socket.recv_fds(self._end, LONGEST, 1, socket.MSG_CMSG_CLOEXEC)
            except BlockingIOError:
                return
            except OSError:
                said, numbers = b"", []
            if numbers:
                self._take(socket.socket(fileno=numbers[0]), said)
            elif said:
                _log.warn("a connection is lost that another process has passed on: there is no descriptor left")
            else:
                # The other process is gone, which whoever has the session with it notices by that.
                self.close()
                return

    def _take(self, connection: socket.socket, said: bytes) -> None:
        try:
            stream = adopt(connection, Protocol(), self._reactor)
        except OSError:
            connection.close()
            return
        stream.pauseProducing()
        try:
            self._came(stream, said)
        except Exception:
            _log.failure("a connection that another process has passed on")
            stream.abortConnection()

    def connectionLost(self, reason: Failure) -> None:
        self.close()

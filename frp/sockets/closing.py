"""
How a TCP connection ends.

Twisted asks the reactor when it may write, sends nothing, and closes: a pass of the reactor and four system calls for
each connection. What has nothing queued is closed here when the pass has ended, and shut down for writing at once.
"""

from __future__ import annotations

import sys
from collections.abc import Callable

from twisted.internet import tcp
from twisted.internet.error import ConnectionDone
from twisted.python.failure import Failure

from frp.session.turns import endOfPass
from frp.session.unmultiplexed import Unmultiplexed
from frp.sockets.resets import Watch, watch

if sys.platform == "linux":
    import fcntl
    import termios

__all__ = ["Closing"]

_DONE = Failure(ConnectionDone())

# Twisted leaves these unannotated.
_end: Callable[[tcp.Connection], None] = tcp.Connection.loseConnection
_stopReading: Callable[[tcp.Connection], None] = tcp.Connection.stopReading
_startWriting: Callable[[tcp.Connection], None] = tcp.Connection.startWriting
_endWriting: Callable[[tcp.Connection], None] = tcp.Connection.loseWriteConnection


class Closing(Unmultiplexed, tcp.Connection):
    """A mix-in for L{tcp.Connection<twisted.internet.tcp.Connection>}."""

    _watch: Watch | None = None  # for a reset, once the peer has ended its direction

    @property
    def closed(self) -> bool:
        return bool(not self.connected or self.disconnecting or self._aborting)

    @property
    def lossless(self) -> bool:
        """Linux tells what the peer's system has not got, and lets a program read what came before a reset."""
        if sys.platform != "linux" or not self.resets or self.closed or self._queues:
            return False
        return not any(fcntl.ioctl(self.socket, termios.TIOCOUTQ, bytes(4)))

    @property
    def _queues(self) -> bool:
        """Whether something was written that the system has not taken."""
        return bool(self.dataBuffer or self._tempDataBuffer)

    def readConnectionLost(self, reason: Failure) -> None:
        super().readConnectionLost(reason)
        if not self.closed:
            self._watch = watch(self)

    def connectionLost(self, reason: Failure) -> None:
        if self._unread:
            self._putBack()
        watching, self._watch = self._watch, None
        if watching is not None:
            watching.remove(self)
        super().connectionLost(reason)

    def loseWriteConnection(self) -> None:
        if self._queues or not self.connected or self.disconnecting or self.TLS:
            _endWriting(self)
        elif not self._writeDisconnected:
            self._writeDisconnecting = self._writeDisconnected = True
            self._closeWriteConnection()

    def loseConnection(self) -> None:
        """The protocol hears of it later, as it does from Twisted, unless its writing has ended before."""
        later = endOfPass(self.reactor)
        if later is None or self._waits or self.closed or self._writeDisconnected or self.TLS:
            _end(self)
        else:
            self.disconnecting = 1
            _stopReading(self)
            later(self._passed)

    @property
    def _waits(self) -> bool:
        """Whether Twisted decides when: something is queued, or there may be more to come."""
        return self._queues or self.producer is not None

    def _passed(self) -> None:
        """The pass has ended in which it was to end. What was written meanwhile goes first."""
        if not self.connected or self._aborting:
            return
        if self._waits:
            _startWriting(self)
        else:
            self.connectionLost(_DONE)

"""The end of a connection to a user whose last response is written, but not read."""

from __future__ import annotations

from typing import Any

from twisted.internet.interfaces import IHalfCloseableProtocol, IProtocol, IReactorTime
from twisted.python.failure import Failure
from zope.interface import implementer

from frp.http.limits import LINGER_BYTES, LINGER_TIMEOUT, SLOW_TIMEOUT
from frp.interfaces import IStream
from frp.session.deadline import Deadline

__all__ = ["Lingering"]


@implementer(IProtocol, IHalfCloseableProtocol)
class Lingering:
    """
    The protocol of a transport that closes when all is sent.

    A system that closes while something comes resets the connection, and the user's drops what was not read yet. So
    who may still send is only told that no more comes; what it sends is thrown away, and it closes, or is closed.
    """

    __slots__ = ("_deadline", "_full", "_sends", "_thrown", "transport")

    transport: IStream

    def __init__(self, clock: IReactorTime, sends: bool, full: bool) -> None:
        """
        @param sends: whether the user may still send.
        @param full: whether the transport holds more of the response than it likes to.
        """
        self._deadline = Deadline(clock, self._timedOut)
        self._sends = sends
        self._full = full
        self._thrown = 0

    def makeConnection(self, transport: Any) -> None:
        self.transport = transport
        if self._sends:
            self._deadline.wait(SLOW_TIMEOUT if self._full else LINGER_TIMEOUT)
            transport.loseWriteConnection()
        else:
            self._deadline.wait(SLOW_TIMEOUT)
            transport.loseConnection()

    def connectionMade(self) -> None:
        """All is in L{makeConnection}."""

    def dataReceived(self, data: bytes) -> None:
        self._thrown += len(data)
        if self._thrown > LINGER_BYTES:
            # The rest of the time is the user's, to read what would be lost with the reset.
            self.transport.pauseProducing()

    def readConnectionLost(self) -> None:
        """The user sends no more."""
        self._deadline.wait(SLOW_TIMEOUT)
        self.transport.loseConnection()

    def writeConnectionLost(self) -> None:
        """All is sent. Not every transport says so."""
        self._deadline.wait(LINGER_TIMEOUT)

    def connectionLost(self, reason: Failure) -> None:
        self._deadline.stop()

    def _timedOut(self) -> None:
        self.transport.abortConnection()

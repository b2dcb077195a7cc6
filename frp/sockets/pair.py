"""One end of a pair of Unix sockets, of which the other is in another process: nobody else can come to it."""

from __future__ import annotations

import socket

from twisted.internet import tcp
from twisted.internet.address import UNIXAddress
from twisted.internet.interfaces import IReactorFDSet
from twisted.internet.protocol import Protocol

from frp.sockets.eager import Eager

__all__ = ["PairStream"]


class PairStream(Eager):
    """
    It writes at once, as TCP does here; what comes waits until the stream is given a protocol and resumed. That it has
    no IP address is for those to bear who show it.
    """

    logstr = "pair"

    def __init__(self, end: socket.socket, reactor: IReactorFDSet) -> None:
        """@param end: connected, and this stream's from here."""
        end.setblocking(False)
        tcp.Connection.__init__(self, end, Protocol(), reactor)
        self.connected = True

    def getPeer(self) -> UNIXAddress:
        return UNIXAddress(None)

    def getHost(self) -> UNIXAddress:
        return UNIXAddress(None)

    def keepAlive(self, seconds: int) -> None:
        """The system knows that the other process is there."""

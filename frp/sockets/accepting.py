"""
Ports that listen before anybody is taken: that a port cannot be had shows at once, and whoever comes too early waits in
the queue of the system and not at the door of a server that cannot serve him yet.
"""

from __future__ import annotations

from typing import Any

from twisted.internet import tcp
from twisted.internet.interfaces import IListeningPort, IProtocolFactory

from frp.sockets.another import Another

__all__ = ["AcceptingReactor"]


class AcceptingReactor(Another):
    """
    A reactor on whose TCP ports nobody is accepted until L{accept}. Where it does not watch file descriptors nobody
    waits.
    """

    def __init__(self, reactor: Any) -> None:
        super().__init__(reactor)
        self._accepts = False
        self._waiting: list[tcp.Port] = []

    def listenTCP(self, port: int, factory: IProtocolFactory, backlog: int = 50, interface: str = "") -> IListeningPort:
        listening: IListeningPort = self._reactor.listenTCP(port, factory, backlog, interface)
        if not self._accepts and isinstance(listening, tcp.Port):
            listening.stopReading()
            self._waiting.append(listening)
        return listening

    def accept(self) -> None:
        """Take the connections that wait, and from now on all that come."""
        self._accepts = True
        waiting, self._waiting = self._waiting, []
        for listening in waiting:
            if listening.connected:
                listening.startReading()

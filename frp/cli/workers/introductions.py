"""
How workers come to have connections with each other: one makes a pair of sockets, and their parent gives the other end
to the other one. Who holds an end needs to prove nothing.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from frp.cli.workers.commands import Introduce
from frp.errors import TunnelLost
from frp.server.cluster.rendezvous import Met
from frp.sockets.pair import PairStream
from frp.wire.nodes import Hello

if TYPE_CHECKING:
    from frp.directories.parent.directory import ParentDirectory

__all__ = ["Introductions"]


class Introductions:
    """
    The L{Rendezvous<frp.server.cluster.rendezvous.Rendezvous>} of a worker. An address is what the directory calls a
    worker.
    """

    def __init__(self, line: ParentDirectory, reactor: Any) -> None:
        """
        @param line: the connection with the parent.
        @param reactor: one that watches file descriptors.
        """
        self._line = line
        self._reactor = reactor
        self._node = self._name = ""
        self._met: Callable[[Met], object] | None = None

    def open(self, node: str, name: str, met: Callable[[Met], object]) -> str:
        self._node, self._name, self._met = node, name, met
        return self._line.node

    def close(self) -> Deferred[object]:
        self._met = None
        closed: Deferred[object] = Deferred()
        closed.callback(None)
        return closed

    def dial(self, node: str, address: str) -> Deferred[Met]:
        ours, theirs = socket.socketpair()

        def done(answer: Mapping[str, str] | Failure) -> Met:
            theirs.close()
            if isinstance(answer, Failure) or not answer["name"]:
                ours.close()
                raise TunnelLost("the worker is gone")
            return self._metAt(ours, Hello(node, answer["name"], self._node))

        asking: Deferred[Any] = self._line.callRemote(
            Introduce, to=address, node=self._node, name=self._name, end=theirs.fileno()
        )
        return asking.addBoth(done)

    def introduced(self, node: str, name: str, end: socket.socket) -> str:
        """
        Another worker has dialled.

        @param node: what it is called, @param name: what people call it.
        @return: what people call this one; empty where it is not open, or not any more.
        """
        if self._met is None:
            end.close()
            return ""
        self._met(self._metAt(end, Hello(node, name, self._node)))
        return self._name

    def _metAt(self, end: socket.socket, hello: Hello) -> Met:
        return Met(hello, PairStream(end, self._reactor))

"""
How workers come to have connections with each other: one makes pairs of sockets, and their parent gives the other
ends to the other one. Who holds an end needs to prove nothing.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from twisted.internet.defer import Deferred, succeed
from twisted.python.failure import Failure

from frp.cli.workers.commands import Introduce
from frp.errors import TunnelLost
from frp.server.cluster.rendezvous import Met
from frp.sockets.pair import PairStream
from frp.sockets.passing import Passage
from frp.wire.nodes import Hello

if TYPE_CHECKING:
    from frp.directories.parent.directory import ParentDirectory
    from frp.sockets.certificates import TLSFields

__all__ = ["Introductions"]

#: Of the session, and of the passage.
_Ends = tuple[socket.socket, socket.socket]


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

    def renewal(self, tls: TLSFields) -> None:
        """Nobody shows a certificate."""

    def close(self) -> Deferred[object]:
        self._met = None
        return succeed(None)

    def dial(self, node: str, address: str) -> Deferred[Met]:
        pairs = socket.socketpair(), socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        ours, theirs = zip(*pairs, strict=True)

        def done(answer: Mapping[str, str] | Failure) -> Met:
            _close(theirs)
            if isinstance(answer, Failure) or not answer["name"]:
                _close(ours)
                raise TunnelLost("the worker is gone")
            return self._metAt(ours, Hello(node, answer["name"], self._node))

        session, passage = theirs
        asking: Deferred[Any] = self._line.callRemote(
            Introduce,
            to=address,
            node=self._node,
            name=self._name,
            session=session.fileno(),
            passage=passage.fileno(),
        )
        return asking.addBoth(done)

    def introduced(self, node: str, name: str, ends: _Ends) -> str:
        """
        Another worker has dialled.

        @param node: what it is called, @param name: what people call it.
        @param ends: for the session, and for users who are passed on.
        @return: what people call this one; empty where it is not open, or not any more.
        """
        if self._met is None:
            _close(ends)
            return ""
        self._met(self._metAt(ends, Hello(node, name, self._node)))
        return self._name

    def _metAt(self, ends: _Ends, hello: Hello) -> Met:
        session, passage = ends
        return Met(hello, PairStream(session, self._reactor), passage=Passage(passage, self._reactor))


def _close(ends: _Ends) -> None:
    for end in ends:
        end.close()

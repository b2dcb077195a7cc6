"""Nodes that are beside each other, as workers of one machine are; in this process, and on addresses of their own."""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import Any

from twisted.internet import reactor as installed
from twisted.internet.defer import Deferred, fail, succeed

from frp.config.server import ServerConfig
from frp.errors import TunnelLost
from frp.server.cluster.node import Beside
from frp.server.cluster.rendezvous import Met
from frp.server.service import FRPServer
from frp.server.shared import Shared
from frp.sockets.certificates import TLSFields
from frp.sockets.pair import PairStream
from frp.sockets.passing import Passage
from frp.sockets.sharing import SharingReactor
from frp.test.cluster.cases import ClusterTestCase
from frp.wire.nodes import Hello

__all__ = ["BesideTestCase", "Pairs"]


class Pairs:
    """
    The rendezvous of one of them. Its address is what it is called.

    @ivar known: all that are open, by what they are called.
    @ivar passages: those that it has with others.
    """

    def __init__(self, known: dict[str, Pairs], reactor: Any) -> None:
        self.known = known
        self.passages: list[Passage] = []
        self._reactor = reactor

    def open(self, node: str, name: str, met: Callable[[Met], object]) -> str:
        self._node, self._name, self._met = node, name, met
        self.known[node] = self
        return node

    def close(self) -> Deferred[object]:
        self.known.pop(self._node, None)
        return succeed(None)

    def renewal(self, tls: TLSFields) -> None:
        """Nobody shows a certificate."""

    def dial(self, node: str, address: str) -> Deferred[Met]:
        other = self.known.get(address)
        if other is None:
            return fail(TunnelLost("it is gone"))
        (near, far), passages = socket.socketpair(), socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        other._met(other._meets(self, far, passages[1]))
        return succeed(self._meets(other, near, passages[0]))

    def _meets(self, other: Pairs, session: socket.socket, passage: socket.socket) -> Met:
        self.passages.append(Passage(passage, self._reactor))
        hello = Hello(other._node, other._name, self._node)
        return Met(hello, PairStream(session, self._reactor), passage=self.passages[-1])


class BesideTestCase(ClusterTestCase):
    """Nodes that can pass each other their users."""

    def setUp(self) -> None:
        super().setUp()
        self.sharing: Any = SharingReactor(installed, alone=False)
        self.pairs: list[Pairs] = []
        self._known: dict[str, Pairs] = {}

    def made(self, config: ServerConfig, shared: Shared) -> FRPServer:
        self.pairs.append(Pairs(self._known, self.sharing))
        beside = Beside(lambda announced: True, self.pairs[-1])
        return FRPServer(self.sharing, config, self.registry, shared, beside)

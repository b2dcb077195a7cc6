"""Ports that several have, on real sockets of this machine."""

from __future__ import annotations

import socket
from typing import Any

from twisted.internet import reactor
from twisted.internet.defer import Deferred, inlineCallbacks
from twisted.internet.error import CannotListenError
from twisted.internet.protocol import DatagramProtocol, Factory, Protocol
from twisted.trial.unittest import TestCase

from frp.sockets.eager import EagerReactor
from frp.sockets.sharing import SharingReactor

_reactor: Any = reactor


class SharingTests(TestCase):
    """Two reactors stand for two processes."""

    def setUp(self) -> None:
        self.first = SharingReactor(_reactor, alone=True)
        self.second = SharingReactor(_reactor, alone=False)

    def listens(self, where: Any, port: int = 0, factory: Any = None, interface: str = "127.0.0.1") -> int:
        """@return: the port that is open there now."""
        opened = where.listenTCP(port, factory or Factory.forProtocol(Protocol), 200, interface)
        self.addCleanup(opened.stopListening)
        return int(opened.getHost().port)

    def binds(self, where: Any, port: int = 0) -> int:
        """The same for datagrams."""
        opened = where.listenUDP(port, DatagramProtocol(), "127.0.0.1")
        self.addCleanup(opened.stopListening)
        return int(opened.getHost().port)

    @inlineCallbacks
    def test_both(self) -> Any:
        """Of many connections each has some."""
        came: list[list[Any]] = [[], []]
        all_: Deferred[None] = Deferred()

        class User(Protocol):
            def __init__(self, place: int) -> None:
                self.place = place

            def connectionMade(self) -> None:
                came[self.place].append(self.transport)
                if sum(map(len, came)) == 100:
                    all_.callback(None)

        port = self.listens(self.first, 0, Factory.forProtocol(lambda: User(0)))
        self.assertEqual(self.listens(self.second, port, Factory.forProtocol(lambda: User(1))), port)
        users = [socket.create_connection(("127.0.0.1", port)) for _ in range(100)]
        for user in users:
            self.addCleanup(user.close)
        yield all_.addTimeout(10, _reactor)
        # Nothing but bad luck of one in 2**80 gives one of them fewer than ten.
        self.assertGreater(min(map(len, came)), 9)
        for one in came[0] + came[1]:
            one.abortConnection()

    def test_everywhere(self) -> None:
        """So it is with a port for both families."""
        port = self.listens(self.first, interface="")
        self.assertEqual(self.listens(self.second, port, interface=""), port)

    def test_datagrams(self) -> None:
        """And with one for datagrams."""
        port = self.binds(self.first)
        self.assertEqual(self.binds(self.second, port), port)

    def test_alone(self) -> None:
        """Who is alone takes no port that somebody has, shared or not; later nobody may have it for himself."""
        for opens in (self.listens, self.binds):
            port = opens(self.second)
            self.assertRaises(CannotListenError, opens, self.first, port)
            self.first.alone = False
            self.assertEqual(opens(self.first, port), port)
            self.first.alone = True
            self.assertRaises(CannotListenError, opens, EagerReactor(_reactor), port)

    def test_taken(self) -> None:
        """What somebody has for himself nobody gets."""
        for opens in (self.listens, self.binds):
            port = opens(EagerReactor(_reactor))
            for where in (self.first, self.second):
                self.assertRaises(CannotListenError, opens, where, port)

"""Ports that listen before anybody is taken."""

from __future__ import annotations

import socket
from typing import Any

from twisted.internet import reactor
from twisted.internet.defer import Deferred, inlineCallbacks
from twisted.internet.error import CannotListenError
from twisted.internet.protocol import ClientFactory, Factory, Protocol
from twisted.internet.task import deferLater
from twisted.trial.unittest import SynchronousTestCase, TestCase

from frp.interfaces import IReactor
from frp.sockets.accepting import AcceptingReactor
from frp.sockets.eager import EagerReactor
from frp.sockets.sharing import SharingReactor
from frp.testing.memory import MemoryReactor

_reactor: Any = reactor


class AcceptingTests(TestCase):
    """On sockets of the system."""

    reactor: Any = EagerReactor(_reactor)

    def setUp(self) -> None:
        self.accepting: Any = AcceptingReactor(self.reactor)
        self.came: list[str] = []
        self.both: Deferred[None] = Deferred()

    def listens(self, name: str) -> Any:
        """@return: a port on which who comes is noted by this name."""

        class User(Protocol):
            def connectionMade(user) -> None:
                self.came.append(name)
                if len(self.came) == 2:
                    self.both.callback(None)

        port = self.accepting.listenTCP(0, Factory.forProtocol(User), interface="127.0.0.1")
        self.addCleanup(port.stopListening)
        return port

    @inlineCallbacks
    def test_waits(self) -> Any:
        """Whoever comes too early is taken later; ports that have been closed by then stay closed."""
        early, gone = self.listens("early"), self.listens("gone")
        yield gone.stopListening()
        with socket.create_connection(("127.0.0.1", early.getHost().port)):
            yield deferLater(_reactor, 0.05)
            self.assertEqual(self.came, [])
            self.accepting.accept()
            with socket.create_connection(("127.0.0.1", self.listens("late").getHost().port)):
                yield self.both.addTimeout(10, _reactor)
        self.assertEqual(sorted(self.came), ["early", "late"])

    def test_taken(self) -> None:
        """What cannot be had is not had now."""
        with socket.create_server(("127.0.0.1", 0)) as other:
            port = other.getsockname()[1]
            self.assertRaises(CannotListenError, self.accepting.listenTCP, port, Factory(), interface="127.0.0.1")


class SharingTests(AcceptingTests):
    """On ports that others have as well."""

    reactor: Any = SharingReactor(_reactor, alone=False)


class OtherTests(SynchronousTestCase):
    """On a reactor that does not watch file descriptors."""

    def test_atOnce(self) -> None:
        """Nobody waits, and all else is that of the reactor."""
        memory = MemoryReactor()
        accepting: Any = AcceptingReactor(memory)
        self.assertTrue(IReactor.providedBy(accepting))
        came: list[Protocol] = []

        class User(Protocol):
            def connectionMade(self) -> None:
                came.append(self)

        port = accepting.listenTCP(0, Factory.forProtocol(User)).getHost().port
        memory.connectTCP("127.0.0.1", port, ClientFactory.forProtocol(Protocol))
        memory.settle()
        self.assertEqual(len(came), 1)

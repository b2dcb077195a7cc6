"""One process of a worker, from its start to its assignment."""

from __future__ import annotations

import socket
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.error import ProcessDone
from twisted.internet.protocol import Protocol
from twisted.internet.task import Clock
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase

from frp.cli.workers.assignment import CONNECTION, Assignment, receive
from frp.cli.workers.life import Life
from frp.directories.memory import Shelf


class _Transport:
    """@ivar signals: that the process has got."""

    pid = 7

    def __init__(self) -> None:
        self.signals: list[str] = []

    def signalProcess(self, name: str) -> None:
        """It ends."""
        self.signals.append(name)


class _Reactor:
    """Starts processes that do nothing. @ivar theirs: the end of the connection that the last one has."""

    theirs: socket.socket

    def spawnProcess(self, life: Any, program: str, words: Any, environment: Any, *, childFDs: Any) -> None:
        """Start one."""
        self.theirs = socket.socket(fileno=socket.dup(childFDs[CONNECTION]))
        life.makeConnection(_Transport())

    def adoptStreamConnection(self, descriptor: int, family: int, factory: Any) -> None:
        """What is written goes out at once."""
        end = socket.socket(fileno=socket.dup(descriptor))
        protocol: Protocol = factory.buildProtocol(None)
        protocol.makeConnection(_Written(end))


class _Written:
    def __init__(self, end: socket.socket) -> None:
        self.end = end

    def write(self, data: bytes) -> None:
        """It is read later."""
        self.end.sendall(data)

    def getPeer(self) -> None:
        """Nobody looks at it."""

    getHost = getPeer


class LifeTests(SynchronousTestCase):
    """It waits for its assignment."""

    def setUp(self) -> None:
        self.reactor: Any = _Reactor()
        self.life = Life(Shelf(Clock()), lambda seconds: None, lambda node: None)
        self.life.spawn(self.reactor, "frps.toml", heard=False)
        self.addCleanup(self.reactor.theirs.close)

    def test_assigned(self) -> None:
        """It is told who it is when that is known, and takes users when it may."""
        assignment = Assignment(2, self.life.line.node, False, (), b"configuration")
        self.life.assign(self.reactor, assignment)
        self.assertEqual(receive(self.reactor.theirs), assignment)
        taking: Deferred[Any] = self.life.serves()
        self.successResultOf(self.life.ready)
        self.assertNoResult(taking)
        self.life.take()
        self.assertEqual(self.successResultOf(taking), {})
        self.life.stop()
        self.assertEqual(self.life.transport.signals, [])
        self.assertIn(b"Stop", self.reactor.theirs.recv(1000))

    def test_notAssigned(self) -> None:
        """Where it is to end before, it is killed; its end of the connection goes with it."""
        self.life.stop()
        self.life.drain(5)
        self.assertEqual(self.life.transport.signals, ["KILL", "KILL"])
        self.life.processEnded(Failure(ProcessDone(0)))
        self.successResultOf(self.life.ended)
        self.assertEqual(self.reactor.theirs.recv(1), b"")

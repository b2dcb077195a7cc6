"""How workers come to have connections with each other, as long as their parent can tell them of it."""

from __future__ import annotations

import socket
from functools import partial
from types import SimpleNamespace
from typing import Any

from twisted.internet import reactor
from twisted.internet.defer import inlineCallbacks
from twisted.internet.interfaces import IProtocol
from twisted.internet.protocol import Factory
from twisted.internet.task import deferLater
from twisted.trial.unittest import TestCase

from frp.cli.workers.exchange import Exchange
from frp.cli.workers.introductions import Introductions
from frp.cli.workers.life import Life
from frp.cli.workers.worker import WorkerLine
from frp.directories.memory import Shelf
from frp.errors import TunnelLost
from frp.server.cluster.rendezvous import Met
from frp.session.greeting import handOver
from frp.testing.recording import Recorder
from frp.wire.nodes import Hello

_reactor: Any = reactor


def _given(protocol: IProtocol, address: object) -> IProtocol:
    return protocol


class Worker:
    """
    A worker that is in this process, with its parent's view of it.

    @ivar met: whom it has met.
    """

    def __init__(self, shelf: Shelf, lives: dict[str, Life]) -> None:
        self.life = Life(shelf, lambda seconds: None, lives.get)
        Exchange().enter(1, self.life.line)
        self.node = self.life.line.node
        self.met: list[Met] = []
        lives[self.node] = self.life
        Exchange().enter(len(lives), self.life.line)
        self.line = WorkerLine(self.node)
        self.introductions = Introductions(self.line, _reactor)
        self.line.program = SimpleNamespace(introductions=self.introductions, orphaned=lambda: None)  # type: ignore[assignment]  # as much as is asked
        for end, protocol in zip(socket.socketpair(), (self.life.line, self.line), strict=True):
            with end:
                end.setblocking(False)
                factory: Any = Factory()
                factory.buildProtocol = partial(_given, protocol)
                _reactor.adoptStreamConnection(end.fileno(), socket.AF_UNIX, factory)

    def open(self, name: str) -> str:
        """@return: where it can be dialled from now on."""
        return self.introductions.open(f"id {name}", name, self.met.append)


class IntroductionsTests(TestCase):
    """Two workers, a and b."""

    def setUp(self) -> None:
        shelf = Shelf(_reactor)
        self.lives: dict[str, Life] = {}
        self.a, self.b = Worker(shelf, self.lives), Worker(shelf, self.lives)
        self.addCleanup(self.end)

    async def end(self) -> None:
        """Both are gone, and what they had with each other."""
        for worker in (self.a, self.b):
            for met in worker.met:
                met.stream.abortConnection()
                assert met.passage is not None
                met.passage.close()
            if worker.line.transport is not None:
                worker.line.transport.loseConnection()
        while any(end.transport is not None for each in (self.a, self.b) for end in (each.line, each.life.line)):
            await deferLater(_reactor, 0.01)
        await deferLater(_reactor, 0)

    @inlineCallbacks
    def test_meet(self) -> Any:
        """One dials; each learns who the other is, and what is said arrives, both ways, at once."""
        self.a.open("a")
        met = yield self.a.introductions.dial("id b", self.b.open("b"))
        self.a.met.append(met)
        self.assertEqual(met.hello, Hello("id b", "b", "id a"))
        (other,) = self.b.met
        self.assertEqual(other.hello, Hello("id a", "a", "id b"))
        ends = [Recorder(), Recorder()]
        for one, recorder in zip((met, other), ends, strict=True):
            handOver(one.stream, recorder)
        met.stream.write(b"there")
        other.stream.writeVector(b"and ", b"back")
        while not all(recorder.received for recorder in ends):
            yield deferLater(_reactor, 0.01)
        self.assertEqual([bytes(recorder.received) for recorder in ends], [b"and back", b"there"])
        assert other.passage is not None
        for passage in (met.passage, other.passage):
            passage.open(lambda stream, said: None)
        met.passage.close()
        while other.passage in _reactor.getReaders():
            yield deferLater(_reactor, 0.01)
        met.stream.loseConnection()
        while not ends[1].ended:
            yield deferLater(_reactor, 0.01)

    @inlineCallbacks
    def test_gone(self) -> Any:
        """Nobody is met who is unknown, not open yet, not open any more, or dead; whoever dials hears so."""
        self.a.open("a")
        for address in ("nobody", self.b.node):
            yield self.assertFailure(self.a.introductions.dial("id b", address), TunnelLost)
        address = self.b.open("b")
        yield self.b.introductions.close()
        yield self.assertFailure(self.a.introductions.dial("id b", address), TunnelLost)
        self.b.open("b")
        assert self.b.line.transport is not None
        self.b.line.transport.loseConnection()
        yield self.assertFailure(self.a.introductions.dial("id b", address), TunnelLost)
        yield self.assertFailure(self.a.introductions.dial("id b", address), TunnelLost)
        self.assertEqual(self.b.met, [])

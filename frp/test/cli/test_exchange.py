"""What workers ask each other, as it goes through their parent."""

from __future__ import annotations

import socket
from functools import partial
from typing import Any

from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IProtocol
from twisted.internet.protocol import Factory
from twisted.internet.task import deferLater
from twisted.protocols import amp
from twisted.trial.unittest import TestCase

from frp.cli.workers.commands import Ask, Happened
from frp.cli.workers.exchange import Exchange, Exchanging, ThroughParent
from frp.errors import Unavailable

_reactor: Any = reactor


def _given(protocol: IProtocol, address: object) -> IProtocol:
    return protocol


class _Worker(amp.AMP):
    """Says who asks, and what; remembers what it hears."""

    def __init__(self) -> None:
        super().__init__()
        self.heard: list[tuple[int, bytes]] = []

    @Ask.responder
    def _asked(self, number: int, question: bytes) -> dict[str, object]:
        return {"there": question != b"who?", "answer": b"%d: %b" % (number, question)}

    @Happened.responder
    def _happened(self, number: int, what: bytes) -> dict[str, object]:
        self.heard.append((number, what))
        return {}


class ExchangeTests(TestCase):
    """A parent, and three workers."""

    def setUp(self) -> None:
        self.exchange = Exchange()
        self.workers = {number: self.worker(number) for number in (1, 2, 3)}

    def worker(self, number: int) -> tuple[_Worker, ThroughParent]:
        """@return: one more, and its way to the others."""
        line, worker = Exchanging(), _Worker()
        self.exchange.enter(number, line)
        protocol: IProtocol
        for end, protocol in zip(socket.socketpair(), (line, worker), strict=True):
            with end:
                end.setblocking(False)
                factory: Any = Factory()
                factory.buildProtocol = partial(_given, protocol)
                _reactor.adoptStreamConnection(end.fileno(), socket.AF_UNIX, factory)
        self.addCleanup(self.end, worker)
        return worker, ThroughParent(worker, number, 3)

    async def end(self, worker: _Worker) -> None:
        """Its process has ended."""
        transport: Any = worker.transport
        if transport is not None and transport.connected:
            transport.loseConnection()
            await deferLater(_reactor, 0.02)

    async def test_asked(self) -> None:
        """Each reaches the others, by questions and answers of any length."""
        _, fellows = self.workers[1]
        self.assertEqual(fellows.numbers, [2, 3])
        long = b"x" * 300_000
        self.assertEqual(await fellows.ask(3, long), b"1: " + long)
        self.assertEqual(await self.workers[3][1].ask(1, b"?"), b"3: ?")

    async def test_gone(self) -> None:
        """One that is not there, has never been or serves nobody yet is so at once; one in its place is reached."""
        _, fellows = self.workers[1]
        worker, _ = self.workers[2]
        for number, question in ((2, b"who?"), (4, b"?")):
            await self.assertFailure(fellows.ask(number, question), Unavailable)
        await self.end(worker)
        await self.assertFailure(fellows.ask(2, b"?"), Unavailable)
        self.worker(2)
        self.assertEqual(await fellows.ask(2, b"?"), b"1: ?")

    async def test_told(self) -> None:
        """What others tell, the first one hears, with who it was; what it tells itself nobody does."""
        for number in (2, 1, 3):
            self.workers[number][1].tell(b"%d" % number)
        self.assertEqual(await self.workers[3][1].ask(1, b"?"), b"3: ?")  # behind all of it
        await deferLater(_reactor, 0.02)
        self.assertEqual(sorted(self.workers[1][0].heard), [(2, b"2"), (3, b"3")])

    async def test_settled(self) -> None:
        """The first waits for the others where all are to end, and for nobody else."""
        await self.workers[1][1].settled()
        self.exchange.ending = True
        await self.workers[2][1].settled()
        settled: Deferred[None] = self.workers[1][1].settled()
        for number in (2, 3):
            await deferLater(_reactor, 0.02)
            self.assertFalse(settled.called)
            await self.end(self.workers[number][0])
        await settled

    async def test_parentGone(self) -> None:
        """Without a parent there is nobody."""
        worker, fellows = self.workers[1]
        await self.end(worker)
        await self.assertFailure(fellows.ask(2, b"?"), Unavailable)
        await fellows.settled()

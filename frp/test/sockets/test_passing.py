"""Connections that go from process to process, on real sockets. Two ends here stand for two processes."""

from __future__ import annotations

import resource
import select
import socket
from collections.abc import Callable
from typing import Any

from twisted.internet import reactor
from twisted.internet.task import deferLater
from twisted.logger import capturedLogs
from twisted.trial.unittest import TestCase

from frp.interfaces import IPassable
from frp.session.greeting import handOver
from frp.sockets.passing import LONGEST, Passage
from frp.sockets.sharing import SharingReactor
from frp.testing.live import needIPv6
from frp.testing.recording import Recorder, Recorders

_reactor: Any = reactor


class PassingTests(TestCase):
    """
    A user comes to a port, and is passed on.

    @ivar came: what the other side has got.
    """

    def setUp(self) -> None:
        ends = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.near, self.far = (Passage(end, _reactor) for end in ends)
        self.addCleanup(self.near.close)
        self.addCleanup(self.far.close)
        self.came: list[tuple[Any, bytes]] = []
        self.far.open(lambda stream, said: self.came.append((stream, said)))
        self.addCleanup(self.end)
        self.door = Recorders()

    async def end(self) -> None:
        """Nobody is connected any more."""
        for stream in [recorder.transport for recorder in self.door.built] + [stream for stream, _ in self.came]:
            stream.abortConnection()
        await deferLater(_reactor, 0)

    async def until(self, true: Callable[[], object]) -> None:
        for _ in range(500):
            if true():
                return
            await deferLater(_reactor, 0.01)
        self.fail("it is not true after five seconds")

    async def user(self, interface: str = "127.0.0.1", host: str = "127.0.0.1") -> tuple[socket.socket, Recorder]:
        """@return: somebody who has come, and what receives here."""
        reactor: Any = SharingReactor(_reactor, alone=False)
        port = reactor.listenTCP(0, self.door, 5, interface)
        self.addCleanup(port.stopListening)
        user = socket.create_connection((host, port.getHost().port))
        self.addCleanup(user.close)
        user.setblocking(False)
        before = len(self.door.built)
        await self.until(lambda: len(self.door.built) > before)
        return user, self.door.built[-1]

    async def heard(self, user: socket.socket, size: int) -> bytes:
        """@return: what a user has received, when that is so much."""
        received = b""
        while len(received) < size:
            try:
                received += user.recv(size)
            except BlockingIOError:
                await deferLater(_reactor, 0.01)
        return received

    async def test_passed(self) -> None:
        """The other side goes on with it; here nothing is left, and nobody hears anything of it."""
        user, here = await self.user()
        stream = here.transport
        self.assertTrue(IPassable.providedBy(stream))
        places = stream.getPeer(), stream.getHost()
        user.send(b"first")
        await self.until(lambda: here.received)
        self.assertTrue(self.near.give(stream, b"for whom; first"))
        for act in (stream.loseConnection, stream.abortConnection, stream.resumeProducing, stream.pauseProducing):
            act()
        stream.write(b"for nobody")
        self.assertTrue(stream.closed)
        user.send(b"second")
        await self.until(lambda: self.came)
        there, said = self.came[0]
        self.assertEqual(said, b"for whom; first")
        self.assertEqual((there.getPeer(), there.getHost()), places)
        recorder = Recorder()
        handOver(there, recorder)
        await self.until(lambda: recorder.received)
        self.assertEqual((bytes(recorder.received), bytes(here.received)), (b"second", b"first"))
        there.write(b"answer")
        self.assertEqual(await self.heard(user, 6), b"answer")
        self.assertEqual((here.lost, here.ended), (None, False))
        user.shutdown(socket.SHUT_WR)
        await self.until(lambda: recorder.ended)

    async def test_everywhere(self) -> None:
        """A user of IPv4 stays one on a port of both families."""
        needIPv6()
        for host in ("127.0.0.1", "::1"):
            _, here = await self.user("", host)
            places = here.transport.getPeer(), here.transport.getHost()
            self.assertEqual(places[0].host, host)
            self.came.clear()
            self.assertTrue(self.near.give(here.transport, b"x"))
            await self.until(lambda: self.came)
            there = self.came[0][0]
            self.assertEqual((there.getPeer(), there.getHost()), places)
            there.abortConnection()

    async def test_once(self) -> None:
        """What was passed on is not passed on again."""
        _, here = await self.user()
        self.near.give(here.transport, b"x")
        await self.until(lambda: self.came)
        self.assertFalse(self.far.give(self.came[0][0], b"x"))

    async def test_notWhole(self) -> None:
        """What the system does not know of a connection would be lost: it stays, and so does one that is ending."""
        user, here = await self.user()
        self.assertFalse(self.near.give(here.transport, bytes(LONGEST + 1)))
        here.transport.unread(b"first")
        self.assertFalse(self.near.give(here.transport, b"x"))
        here.transport.resumeProducing()
        self.assertEqual(bytes(here.received), b"first")
        here.transport.write(bytes(1 << 24))
        self.assertFalse(self.near.give(here.transport, b"x"))
        here.transport.abortConnection()
        user, here = await self.user()
        user.shutdown(socket.SHUT_WR)
        await self.until(lambda: here.ended)
        self.assertFalse(self.near.give(here.transport, b"x"))
        here.transport.loseConnection()
        self.assertFalse(self.near.give(here.transport, b"x"))
        self.assertEqual(self.came, [])

    async def test_full(self) -> None:
        """Nobody waits for the other process: what does not go at once stays here, and is as it was."""
        self.far.close()
        near, far = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.addCleanup(far.close)
        passage = Passage(near, _reactor)
        self.addCleanup(passage.close)
        while True:
            try:
                near.send(bytes(LONGEST))
            except BlockingIOError:
                break
        for where in (passage, self.near):
            user, here = await self.user()
            self.assertFalse(where.give(here.transport, bytes(LONGEST)))
            here.transport.write(b"answer")
            self.assertEqual(await self.heard(user, 6), b"answer")

    async def test_otherProcessGone(self) -> None:
        """Then there is nothing to read any more, and nothing is passed."""
        self.near.open(lambda stream, said: None)
        self.far.close()
        await self.until(lambda: self.near not in _reactor.getReaders())
        _, here = await self.user()
        self.assertFalse(self.near.give(here.transport, b"x"))

    async def test_noDescriptor(self) -> None:
        """Where the system has none left the user is lost, which is said; the next one comes."""
        lost, here = await self.user()
        self.assertTrue(self.near.give(here.transport, b"x"))
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        with capturedLogs() as events:
            resource.setrlimit(resource.RLIMIT_NOFILE, (3, hard))
            try:
                self.far.doRead()
            finally:
                resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        self.assertEqual(len([event for event in events if "no descriptor left" in str(event["log_format"])]), 1)
        await self.until(lambda: lost in select.select([lost], [], [], 0)[0])
        self.assertEqual(lost.recv(1), b"")
        _, here = await self.user()
        self.assertTrue(self.near.give(here.transport, b"y"))
        await self.until(lambda: self.came)
        self.assertEqual([said for _, said in self.came], [b"y"])

    async def test_bug(self) -> None:
        """Whoever gets one and fails loses that one, and no other."""

        def came(stream: Any, said: bytes) -> None:
            self.came.append((stream, said))
            if len(self.came) == 1:
                raise ZeroDivisionError

        self.far.open(came)
        users = []
        for _ in range(2):
            user, here = await self.user()
            users.append(user)
            self.assertTrue(self.near.give(here.transport, b"x"))
        await self.until(lambda: len(self.came) == 2)
        self.assertEqual(len(self.flushLoggedErrors(ZeroDivisionError)), 1)
        self.came[1][0].write(b"answer")
        self.assertEqual(await self.heard(users[1], 6), b"answer")
        self.assertRaises(ConnectionResetError, users[0].recv, 1)

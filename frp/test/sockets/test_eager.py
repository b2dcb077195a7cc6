"""TCP that writes at once, on real sockets."""

from __future__ import annotations

import socket
from itertools import pairwise
from random import Random
from typing import Any

from twisted.internet import reactor as installed
from twisted.internet.address import IPv4Address
from twisted.internet.defer import Deferred, DeferredList, inlineCallbacks
from twisted.internet.endpoints import TCP4ClientEndpoint, UNIXClientEndpoint
from twisted.internet.error import ConnectError, ConnectionAborted, ConnectionDone
from twisted.internet.interfaces import IReactorTCP, IReactorTime
from twisted.internet.protocol import ClientFactory
from twisted.internet.ssl import CertificateOptions
from twisted.internet.task import Clock
from twisted.internet.testing import MemoryReactorClock, StringTransport
from twisted.trial.unittest import SynchronousTestCase, TestCase
from zope.interface import implementer_only
from zope.interface.verify import verifyObject

from frp.client.site import described
from frp.errors import LocalServiceDown
from frp.interfaces import IStream
from frp.sockets.addresses import connectFault
from frp.sockets.eager import EagerReactor, eager, setKeepalive
from frp.testing.recording import Recorder, Recorders, Source

reactor: Any = installed


class Ended(Recorder):
    """Tells when the other side has ended, and when all is over."""

    def __init__(self) -> None:
        super().__init__()
        self.finished: Deferred[None] = Deferred()
        self.gone: Deferred[None] = Deferred()
        self.onEnd = lambda: self.finished.callback(None)

    def connectionLost(self, reason: Any = None) -> None:
        super().connectionLost(reason)
        self.gone.callback(None)


class EagerTests(TestCase):
    """A connection between two eager transports."""

    timeout = 20

    @inlineCallbacks
    def setUp(self) -> Any:  # type: ignore[override]  # trial waits for what it returns
        self.eager = eager(reactor)
        servers = Recorders(Ended)
        self.port = self.eager.listenTCP(0, servers, interface="127.0.0.1")
        self.addCleanup(self.port.stopListening)
        endpoint = TCP4ClientEndpoint(self.eager, "127.0.0.1", self.port.getHost().port)
        self.near: Any = yield endpoint.connect(Recorders(Ended))
        while not servers.built:
            yield self.turn()
        self.far: Any = servers.built[0]

    @inlineCallbacks
    def tearDown(self) -> Any:  # type: ignore[override]  # the same
        for end in (self.near, self.far):
            if end.lost is None:
                end.transport.abortConnection()
                yield end.gone

    @inlineCallbacks
    def test_crowd(self) -> Any:
        """Of many who connect at once a few are taken in a pass, so that others have their turn."""
        crowd = [socket.create_connection(self.port.socket.getsockname()) for _ in range(40)]
        counts, servers = [1], self.port.factory
        while counts[-1] < 41:
            yield self.turn()
            counts.append(len(servers.built))
        self.assertLessEqual(max(after - before for before, after in pairwise(counts)), 16)
        for theirs, ours in zip(crowd, servers.built[1:], strict=True):
            theirs.close()
            ours.transport.abortConnection()
        yield DeferredList([one.gone for one in servers.built[1:]])

    def turn(self) -> Deferred[None]:
        """One turn of the reactor."""
        turned: Deferred[None] = Deferred()
        reactor.callLater(0, turned.callback, None)
        return turned

    def narrow(self) -> None:
        """Make the system's buffer small, so that few writes are taken whole."""
        self.near.transport.socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)

    def test_atOnce(self) -> None:
        """A write is on its way before it returns."""
        self.near.transport.write(b"hello")
        self.assertEqual(self.near.transport.dataBuffer + b"".join(self.near.transport._tempDataBuffer), b"")
        self.far.transport.socket.setblocking(True)
        self.far.transport.socket.settimeout(5)
        self.assertEqual(self.far.transport.socket.recv(100), b"hello")
        self.far.transport.socket.setblocking(False)

    def test_noDelay(self) -> None:
        """Neither end waits to fill its packets."""
        for end in (self.near, self.far):
            self.assertTrue(end.transport.getTcpNoDelay())

    @inlineCallbacks
    def test_order(self) -> Any:
        """Writes of all sizes and kinds, through buffers that are full most of the time, arrive in their order."""
        self.narrow()
        random = Random(1)
        said = b""
        self.far.transport.pauseProducing()
        for number in range(300):
            data = random.randbytes(random.choice([0, 1, 12, 700, 5000, 40_000]))
            cut = random.randint(0, min(len(data), 12))
            kind = number % 3
            if kind == 0:
                self.near.transport.write(data)
            elif kind == 1:
                self.near.transport.writeVector(data[:cut], data[cut:])
            else:
                self.near.transport.writeSequence([data[:cut], data[cut:]])
            said += data
            if number == 100:
                self.far.transport.resumeProducing()
            if number % 7 == 0:
                yield self.turn()
        self.near.transport.loseWriteConnection()
        yield self.far.finished
        self.assertTrue(self.far.received == said)

    @inlineCallbacks
    def test_vectorsInPart(self) -> Any:
        """Whatever part of header and body the system takes, the rest follows, once."""

        class Partial:
            """A socket that takes so many bytes of every vector."""

            def __init__(self, real: socket.socket, takes: int) -> None:
                self._real = real
                self._takes = takes

            def __getattr__(self, name: str) -> Any:
                return getattr(self._real, name)

            def sendmsg(self, vector: tuple[bytes, bytes]) -> int:
                """Take a part."""
                return self._real.send(b"".join(vector)[: self._takes]) if self._takes else self._refuse()

            def _refuse(self) -> int:
                raise BlockingIOError

        real = self.near.transport.socket
        for takes in (0, 1, 11, 12, 13, 16, 17):
            self.near.transport.socket = Partial(real, takes)
            self.near.transport.writeVector(b"header------", b"body.")
            self.near.transport.socket = real
            while self.near.transport.dataBuffer or self.near.transport._tempDataBuffer:
                yield self.turn()
        self.near.transport.loseWriteConnection()
        yield self.far.finished
        self.assertEqual(self.far.received, b"header------body." * 7)

    @inlineCallbacks
    def test_halfClose(self) -> Any:
        """A half-close comes behind what was written, and the other direction lives."""
        self.narrow()
        self.near.transport.write(bytes(500_000))
        self.near.transport.loseWriteConnection()
        yield self.far.finished
        self.assertEqual(len(self.far.received), 500_000)
        self.far.transport.write(b"answer")
        self.far.transport.loseConnection()
        yield self.near.finished
        self.assertEqual(self.near.received, b"answer")
        self.near.transport.write(b"too late")
        self.near.transport.loseConnection()
        yield self.near.gone

    @inlineCallbacks
    def test_close(self) -> Any:
        """Whoever closes hears of the end later, and what is written meanwhile goes before it."""
        self.near.transport.loseConnection()
        self.near.transport.loseConnection()
        self.assertTrue(self.near.transport.closed)
        self.assertIsNone(self.near.lost)
        self.near.transport.write(b"hello")
        self.narrow()
        self.near.transport.write(bytes(500_000))
        yield self.far.finished
        self.assertEqual(len(self.far.received), 500_005)
        yield self.near.gone
        self.assertIsInstance(self.near.lost, ConnectionDone)

    @inlineCallbacks
    def test_closeAndAbort(self) -> Any:
        """An abort is heard of once, also by whoever was about to close."""
        self.near.transport.loseConnection()
        self.near.transport.abortConnection()
        yield self.near.gone
        self.assertIsInstance(self.near.lost, ConnectionAborted)

    @inlineCallbacks
    def test_lost(self) -> Any:
        """Writing to a connection that is gone is no error; the protocol hears of the end, once."""
        self.far.transport.abortConnection()
        yield self.far.gone
        self.far.transport.write(b"nobody")
        self.far.transport.writeVector(b"no", b"body")
        while self.near.lost is None:
            self.near.transport.write(b"hello")
            self.near.transport.writeVector(b"hel", b"lo")
            if self.near.ended:
                self.near.transport.loseConnection()
            yield self.turn()
        self.near.transport.write(b"nobody")

    @inlineCallbacks
    def test_producer(self) -> Any:
        """A producer is paused when the system takes no more, and resumed when it does."""
        self.narrow()
        source = Source()
        resumed: Deferred[None] = Deferred()
        source.onResume = lambda: resumed.callback(None)
        self.near.transport.registerProducer(source, True)
        self.far.transport.pauseProducing()
        written = 0
        while not source.pauses:
            self.near.transport.writeVector(b"header", bytes(30_000))
            written += 30_006
        self.assertLess(written, 10 << 20)
        self.far.transport.resumeProducing()
        yield resumed
        self.near.transport.unregisterProducer()
        self.near.transport.loseConnection()
        yield self.far.finished
        self.assertEqual(len(self.far.received), written)

    @inlineCallbacks
    def test_manyPieces(self) -> Any:
        """A stream of small writes, with nobody reading for a while, arrives whole."""
        self.narrow()
        self.far.transport.pauseProducing()
        for _ in range(20_000):
            self.near.transport.writeVector(b"0123", b"456789")
        self.far.transport.resumeProducing()
        self.near.transport.loseConnection()
        yield self.far.finished
        self.assertTrue(self.far.received == b"0123456789" * 20_000)

    @inlineCallbacks
    def test_startTLS(self) -> Any:
        """What is written after TLS was started goes through it, never past it."""
        self.near.transport.startTLS(CertificateOptions())
        self.near.transport.write(b"secret")
        self.near.transport.writeVector(b"sec", b"ret")
        while not self.far.received:
            yield self.turn()
        self.assertEqual(self.far.received[0], 0x16)
        self.assertNotIn(b"sec", self.far.received)

    def test_probed(self) -> None:
        """Connections of which nobody says otherwise are probed, so that a peer that has vanished is missed."""
        for end in (self.near, self.far):
            handle = end.transport.getHandle()
            self.assertTrue(handle.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE))
            for option in (socket.TCP_KEEPIDLE, socket.TCP_KEEPINTVL):
                self.assertEqual(handle.getsockopt(socket.IPPROTO_TCP, option), 15)

    def test_keepalive(self) -> None:
        """The system is asked to probe silent connections, or not to; what has no socket is left alone."""
        handle = self.near.transport.getHandle()
        setKeepalive(self.near.transport, 77)
        self.assertTrue(handle.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE))
        self.assertEqual(handle.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE), 77)
        self.assertEqual(handle.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL), 15)
        setKeepalive(self.near.transport, 1 << 40)
        self.assertEqual(handle.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE), 32767)
        setKeepalive(self.near.transport, -1)
        self.assertFalse(handle.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE))
        setKeepalive(object(), 77)


@implementer_only(IReactorTCP, IReactorTime)
class Elsewhere(MemoryReactorClock):
    """A reactor of a platform where there are no file descriptors."""


class ReactorTests(SynchronousTestCase):
    """What the services are given as their reactor."""

    def test_isTheOther(self) -> None:
        """It is the reactor in all but the transports."""
        made = eager(reactor)
        self.assertIsInstance(made, EagerReactor)
        self.assertTrue(IReactorTCP.providedBy(made) and IReactorTime.providedBy(made))
        self.assertEqual(made.callLater, reactor.callLater)
        self.assertIs(made.nameResolver, reactor.nameResolver)

    def test_others(self) -> None:
        """One that knows no sockets is left as it is, and so is one whose transports are streams."""
        clock = Clock()
        self.assertIs(eager(clock), clock)
        made = eager(reactor)
        self.assertIs(eager(made), made)

    def test_noDescriptors(self) -> None:
        """One that does not watch file descriptors keeps its transports; they are made streams."""
        other = Elsewhere()
        made = eager(other)
        recorders = Recorders()
        made.listenTCP(1, recorders)
        made.connectTCP("127.0.0.1", 1, ClientFactory.forProtocol(Recorder))
        server: Any = other.tcpServers[0][1].buildProtocol(IPv4Address("TCP", "127.0.0.1", 2))
        client: Any = other.tcpClients[0][2].buildProtocol(IPv4Address("TCP", "127.0.0.1", 1))
        for end in (server, client):
            transport = StringTransport()
            end.makeConnection(transport)
            end.first.transport.writeVector(b"hel", b"lo")
            self.assertEqual(transport.value(), b"hello")
            verifyObject(IStream, end.first.transport)
        self.assertEqual(recorders.built, [server.first])


class LongPathTests(SynchronousTestCase):
    """A Unix socket whose path the system does not take: whoever dials it learns that at once."""

    def test_endpoint(self) -> None:
        """Of a transport, for example."""
        for path in ("/" + "a" * 200, "\0" + "a" * 200):
            endpoint = UNIXClientEndpoint(eager(reactor), path)
            error = self.failureResultOf(endpoint.connect(Recorders()), ConnectError).value
            self.assertIn("AF_UNIX path too long", str(error))
            self.assertEqual(connectFault(error), "connect: file name too long")

    def test_described(self) -> None:
        """Of a local service."""
        path = "/" + "a" * 200
        down = self.failureResultOf(described(eager(reactor), f"unix:{path}").connect(Recorders()), LocalServiceDown)
        self.assertTrue(down.value.detail.startswith(f"dial unix:{path}: "))
        self.assertIn("AF_UNIX path too long", down.value.detail)

"""Tests of TLS between a raw transport and a protocol, with both ends in memory."""

from __future__ import annotations

from collections.abc import Callable
from itertools import chain, cycle
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from OpenSSL import SSL
from twisted.internet.defer import CancelledError
from twisted.internet.error import ConnectionDone
from twisted.internet.interfaces import IHalfCloseableProtocol, IProducer, IProtocol
from twisted.internet.protocol import Protocol
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase
from zope.interface import implementer
from zope.interface.verify import verifyObject

from frp.errors import RemoteWireError
from frp.interfaces import IStream
from frp.session.turnstile import Turnstile
from frp.sockets.records import PIECE
from frp.sockets.tls import TLSLayer, startTLS
from frp.sockets.tlsside import TLSSide, clientContext, serverContext
from frp.test.sockets.authority import Authority, Fields, shown
from frp.testing.pipe import Pipe

AUTHORITY, FOREIGN, NAMESAKE = Authority(), Authority("Another"), Authority()
SERVER = serverContext(AUTHORITY.fields("server", names=["frps.example"], addresses=["192.0.2.1"]))
CLIENT = clientContext(Fields(), "frps.example")


class Talker(Protocol):
    """Remembers what it hears."""

    def __init__(self) -> None:
        self.heard: list[bytes] = []
        self.lost: Any = None
        self.onData: Callable[[], object] = lambda: None

    def dataReceived(self, data: bytes) -> None:
        assert self.lost is None, "nothing comes after the end"
        self.heard.append(data)
        self.onData()

    def connectionLost(self, reason: Any = None) -> None:
        assert self.lost is None, "the end comes once"
        self.lost = reason.value

    @property
    def text(self) -> bytes:
        return b"".join(self.heard)


@implementer(IHalfCloseableProtocol)
class HalfTalker(Talker):
    """One that knows of directions."""

    readEnded = writeEnded = 0

    def readConnectionLost(self) -> None:
        self.readEnded += 1

    def writeConnectionLost(self) -> None:
        self.writeEnded += 1


@implementer(IProducer)
class Producer:
    """Counts what it is told."""

    stopped = 0

    def stopProducing(self) -> None:
        self.stopped += 1


class Case(SynchronousTestCase):
    """Two layers, joined by a pipe."""

    def join(
        self,
        client: TLSSide = CLIENT,
        server: TLSSide = SERVER,
        talker: Callable[[], Talker] = Talker,
        pump: bool = True,
    ) -> None:
        self.clock = Clock()
        self.pipe = Pipe()
        self.near, self.far = talker(), talker()
        self.client = startTLS(self.pipe.client, client, self.clock, self.near)
        self.server = startTLS(self.pipe.server, server, self.clock, self.far)
        if pump:
            self.pipe.pump()

    def fault(self, layer: TLSLayer) -> str:
        """What its handshake failed with, for our log."""
        failure = self.failureResultOf(layer.ready, RemoteWireError)
        return str(failure.value.detail)


class HandshakeTests(Case):
    """Before the first byte."""

    def test_interfaces(self) -> None:
        """A layer is a stream to what is above, and a protocol that knows half-closing to what is below."""
        self.join()
        verifyObject(IStream, self.client)
        verifyObject(IProtocol, self.client)
        verifyObject(IHalfCloseableProtocol, self.client)
        self.assertEqual(self.pipe.client.getPeer(), self.client.getPeer())
        self.assertEqual(self.pipe.client.getHost(), self.client.getHost())

    def test_ready(self) -> None:
        """Both protocols are connected once the handshake is done, with TLS 1.3, and no timer is left."""
        self.join()
        self.assertIs(self.client, self.successResultOf(self.client.ready))
        self.assertIs(self.server, self.successResultOf(self.server.ready))
        self.assertIs(self.client, self.near.transport)
        self.assertIs(self.client, self.pipe.client.protocol)
        self.assertEqual("TLSv1.3", self.client.version)
        certificate = shown(self.client)
        assert certificate is not None
        self.assertEqual(AUTHORITY.certificates["server"], certificate)
        self.assertIsNone(shown(self.server))
        self.assertEqual([], self.clock.getDelayedCalls())

    def test_keyingMaterial(self) -> None:
        """Both ends know the same, for each label another, and another connection has nothing of it."""
        known = set()
        for _ in range(2):
            self.join()
            for label in (b"EXPERIMENTAL one", b"EXPERIMENTAL two"):
                material = self.client.keyingMaterial(label, 32)
                self.assertEqual((self.server.keyingMaterial(label, 32), len(material)), (material, 32))
                known.add(material)
        self.assertEqual(len(known), 4)

    def test_protocolLater(self) -> None:
        """Whoever waits for the handshake may choose the protocol then; bytes that came before are not lost."""
        clock, pipe = Clock(), Pipe()
        server = startTLS(pipe.server, SERVER, clock)
        client = startTLS(pipe.client, CLIENT, clock)
        pipe.pump()
        client.write(b"early")
        pipe.pump()
        late = Talker()
        server.protocol = late
        late.makeConnection(server)
        server.resumeProducing()
        pipe.pump()
        self.assertEqual(b"early", late.text)

    def test_protocolLaterAtOnce(self) -> None:
        """A protocol set while C{ready} fires needs nothing more."""
        clock, pipe = Clock(), Pipe()
        late = Talker()

        def choose(layer: TLSLayer) -> None:
            layer.protocol = late
            late.makeConnection(layer)

        startTLS(pipe.server, SERVER, clock).ready.addCallback(choose)
        client = startTLS(pipe.client, CLIENT, clock)
        pipe.pump()
        client.write(b"hello")
        pipe.pump()
        self.assertEqual(b"hello", late.text)

    def test_leftover(self) -> None:
        """Bytes that were read to find out that this is TLS are handed over."""
        clock, pipe = Clock(), Pipe()
        far = Talker()
        client = startTLS(pipe.client, CLIENT, clock)
        hello = bytes(pipe.client.wire)
        pipe.client.wire.clear()
        startTLS(pipe.server, SERVER, clock, far, hello[:700])
        pipe.client.wire += hello[700:]
        pipe.pump()
        self.assertIs(client, self.successResultOf(client.ready))

    def test_eager(self) -> None:
        """Much that comes in one piece with the end of the handshake is delivered."""

        class Eager(Talker):
            def connectionMade(self) -> None:
                assert self.transport is not None
                self.transport.write(b"e" * 60000)

        self.join(talker=Eager)
        self.assertEqual((60000, 60000), (len(self.near.text), len(self.far.text)))

    def test_slow(self) -> None:
        """A peer that says nothing is dropped after ten seconds."""
        self.join(pump=False)
        self.clock.advance(9.9)
        self.assertFalse(self.pipe.server.aborted)
        self.clock.advance(0.2)
        self.assertIn("handshake not done after 10 seconds; the peer said nothing", self.fault(self.server))
        self.assertTrue(self.pipe.server.aborted)
        self.failureResultOf(self.client.ready, RemoteWireError)

    def test_closed(self) -> None:
        """A connection that ends during the handshake says on which side to look."""
        self.join(pump=False)
        self.pipe.server.loseConnection()
        self.pipe.client.take(1)
        self.assertIn("nothing came back: this may not be frps", self.fault(self.client))

    def test_cancel(self) -> None:
        """Giving up drops the connection, and the protocol hears nothing."""
        self.join(pump=False)
        self.client.ready.cancel()
        self.failureResultOf(self.client.ready, CancelledError)
        self.assertTrue(self.pipe.client.aborted)
        self.server.loseConnection()
        self.failureResultOf(self.server.ready, CancelledError)
        self.assertIsNone(self.near.lost)
        self.assertEqual([], self.clock.getDelayedCalls())

    def spoken(self, said: bytes, side: TLSSide) -> str:
        self.clock, pipe = Clock(), Pipe()
        layer = startTLS(pipe.client, side, self.clock, Talker())
        layer.dataReceived(said)
        if not pipe.client.disconnecting:
            self.clock.advance(11)
        self.assertEqual([], self.clock.getDelayedCalls())
        return self.fault(layer)

    def test_spoken(self) -> None:
        """What speaks something else than TLS is named."""
        self.assertIn("plain HTTP: serverPort seems", self.spoken(b"HTTP/1.1 400 Bad Request\r\n\r\n", CLIENT))
        self.assertIn("plain HTTP request", self.spoken(b"GET / HTTP/1.1\r\n\r\n", SERVER))
        self.assertIn("SSH server", self.spoken(b"SSH-2.0-OpenSSH_9.2p1\r\n", CLIENT))
        self.assertIn("frp without TLS", self.spoken(bytes.fromhex("000100010000000100000000"), SERVER))
        self.assertIn("frp without TLS", self.spoken(b"FRP\x00\x02\r\n", SERVER))
        self.assertIn("frp without TLS", self.spoken(b"o" + (120).to_bytes(8, "big"), SERVER))
        self.assertIn("plain text or something else (it began with b'220 ", self.spoken(b"220 mail\r\n", CLIENT))

    def test_brokenOff(self) -> None:
        """A server that sends an alert is quoted."""
        self.assertIn("knows no server of this name", self.spoken(bytes.fromhex("15030300020270"), CLIENT))


class CrowdTests(Case):
    """Many shake hands at once: each has its turn."""

    def crowded(self, pieces: int) -> Turnstile:
        """@return: where so many pieces of work, of six seconds each, come first."""
        self.clock, self.pipe = Clock(), Pipe()
        turnstile = Turnstile(self.clock)
        for _ in range(pieces):
            turnstile.enter(self.work)
        return turnstile

    def work(self) -> None:
        self.clock.rightNow += 6

    def shake(self, turnstile: Turnstile) -> tuple[TLSLayer, TLSLayer]:
        """@return: a server that waits for its turn, and its client, which will not wait so long."""
        server = startTLS(self.pipe.server, SERVER, self.clock, Talker(), turnstile=turnstile)
        client = startTLS(self.pipe.client, CLIENT, self.clock, Talker(), timeout=60)
        self.pipe.pump()
        return server, client

    def test_nobody(self) -> None:
        """Without a crowd nobody waits."""
        server, client = self.shake(self.crowded(0))
        self.assertEqual((self.successResultOf(server.ready), self.successResultOf(client.ready)), (server, client))
        self.assertEqual([], self.clock.getDelayedCalls())

    def test_waits(self) -> None:
        """Until its turn nothing is read or said, and its time does not run."""
        server, client = self.shake(self.crowded(4))
        self.assertTrue(self.pipe.server.paused)
        self.assertNoResult(client.ready)
        self.clock.advance(0)
        self.assertEqual(24, self.clock.seconds())
        self.assertFalse(self.pipe.server.paused)
        self.pipe.pump()
        self.assertEqual((self.successResultOf(server.ready), self.successResultOf(client.ready)), (server, client))

    def test_slow(self) -> None:
        """From its turn on it has ten seconds, as it would have had from the beginning."""
        server, _ = self.shake(self.crowded(2))
        self.clock.advance(0)
        self.clock.advance(9.9)
        self.assertNoResult(server.ready)
        self.clock.advance(0.2)
        self.assertIn("handshake not done after 10 seconds", self.fault(server))

    def test_left(self) -> None:
        """Who has gone before its turn is told once, and costs nothing more."""
        server, client = self.shake(self.crowded(2))
        server.abortConnection()
        self.failureResultOf(server.ready, CancelledError)
        self.clock.advance(0)
        self.assertEqual([0], [len(self.pipe.server.wire)])
        client.abortConnection()
        self.failureResultOf(client.ready, CancelledError)
        self.assertEqual([], self.clock.getDelayedCalls())


class BytesTests(Case):
    """After the handshake."""

    def test_oneWrite(self) -> None:
        """A frame with its header leaves as one raw write, and comes as few pieces."""
        self.join()
        before = len(self.pipe.client.writes)
        self.client.writeVector(b"h" * 12, b"b" * 65536)
        self.assertEqual(before + 1, len(self.pipe.client.writes))
        self.pipe.pump()
        self.assertEqual(b"h" * 12 + b"b" * 65536, self.far.text)
        self.assertLessEqual(len(self.far.heard), 2)

    def test_large(self) -> None:
        """More than OpenSSL should be given at once still arrives, and so does nothing at all."""
        self.join()
        data = bytes(range(256)) * 4096
        self.server.write(b"")
        self.server.writeSequence([data, b"", memoryview(data)])  # type: ignore[list-item]
        self.pipe.pump()
        self.assertEqual(data * 2, self.near.text)
        self.assertLessEqual(max(self.pipe.server.writes), PIECE * 1.01)

    @given(
        st.lists(st.integers(1, 1 << 16), min_size=1, max_size=20),
        st.lists(st.tuples(st.booleans(), st.binary(max_size=40), st.integers(0, 40000)), max_size=8),
    )
    @settings(max_examples=60)
    def test_anyCut(self, cuts: list[int], said: list[tuple[bool, bytes, int]]) -> None:
        """Wherever the network cuts, both sides hear what the other said, and the end of it."""
        self.join(pump=False)
        at = cycle(cuts)
        self.pipe.pump(chain(cuts, cycle([max(next(at), 200)])))
        for fromClient, header, size in said:
            (self.client if fromClient else self.server).writeVector(header, b"x" * size)
        self.client.loseConnection()
        self.pipe.pump(chain(cuts, cycle([5000])))
        expected = b"".join(header + b"x" * size for fromClient, header, size in said if fromClient)
        self.assertEqual(expected, self.far.text)
        self.assertIsInstance(self.far.lost, ConnectionDone)
        self.assertIsInstance(self.near.lost, ConnectionDone)

    @given(st.integers(0, 4000), st.binary(min_size=1, max_size=64))
    @settings(max_examples=80)
    def test_hostile(self, at: int, junk: bytes) -> None:
        """Bytes changed anywhere end this connection with one error, and never reach the protocol."""
        self.join(pump=False)
        carried = 0
        for _ in range(40):
            self.pipe.client.take(1 << 16)
            data = bytes(self.pipe.client.wire)
            self.pipe.client.wire.clear()
            if carried <= at < carried + len(data):
                where = at - carried
                data = data[:where] + junk + data[where + len(junk) :]
            carried += len(data)
            if data and not self.pipe.server.disconnecting:
                self.server.dataReceived(data)
            if self.client.connected and carried < 4000:
                self.client.write(b"y" * 500)
        self.clock.advance(11)
        for layer in (self.server, self.client):
            layer.ready.addErrback(lambda failure: failure.trap(RemoteWireError))
        self.assertEqual(b"", self.far.text.strip(b"y"))

    def test_midStream(self) -> None:
        """A record that does not decrypt is the peer's fault, and the protocol hears of it once."""
        self.join()
        self.client.write(b"good")
        self.pipe.pump()
        self.server.dataReceived(b"\x17\x03\x03\x00\x20" + bytes(32))
        self.server.dataReceived(b"ignored")
        self.server.write(b"ignored")
        self.pipe.pump()
        self.assertEqual(b"good", self.far.text)
        self.assertIsInstance(self.far.lost, RemoteWireError)
        self.assertIn("broke the protocol", self.far.lost.detail)
        self.assertIsInstance(self.near.lost, RemoteWireError)

    def test_replaced(self) -> None:
        """The protocol may be replaced between two deliveries."""
        self.join()
        second = Talker()
        self.far.onData = lambda: setattr(self.server, "protocol", second)
        self.client.write(b"one")
        self.pipe.pump()
        self.client.write(b"two")
        self.pipe.pump()
        self.assertEqual((b"one", b"two"), (self.far.text, second.text))


class OldVersionTests(Case):
    """TLS 1.2, which old peers speak."""

    def old(self) -> TLSSide:
        side = clientContext(Fields(), "frps.example")
        side.context.set_max_proto_version(SSL.TLS1_2_VERSION)
        return side

    def test_bytes(self) -> None:
        """Bytes and both ends of the stream come as with 1.3."""
        self.join(self.old(), talker=HalfTalker)
        self.assertEqual("TLSv1.2", self.server.version)
        self.client.writeVector(b"h" * 12, b"b" * 65536)
        self.client.loseWriteConnection()
        self.pipe.pump(cycle([5000]))
        self.server.write(b"answer")
        self.server.loseWriteConnection()
        self.pipe.pump()
        self.assertEqual((65548, b"answer"), (len(self.far.text), self.near.text))
        self.assertIsInstance(self.near.lost, ConnectionDone)
        self.assertIsInstance(self.far.lost, ConnectionDone)

    def test_renegotiation(self) -> None:
        """A peer that wants to negotiate again is refused at once; nothing of it stays in our memory."""
        context = SSL.Context(SSL.TLS_CLIENT_METHOD)
        context.set_max_proto_version(SSL.TLS1_2_VERSION)
        side = TLSSide(lambda: context, server=False, trusted=None)
        self.join(side)
        written = len(self.pipe.server.writes)
        self.assertTrue(self.client._tls.renegotiate())
        self.assertRaises(SSL.WantReadError, self.client._tls.do_handshake)
        self.client._flush()
        self.pipe.server.take(1 << 16)
        self.assertEqual(written + 1, len(self.pipe.server.writes))
        self.assertEqual([], self.far.heard)

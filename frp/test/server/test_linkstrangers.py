"""Whoever comes to the port for nodes and is none, and whoever answers in place of one."""

from __future__ import annotations

from collections.abc import Callable

from OpenSSL import SSL
from twisted.internet.protocol import Factory, Protocol
from twisted.python.failure import Failure

from frp.interfaces import IStream
from frp.server.cluster import strangers
from frp.session.carrier import carrierOf
from frp.sockets.addresses import endpointFor
from frp.sockets.tls import TLSLayer, startTLS
from frp.sockets.tlsside import TLSSide, clientContext, peerContext, serverContext
from frp.test.server.nodes import SECRET, Node, NodesCase
from frp.test.sockets.authority import Authority, Fields
from frp.wire.nodes import LABEL, MATERIAL, Hello, HelloReader, Proofs

CLIENT = clientContext(Fields(), "")
SERVER = serverContext(Fields())
HELLO = Hello("a", "somebody", "b")


class Stranger(Protocol):
    """
    Somebody, after TLS or without.

    @ivar heard: all that it is told.
    @ivar lost: whether it was sent away.
    """

    transport: TLSLayer

    def __init__(self) -> None:
        self.heard = b""
        self.lost = False
        self.onData: Callable[[bytes], object] = lambda data: None

    def dataReceived(self, data: bytes) -> None:
        self.heard += data
        self.onData(data)

    def connectionLost(self, reason: Failure | None = None) -> None:
        self.lost = True

    def proofs(self, secret: str = SECRET) -> Proofs:
        """What proves things on its connection, to those who know the secret."""
        return Proofs(secret.encode(), self.transport.keyingMaterial(LABEL, MATERIAL))


class StrangersCase(NodesCase):
    """A node b, and strangers."""

    def come(self, node: Node) -> tuple[Stranger, IStream]:
        """@return: somebody who has connected, and speaks without TLS."""
        stranger = Stranger()
        carrier = carrierOf(endpointFor(self.reactor, "127.0.0.1", node.port, 5))
        self.reactor.settle()
        stream = self.successResultOf(carrier)
        stream.protocol = stranger
        stranger.makeConnection(stream)
        return stranger, stream

    def shake(self, node: Node, side: TLSSide = CLIENT) -> Stranger:
        """@return: one who has done TLS."""
        _, stream = self.come(node)
        stranger = Stranger()
        startTLS(stream, side, self.reactor, stranger).ready.addErrback(lambda failure: None)
        self.reactor.settle()
        return stranger

    def assertSentAway(self, node: Node, stranger: Stranger, *words: str) -> None:
        """There is one line for it, with these words; it got nothing, and nobody else was harmed."""
        self.reactor.settle()
        self.assertEqual((stranger.lost, stranger.heard), (True, b""))
        lines = [line for line in node.lines.texts if "a connection from 127.0.0.1:" in line]
        self.assertEqual(len(lines), 1, lines)
        for word in words:
            self.assertIn(word, lines[0])
        self.assertEqual(node.links.reachable, set())
        node.lines.texts.clear()
        self.reactor.spend(strangers.MINUTE)  # the same is said again


class StrangerTests(StrangersCase):
    """One at a time."""

    def setUp(self) -> None:
        super().setUp()
        self.b = self.node("b")

    def test_withoutTLS(self) -> None:
        """Whoever speaks something else is told apart at once."""
        for said, word in ((b"GET / HTTP/1.1\r\n\r\n", "HTTP"), (b"SSH-2.0-x\r\n", "SSH"), (bytes(range(99)), "TLS")):
            stranger, stream = self.come(self.b)
            stream.write(said)
            self.reactor.settle()
            self.assertTrue(stranger.lost)
            stranger.heard = b""  # an alert of TLS
            self.assertSentAway(self.b, stranger, word)

    def test_silent(self) -> None:
        """Whoever says nothing has five seconds, before TLS and after it, and in both together."""
        before, _ = self.come(self.b)
        self.reactor.spend(4.9)
        self.assertFalse(before.lost)
        self.reactor.spend(0.2)
        self.assertSentAway(self.b, before, "said nothing")
        after = self.shake(self.b)
        self.reactor.spend(4.9)
        self.assertFalse(after.lost)
        self.reactor.spend(0.2)
        self.assertSentAway(self.b, after, "did not say who it is within 5 s")
        _, stream = self.come(self.b)
        self.reactor.spend(3)
        both = Stranger()
        startTLS(stream, CLIENT, self.reactor, both)
        self.reactor.spend(1.9)
        self.assertFalse(both.lost)
        self.reactor.spend(0.2)
        self.assertSentAway(self.b, both, "within 5 s")

    def test_slow(self) -> None:
        """A byte now and then does not buy more time."""
        stranger = self.shake(self.b)
        for byte in stranger.proofs().say(HELLO, dials=True)[:49]:
            self.reactor.spend(0.1)
            stranger.transport.write(bytes([byte]))
        self.reactor.spend(0.2)
        self.assertSentAway(self.b, stranger, "within 5 s")

    def test_gone(self) -> None:
        """One who looks in and goes, as checks of health do, is one line as well."""
        stranger, stream = self.come(self.b)
        stream.loseConnection()
        self.assertSentAway(self.b, stranger, "closed")
        stranger = self.shake(self.b)
        stranger.transport.loseConnection()
        self.assertSentAway(self.b, stranger, "before the other side said who it is")

    def test_garbage(self) -> None:
        """Inside TLS as well."""
        for said, word in (
            (b"GET / HTTP/1.1\r\n\r\n", "this looks like an HTTP client"),
            (b"frp node\x02" + bytes(100), "version 2 of what nodes speak, and this node version 1"),
            (b"frp node\x01\xff\xff" + bytes(100_000), "2048 are allowed"),
            (b"frp node\x01\x00\x40" + bytes(64), "does not know the secret"),
        ):
            stranger = self.shake(self.b)
            stranger.transport.write(said)
            self.assertSentAway(self.b, stranger, word)

    def test_wrongSecret(self) -> None:
        """Whoever knows another secret, or says what he has heard, is no node."""
        stranger = self.shake(self.b)
        stranger.transport.write(stranger.proofs("guessed").say(HELLO, dials=True))
        self.assertSentAway(self.b, stranger, "does not know the secret of this node")
        stranger = self.shake(self.b)
        stranger.transport.write(stranger.proofs().say(HELLO, dials=False))
        self.assertSentAway(self.b, stranger, "does not know the secret of this node")

    def test_wrongNode(self) -> None:
        """A node that should not be here is sent away too."""
        for hello, word in (
            (Hello("c", "third", "b"), "node third has dialled, and should wait"),
            (Hello("b", "second", "b"), "node second has dialled"),
        ):
            stranger = self.shake(self.b)
            stranger.transport.write(stranger.proofs().say(hello, dials=True))
            self.assertSentAway(self.b, stranger, word)

    def test_anotherWanted(self) -> None:
        """A node that looks for another one is told who is here, and sent away."""
        stranger = self.shake(self.b)
        proofs = stranger.proofs()
        stranger.transport.write(proofs.say(Hello("a", "first", "c"), dials=True))
        self.reactor.settle()
        said = HelloReader().receive(stranger.heard)
        assert said is not None
        self.assertEqual(proofs.believe(said, dials=False), Hello("b", "node b", "a"))
        stranger.heard = b""
        self.assertSentAway(self.b, stranger, "node first looks for another one here")

    def test_oldTLS(self) -> None:
        """Older versions of TLS are not believed in."""
        side = clientContext(Fields(), "")
        side.context.set_max_proto_version(SSL.TLS1_2_VERSION)
        stranger = self.shake(self.b, side)
        self.assertSentAway(self.b, stranger, "it speaks TLSv1.2, and nodes speak TLSv1.3")

    def test_aNode(self) -> None:
        """Whoever knows the secret, the names and the protocol is one, and what it says at once is heard."""
        stranger = self.shake(self.b)
        ask = bytes.fromhex("0000 0001 00000001 00000004") + b"\x00\x02{}"
        stranger.transport.write(stranger.proofs().say(HELLO, dials=True) + ask)
        self.reactor.settle()
        self.assertEqual((self.b.links.reachable, len(self.b.asked)), ({"a"}, 1))
        stranger.transport.loseConnection()
        self.reactor.settle()


class FloodTests(StrangersCase):
    """Many at a time."""

    def test_lines(self) -> None:
        """The log has one line for each reason, a few at most, and then a number for the rest of a minute."""
        b = self.node("b")
        for _ in range(500):
            _, stream = self.come(b)
            stream.write(b"GET / HTTP/1.1\r\n\r\n")
            self.reactor.settle()
        self.assertEqual(b.said("a connection from"), 1)
        for version in range(2, 22):
            self.shake(b).transport.write(b"frp node" + bytes([version]) + bytes(100))
            self.reactor.settle()
        self.assertEqual(b.said("a connection from"), strangers.LINES)
        self.reactor.spend(strangers.MINUTE)
        self.assertEqual(b.said(f"{520 - strangers.LINES} more connections"), 1)
        _, stream = self.come(b)
        stream.loseConnection()
        self.reactor.settle()
        self.assertEqual(b.said("a connection from"), strangers.LINES + 1)
        self.reactor.spend(strangers.MINUTE)
        self.assertEqual(b.said("more connections"), 1)

    def test_places(self) -> None:
        """Only so many are there at a time, the latest; and a node still comes through."""
        a, b = self.node("a"), self.node("b")
        for _ in range(300):
            self.come(b)
        self.assertEqual(len(self.reactor.links), strangers.MOST)
        self.assertEqual(b.said("too many others came meanwhile"), 1)
        self.acquaint(a, b)
        self.assertEqual((a.links.reachable, b.links.reachable), ({"b"}, {"a"}))
        self.reactor.spend(5)
        self.assertEqual(len(self.reactor.links), 1)

    def test_stop(self) -> None:
        """A node that stops waits for none of them, and says nothing of them."""
        b = self.node("b")
        for _ in range(3):
            self.come(b)
            self.shake(b)
        stopped = b.links.stop()
        self.reactor.settle()
        self.successResultOf(stopped)
        self.assertEqual((self.reactor.links, b.said("a connection from")), ([], 0))


class ImpostorTests(StrangersCase):
    """Somebody answers where a node is awaited."""

    def answer(self, made: Callable[[Stranger], object], side: TLSSide = SERVER) -> tuple[Node, list[Stranger]]:
        """@return: a node that dials somebody, and whoever answered; C{made} is called after each TLS."""
        a = self.node("a")
        came: list[Stranger] = []

        def build(stranger: Stranger) -> None:
            came.append(stranger)
            made(stranger)

        class Answering(Protocol):
            transport: IStream

            def connectionMade(self) -> None:
                stranger = Stranger()
                layer = startTLS(self.transport, side, reactor, stranger)
                layer.ready.addCallbacks(lambda _: build(stranger), lambda failure: None)

        reactor = self.reactor
        port = reactor.listenTCP(0, Factory.forProtocol(Answering))
        self.addCleanup(port.stopListening)
        a.links.know("b", "node b", f"127.0.0.1:{port.getHost().port}")
        self.reactor.spend(0.05)
        return a, came

    def assertNoLink(self, a: Node, word: str) -> None:
        """It is said once, and a session there is none."""
        self.reactor.spend(6)
        self.assertEqual((a.links.reachable, a.said(word)), (set(), 1), a.lines.texts)

    def test_mirrored(self) -> None:
        """What a node has said itself is not believed by it."""

        def made(stranger: Stranger) -> None:
            stranger.onData = stranger.transport.write

        a, _ = self.answer(made)
        self.assertNoLink(a, "does not know the secret of this node")

    def test_anotherNode(self) -> None:
        """A node, and not the one that was dialled."""

        def made(stranger: Stranger) -> None:
            said = stranger.proofs().say(Hello("c", "third", "a"), dials=False)
            stranger.onData = lambda data: stranger.transport.write(said)

        a, _ = self.answer(made)
        self.assertNoLink(a, "node third is there, and not node b: see cluster.advertise of node b")

    def test_silent(self) -> None:
        """Nobody waits long for an answer."""
        a, came = self.answer(lambda stranger: None)
        self.reactor.spend(5)
        self.assertTrue(came[0].lost)
        self.assertNoLink(a, "did not say who it is within 5 s")

    def test_inTheMiddle(self) -> None:
        """Proofs that are passed on between two connections prove nothing on either."""
        b = self.node("b")

        def made(stranger: Stranger) -> None:
            onward = self.onward = self.shake(b)
            stranger.onData = onward.transport.write
            onward.onData = stranger.transport.write

        a, _ = self.answer(made)
        self.reactor.settle()
        self.assertTrue(self.onward.lost)
        self.assertEqual(self.onward.heard, b"")
        self.assertEqual((a.links.reachable, b.links.reachable), (set(), set()))
        self.assertTrue(b.said("does not know the secret of this node"))
        self.assertNoLink(a, "did not say who it is within 5 s")

    def test_otherSecret(self) -> None:
        """Two nodes with two secrets: both logs say so, the one that dials once."""
        a, b = self.pair(secret="another")
        self.reactor.spend(60)
        self.assertEqual((a.links.reachable, b.links.reachable), (set(), set()))
        self.assertEqual(a.said("do both nodes have the same secret"), 1)
        self.assertLessEqual(b.said("does not know the secret of this node"), 2 * strangers.LINES)


class CertificateTests(StrangersCase):
    """Where there is an authority."""

    def setUp(self) -> None:
        super().setUp()
        self.authority = Authority()
        self.fields = self.authority.fields("node", names=["whatever.example"])
        self.fields.trustedCaFile = self.authority.caFile

    def test_ours(self) -> None:
        """Both sides have a certificate of it, be it for whatever name."""
        a, b = self.pair(tls=self.fields)
        self.assertEqual((a.links.reachable, b.links.reachable), ({"b"}, {"a"}))

    def test_none(self) -> None:
        """Who dials without one is sent away before a proof is looked at."""
        a, b = self.node("a"), self.node("b", tls=self.fields)
        self.acquaint(a, b)
        self.reactor.spend(1)
        self.assertEqual((a.links.reachable, b.links.reachable), (set(), set()))
        self.assertTrue(b.said("client didn't provide a certificate; cluster.tls.trustedCaFile is set here"))

    def test_foreign(self) -> None:
        """Who answers with one of another authority is told nothing."""
        foreign = Authority("Another").fields("node")
        foreign.trustedCaFile = self.authority.caFile
        a, b = self.node("a", tls=self.fields), self.node("b", tls=foreign)
        self.acquaint(a, b)
        self.reactor.spend(1)
        self.assertEqual((a.links.reachable, b.links.reachable), (set(), set()))
        self.assertTrue(a.said("our cluster.tls.trustedCaFile does not vouch for the server's certificate"))

    def test_sides(self) -> None:
        """What dials looks at the authority, and at no name."""
        side = peerContext(self.fields, "cluster.tls")
        self.assertEqual((side.verified, side.server, side.sentName), (True, False, ""))
        self.assertIsNotNone(side.pair)

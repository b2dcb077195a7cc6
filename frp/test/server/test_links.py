"""Nodes that ask each other, over one session between two."""

from __future__ import annotations

from twisted.internet.address import IPv4Address
from twisted.internet.defer import Deferred
from twisted.internet.error import ConnectionDone, ConnectionLost
from twisted.internet.protocol import Protocol
from twisted.python.failure import Failure

from frp.errors import ConfigError, PortTaken, TunnelLost
from frp.server.cluster import link as linkModule
from frp.server.cluster.link import Link
from frp.session.greeting import Once
from frp.test.server.nodes import SECRET, Node, NodesCase, recorded
from frp.test.sockets.authority import Fields
from frp.testing import links


class QuestionTests(NodesCase):
    """What is asked, and what becomes of it."""

    def test_asked(self) -> None:
        """A question arrives as it is; its stream comes after the yes and with what is written behind it, paused."""
        a, b = self.pair()
        ask = {"run": "é\ud800", "user": ["192.0.2.1", 80], "deep": {"x": [None, True, 1.5]}}
        coming = self.ask(a, b, ask)
        (asked,) = b.asked
        self.assertEqual((asked.ask, asked.node), (ask, "a"))
        self.assertNoResult(coming)
        asked.accept().write(b"welcome")
        self.reactor.settle()
        stream = self.successResultOf(coming)
        self.assertGreater(stream.roundTrip(), -1)
        stream.write(b"early")
        far = recorded(asked.stream)
        self.reactor.settle()
        near = recorded(stream)
        self.assertEqual((near.received, far.received), (b"welcome", b"early"))

    def test_behindTheQuestion(self) -> None:
        """What is said right behind a question is for whoever says yes to it."""
        a, b = self.pair()
        heard = Protocol()
        heard.connectionMade = lambda: heard.transport.write(b"\x00\x02{}and more")  # type: ignore[method-assign,union-attr]
        a.links._links["b"].connect(Once(heard))
        self.reactor.settle()
        (asked,) = b.asked
        self.assertEqual(recorded(asked.accept()).received, b"and more")

    def test_bothWays(self) -> None:
        """Either node asks the other, on the same connection."""
        a, b = self.pair()
        for near, far in (self.opened(a, b), self.opened(b, a), self.opened(a, b)):
            near.transport.write(b"x" * 300_000)
            far.transport.write(b"y" * 300_000)
            near.transport.loseWriteConnection()
            self.reactor.spend(0.1)
            self.assertEqual((near.received, far.received, far.ended), (b"y" * 300_000, b"x" * 300_000, True))
            self.assertIsNone(near.lost)
        self.assertEqual(len(self.reactor.links), 1)

    def test_refused(self) -> None:
        """A no has the other node's words, and ends only its own stream."""
        a, b = self.pair()
        near, far = self.opened(a, b)
        coming = self.ask(a, b)
        b.asked.pop().refuse("its client does not come")
        self.assertEqual(self.refusal(coming), "its client does not come")
        far.transport.write(b"!")
        self.reactor.settle()
        self.assertEqual((near.received, near.lost), (b"!", None))
        self.assertEqual([len(node.links._links[other]) for node, other in ((a, "b"), (b, "a"))], [1, 1])

    def test_noLink(self) -> None:
        """Where there is no link it is said at once, with the name if that is known."""
        a, b = self.pair()
        self.assertEqual(self.refusal(a.links.stream("z", {})), "there is no link to node z")
        self.way(b).cut()
        self.assertEqual(self.refusal(a.links.stream("b", {})), "there is no link to node node b")

    def test_tooLong(self) -> None:
        """A question that would not be read is not asked."""
        a, b = self.pair()
        self.assertIn("16384 are allowed", self.refusal(a.links.stream("b", {"x": "y" * 16384})))
        self.assertEqual((b.asked, len(a.links._links["b"])), ([], 0))

    def test_noQuestion(self) -> None:
        """A node that asks in a way that is none is refused; others of its streams live."""
        a, b = self.pair()
        near, far = self.opened(a, b)
        for what, words in ((b"\xff\xff", b"an ask is too long"), (b"\x00\x02[]", b"not an ask")):
            other = self.successResultOf(a.links._links["b"].connect(Once(recorder := _Telling(what))))
            self.reactor.settle()
            self.assertEqual(other, recorder)
            self.assertEqual(recorder.heard, bytes([0, len(words)]) + words)
        far.transport.write(b"!")
        self.reactor.settle()
        self.assertEqual((near.received, b.asked), (b"!", []))

    def test_bug(self) -> None:
        """A bug in what answers costs the question its stream, and is a traceback, whether it was answered or not."""
        a, b = self.pair()
        b.answer = lambda asked: 1 / 0
        self.assertIn("it has dropped the question", self.refusal(self.ask(a, b)))
        b.answer = lambda asked: asked.accept() and 1 / 0
        self.assertTrue(self.successResultOf(self.ask(a, b)).closed)
        self.assertEqual((len(b.lines.failures), a.links.reachable), (2, {"b"}))
        b.lines.failures.clear()

    def test_noAnswer(self) -> None:
        """Nobody waits for ever; the link lives, and an answer that comes too late harms nobody."""
        a, b = self.pair()
        coming = self.ask(a, b)
        self.reactor.spend(29)
        self.assertNoResult(coming)
        self.reactor.spend(2)
        self.assertEqual(self.refusal(coming), "node node b did not answer within 30 s")
        late = b.asked.pop()
        self.assertTrue(late.stream.closed)
        late.accept().write(b"hello")
        self.reactor.settle()
        self.assertEqual(a.links.reachable, {"b"})

    def test_cancelled(self) -> None:
        """Whoever does not wait any more leaves nothing behind."""
        a, b = self.pair()
        for wait in (self.reactor.settle, lambda: None):
            coming = a.links.stream("b", {})
            wait()
            coming.addErrback(lambda failure: None).cancel()
            self.reactor.settle()
        self.assertEqual([asked.stream.closed for asked in b.asked], [True, True])
        self.assertEqual(len(a.links._links["b"]._unanswered), 0)

    def test_manyAtOnce(self) -> None:
        """More questions than the session opens at a time wait for their turn; those who give up then leave it."""
        a, b = self.pair()
        coming = [a.links.stream("b", {"n": n}) for n in range(600)]
        coming.pop(400).addErrback(lambda failure: None).cancel()
        self.reactor.spend(1)
        self.assertEqual([asked.ask["n"] for asked in b.asked], [n for n in range(600) if n != 400])
        for asked in b.asked:
            asked.accept()
        self.reactor.spend(1)
        for each in coming:
            self.successResultOf(each)

    def test_bounded(self) -> None:
        """A link has so many streams; for more there is a no, on either side."""
        a, b = self.pair()
        self.patch(linkModule, "MOST", 2)
        coming = [self.ask(a, b) for _ in range(3)]
        self.assertIn("has 2 streams", self.refusal(coming[2]))
        self.assertEqual(len(b.asked), 2)
        link = a.links._links["b"]
        others = [self.successResultOf(link.connect(Once(_Telling(b"\x00\x02{}")))) for _ in range(3)]
        self.reactor.settle()
        self.assertEqual([other.lost for other in others], [False, False, True])
        self.assertEqual(len(b.asked), 4)
        for asked in b.asked[:2]:
            asked.accept()
        self.reactor.settle()
        for each in coming[:2]:
            self.successResultOf(each)


class _Telling(Protocol):
    """Says something, and remembers what it hears."""

    def __init__(self, what: bytes) -> None:
        self.heard = b""
        self.lost = False
        self._what = what

    def connectionMade(self) -> None:
        assert self.transport is not None
        self.transport.write(self._what)

    def dataReceived(self, data: bytes) -> None:
        self.heard += data

    def connectionLost(self, reason: object = None) -> None:
        self.lost = True


class DialTests(NodesCase):
    """Who dials, and how often."""

    def test_smallerDials(self) -> None:
        """Of two that know each other only one dials, and one session is between them."""
        a, b = self.pair()
        self.assertEqual((a.links.reachable, b.links.reachable), ({"b"}, {"a"}))
        self.assertEqual([link.port for link in self.reactor.links], [b.links.port])

    def test_heardOfOneWay(self) -> None:
        """It is enough that the one who dials has heard of the other; whoever is dialled waits."""
        a, b = self.node("a"), self.node("b")
        b.links.know("a", a.address)
        self.reactor.spend(5)
        self.assertEqual(self.reactor.links, [])
        a.links.know("b", b.address)
        self.reactor.spend(0.05)
        self.assertEqual((a.links.reachable, b.links.reachable), ({"b"}, {"a"}))

    def test_itself(self) -> None:
        """A node that is told of itself does nothing."""
        a = self.node("a")
        a.links.know("a", a.address)
        self.reactor.spend(5)
        self.assertEqual((self.reactor.links, a.links.reachable), ([], set()))

    def test_three(self) -> None:
        """Each has one with each."""
        nodes = [self.node(name) for name in "bca"]
        self.acquaint(*nodes)
        self.assertEqual(len(self.reactor.links), 3)
        self.assertEqual([sorted(node.links.reachable) for node in nodes], [["a", "c"], ["a", "b"], ["b", "c"]])

    def test_again(self) -> None:
        """A node that does not answer is tried again, ever less often, and the log is told once."""
        a, b = self.node("a"), self.node("b")
        self.reactor.refused.add(b.links.port)
        times: list[float] = []
        dial = a.links._dial

        def timed(node: str, address: str) -> Deferred[Link]:
            times.append(self.reactor.seconds())
            return dial(node, address)

        self.patch(a.links, "_dial", timed)
        a.links.know("b", b.address)
        self.reactor.spend(8)
        self.assertEqual([round(time - times[0], 1) for time in times], [0, 0.1, 0.3, 0.7, 1.5, 3.1, 5.1, 7.1])
        self.assertEqual(a.said("connection refused"), 1)
        self.reactor.refused.clear()
        self.reactor.spend(2)
        self.assertEqual(a.links.reachable, {"b"})

    def test_lost(self) -> None:
        """A link that is lost is up again soon, and the log of both tells of each."""
        a, b = self.pair()
        near, far = self.opened(a, b)
        self.reactor.spend(10)
        self.way(b).cut()
        self.assertEqual((a.links.reachable, b.links.reachable), (set(), set()))
        for recorder in (near, far):
            self.assertIsInstance(recorder.lost, TunnelLost)
        self.reactor.spend(0.15)
        self.assertEqual((a.links.reachable, b.links.reachable), ({"b"}, {"a"}))
        for node in (a, b):
            self.assertEqual((node.said("is up"), node.said("is lost: the connection was lost")), (2, 1))

    def test_unsteady(self) -> None:
        """One that is lost again and again is not dialled ten times a second."""
        a, _ = self.pair()
        for _ in range(200):
            for link in list(self.reactor.links):
                link.cut()
            self.reactor.spend(0.1)
        self.assertLess(a.said("is up"), 20)

    def test_forgotten(self) -> None:
        """A node that is gone is not dialled any more; a session with it lives on until it is lost."""
        a, b = self.pair()
        near, far = self.opened(a, b)
        a.links.forget("b")
        b.links.forget("a")
        self.reactor.spend(10)
        near.transport.write(b"still here")
        self.reactor.settle()
        self.assertEqual(far.received, b"still here")
        self.way(b).cut()
        self.reactor.spend(10)
        self.assertEqual((a.links.reachable, self.reactor.links), (set(), []))

    def test_forgottenWhileDialled(self) -> None:
        """The attempt is given up, at whichever step it is."""
        linked = self.reactor.linked

        def slowly(near: IPv4Address, far: IPv4Address) -> links.Link:
            link = linked(near, far)
            link.delay = 1
            return link

        self.patch(self.reactor, "linked", slowly)
        for pause in (0, 0.5, 1.5, 2.5, 3.5):
            a, b = self.node(f"a{pause}"), self.node(f"b{pause}")
            a.links.know(b.node, b.address)
            if pause:
                self.reactor.spend(pause)
                self.assertEqual(len(self.reactor.links), 1)
            a.links.forget(b.node)
            a.links.forget("never known")
            self.reactor.spend(2)
            self.assertEqual((self.reactor.links, a.links.reachable, b.links.reachable), ([], set(), set()))

    def test_moved(self) -> None:
        """A node may be told to be elsewhere; an address that is none is said to be so."""
        a, b = self.node("a"), self.node("b")
        a.links.know("b", "nowhere")
        self.reactor.spend(1)
        self.assertEqual(a.said("there is no link to the node at nowhere, which is tried again: address nowhere"), 1)
        a.links.know("b", b.address)
        self.reactor.spend(2)
        self.assertEqual(a.links.reachable, {"b"})

    def test_anotherLife(self) -> None:
        """Who listens where a node has been is not taken for it."""
        a, b = self.node("a"), self.node("b2")
        a.links.know("b1", b.address)
        self.reactor.spend(3)
        self.assertEqual((a.links.reachable, b.links.reachable), (set(), set()))
        self.assertTrue(b.said("node node a looks for another one here"))
        self.assertEqual(a.said("its log says why"), 1)

    def test_knownBeforeTheStart(self) -> None:
        """Nobody is dialled before it has started."""
        b = self.node("b")
        a = Node(self.reactor, "a", SECRET, Fields(), 0)
        self.nodes.append(a)
        a.links.know("b", b.address)
        self.reactor.spend(1)
        self.assertEqual(self.reactor.links, [])
        self.successResultOf(a.links.start())
        self.reactor.spend(0.1)
        self.assertEqual(a.links.reachable, {"b"})


class DeadTests(NodesCase):
    """Links that carry nothing any more, and nobody says so."""

    def test_silent(self) -> None:
        """Both ends notice within four seconds, and users with them."""
        a, b = self.pair()
        near, far = self.opened(a, b)
        waiting = self.ask(b, a)
        self.reactor.spend(7.3)
        self.way(b).silence()
        self.reactor.silent.add(b.links.port)
        self.reactor.spend(2)
        self.assertEqual((a.links.reachable, near.lost), ({"b"}, None))
        self.reactor.spend(2)
        self.assertEqual((a.links.reachable, b.links.reachable), (set(), set()))
        for recorder in (near, far):
            self.assertIsInstance(recorder.lost, TunnelLost)
            self.assertNotIsInstance(recorder.lost, ConnectionDone)
        self.assertIn("did not answer", self.refusal(waiting))
        self.assertIn("there is no link", self.refusal(b.links.stream("a", {})))
        self.assertEqual(a.said("nothing came from it for 3 s"), 1)

    def test_alive(self) -> None:
        """A slow answer is an answer, and whoever sends bulk lives, however long its pings take."""
        a, b = self.pair()
        near, far = self.opened(a, b)
        self.way(b).delay = 1.2
        for _ in range(40):
            far.transport.write(bytes(1000))
            self.reactor.spend(0.5)
        self.assertEqual((near.lost, a.links.reachable), (None, {"b"}))

    def test_replaced(self) -> None:
        """A node that dials anew has lost the session that was: whoever is still on it hears of that."""
        a, b = self.pair()
        _, far = self.opened(a, b)
        old = self.way(b)
        old.silence()
        old.client.connectionLost(Failure(ConnectionLost()))
        self.reactor.spend(0.15)
        self.assertIsInstance(far.lost, TunnelLost)
        self.assertEqual((a.links.reachable, b.links.reachable), ({"b"}, {"a"}))
        near, far = self.opened(a, b)
        near.transport.write(b"hello")
        self.reactor.settle()
        self.assertEqual(far.received, b"hello")


class LifeTests(NodesCase):
    """Starting and stopping."""

    def test_stop(self) -> None:
        """What was written arrives; streams end on both sides, and nobody is dialled any more."""
        a, b = self.pair()
        near, far = self.opened(a, b)
        waiting = self.ask(b, a)
        near.transport.write(b"last words")
        stopped = a.links.stop()
        self.reactor.spend(1)
        self.successResultOf(stopped)
        self.assertEqual((bytes(far.received), far.ended), (b"last words", True))
        self.assertIsNotNone(near.lost)
        self.assertIsNotNone(far.lost)
        self.refusal(waiting)
        self.assertEqual((a.links.reachable, b.links.reachable, self.reactor.links), (set(), set(), []))
        self.assertIn("there is no link", self.refusal(a.links.stream("b", {})))
        self.assertEqual((a.said("is lost"), b.said("is lost")), (0, 1))

    def test_stopTwice(self) -> None:
        """Also before it has started."""
        a = self.node("a")
        never = Node(self.reactor, "b", SECRET, Fields(), 0)
        for node in (a, a, never):
            stopped = node.links.stop()
            self.reactor.settle()
            self.successResultOf(stopped)

    def test_portTaken(self) -> None:
        """The start fails, and says which keys ask for the port."""
        taken = self.node("a").links.port
        b = Node(self.reactor, "b", SECRET, Fields(), taken)
        error = self.failureResultOf(b.links.start(), PortTaken).value
        self.assertIn("cluster.bindPort", str(error))

    def test_noSecret(self) -> None:
        """Without a secret anybody could be a node."""
        b = Node(self.reactor, "b", "", Fields(), 0)
        self.failureResultOf(b.links.start(), ConfigError)

    def test_badFile(self) -> None:
        """A certificate that is none is an error at the start, and nothing listens."""
        b = Node(self.reactor, "b", SECRET, Fields("/nowhere.pem", "/nowhere.key"), 0)
        error = self.failureResultOf(b.links.start(), ConfigError).value
        assert isinstance(error, ConfigError)
        self.assertEqual((error.path, self.reactor.ports), ("cluster.tls.certFile", {}))

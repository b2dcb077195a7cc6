"""What one node asks of another."""

from __future__ import annotations

from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.protocol import Protocol

from frp.errors import NoWorkStream
from frp.server.cluster import link as linkModule
from frp.server.cluster.asking import Asking, Saying
from frp.server.cluster.links import NEW, Asked
from frp.session.greeting import Once
from frp.test.server.nodes import Node, NodesCase, recorded
from frp.testing.recording import Recorder


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

    def said(self, node: Node, what: bytes) -> Asking:
        """@return: the stream of something that is said in place of a question."""
        saying: Saying = self.successResultOf(node.links._links["b"].connect(Once(Saying(what))))
        return saying.transport

    def asking(self, node: Node, other: Node) -> tuple[Asking, Recorder, Asked]:
        """@return: a stream that does not wait for its answer, what it tells its protocol, and the question."""
        asking = self.successResultOf(node.links.ask(other.node, {}, b"start"))
        near = recorded(asking)
        self.reactor.settle()
        return asking, near, other.asked.pop()

    def test_ahead(self) -> None:
        """What is said before the answer goes with the question, and what comes behind it for whoever has asked."""
        a, b = self.pair()
        asking, near, asked = self.asking(a, b)
        asking.write(b" more")
        self.reactor.settle()
        self.assertNoResult(asking.answered)
        far = recorded(asked.accept())
        asked.stream.write(b"welcome")
        self.reactor.settle()
        self.assertEqual((near.received, far.received), (b"welcome", b"start more"))
        self.assertEqual(self.successResultOf(asking.answered), asking)
        self.assertEqual(asking.counts()[1], len(b"welcome"))

    def test_aheadOfNo(self) -> None:
        """Of what was said before a no nobody has had anything; the stream ends with the words, at both ends."""
        a, b = self.pair()
        for refuse, why in (
            (lambda asked: asked.refuse("its client does not come"), "its client does not come"),
            (lambda asked: asked.stream.loseConnection(), "it has dropped the question"),
            (lambda asked: asked.stream.abortConnection(), "it has dropped the question"),
            (lambda asked: asked.stream.write(b"\xff\xff"), "an answer of 65535 bytes"),
        ):
            asking, near, asked = self.asking(a, b)
            refuse(asked)
            self.reactor.settle()
            self.assertIsInstance(near.lost, NoWorkStream)
            self.assertIn(why, str(near.lost))
            self.assertEqual((near.received, near.ended), (b"", False))
            self.assertIn(why, str(self.failureResultOf(asking.answered, NoWorkStream).value))
            self.assertEqual([len(node.links._links[other]) for node, other in ((a, "b"), (b, "a"))], [0, 0])

    def test_leaves(self) -> None:
        """Whoever does not wait for the answer is nobody's any more, and the other node hears of it."""
        a, b = self.pair()
        asking, _, asked = self.asking(a, b)
        asking.abortConnection()
        self.reactor.settle()
        self.assertIn("given up", str(self.failureResultOf(asking.answered, NoWorkStream).value))
        self.assertTrue(asked.stream.closed)
        self.assertEqual(a.links._links["b"]._unanswered, {})

    def test_noLink(self) -> None:
        """Where there is no link it is said at once, with the name if that is known."""
        a, b = self.pair()
        self.assertEqual(self.refusal(a.links.stream("z", {})), "there is no link to node z")
        self.way(b).cut()
        self.assertEqual(self.refusal(a.links.stream("b", {})), "there is no link to node node b")

    def test_new(self) -> None:
        """A node that has just come is asked as soon as there is a link to it."""
        a, b = self.node("a"), self.node("b")
        b.links.know("a", "node a", a.address)  # it dials
        asked, given = b.links.stream("a", {}), b.links.stream("a", {})
        given.cancel()
        self.failureResultOf(given, CancelledError)
        self.assertNoResult(asked)
        a.links.know("b", "node b", b.address)
        self.reactor.spend(0.05)
        (one,) = a.asked
        one.accept()
        self.reactor.settle()
        self.successResultOf(asked)

    def test_neverMet(self) -> None:
        """Nobody waits long for a link to it, and nobody at all when it has gone."""
        b = self.node("b")
        b.links.know("a", "node a", "it dials")
        late = b.links.stream("a", {})
        self.reactor.spend(NEW + 0.1)
        self.assertEqual(self.refusal(late), "there is no link to node node a")
        self.assertEqual(self.refusal(b.links.stream("a", {})), "there is no link to node node a")
        b.links.know("0", "node 0", "it dials")
        gone = b.links.stream("0", {})
        b.links.forget("0")
        self.assertEqual(self.refusal(gone), "the node is gone")
        b.links.forget("a")
        self.assertEqual(self.refusal(b.links.stream("a", {})), "there is no link to node a")

    def test_notNew(self) -> None:
        """Nor is one waited for that was met, and has lost the directory for a moment since."""
        a, b = self.pair()
        for node, other in ((a, b), (b, a)):
            node.links.forget(other.node)
            node.links.know(other.node, f"node {other.node}", other.address)
        self.way(b).cut()
        self.assertEqual(self.refusal(a.links.stream("b", {})), "there is no link to node node b")
        self.assertEqual(self.refusal(b.links.stream("a", {})), "there is no link to node node a")

    def test_met(self) -> None:
        """One can wait until a node that has just come was met, or has gone; for others nobody waits."""
        a, b = self.node("a"), self.node("b")
        for node, address in (("a", a.address), ("0", "it dials")):
            b.links.know(node, f"node {node}", address)
        met, gone = [Deferred.fromCoroutine(b.links.met(node)) for node in ("a", "0")]
        a.links.know("b", "node b", b.address)
        self.assertNoResult(met)
        self.reactor.spend(0.05)
        self.successResultOf(met)
        self.assertNoResult(gone)
        b.links.forget("0")
        self.successResultOf(gone)
        self.way(b).cut()
        for node in ("a", "0", "unknown"):
            self.successResultOf(Deferred.fromCoroutine(b.links.met(node)))

    def test_tooLong(self) -> None:
        """A question that would not be read is not asked."""
        a, b = self.pair()
        self.assertIn("16384 are allowed", self.refusal(a.links.stream("b", {"x": "y" * 16384})))
        self.assertEqual((b.asked, len(a.links._links["b"])), ([], 0))

    def test_noQuestion(self) -> None:
        """A node that asks in a way that is none is refused; others of its streams live."""
        a, b = self.pair()
        near, far = self.opened(a, b)
        for what, words in ((b"\xff\xff", "an ask is too long"), (b"\x00\x02[]", "not an ask")):
            self.assertEqual(self.refusal(self.said(a, what).answered), words)
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
        others = [self.said(a, b"\x00\x02{}") for _ in range(3)]
        self.reactor.settle()
        self.assertIn("it has dropped the question", self.refusal(others.pop().answered))
        self.assertEqual([other.closed for other in others], [False, False])
        self.assertEqual(len(b.asked), 4)
        for asked in b.asked:
            asked.accept()
        self.reactor.settle()
        for each in coming[:2]:
            self.successResultOf(each)
        for other in others:
            self.successResultOf(other.answered)

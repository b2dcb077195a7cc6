"""Sessions between two nodes: who dials, what is noticed, how it ends."""

from __future__ import annotations

from twisted.internet.address import IPv4Address
from twisted.internet.defer import Deferred, fail
from twisted.internet.error import ConnectionDone, ConnectionLost
from twisted.python.failure import Failure

from frp.errors import ConfigError, PortTaken, TunnelLost
from frp.server.cluster.link import Link
from frp.server.cluster.overtls import TLSSettings
from frp.test.server.nodes import SECRET, Node, NodesCase
from frp.test.sockets.authority import Fields
from frp.testing import links


class DialTests(NodesCase):
    """Who dials, and how often."""

    def test_smallerDials(self) -> None:
        """Of two that know each other only one dials, and one session is between them."""
        a, b = self.pair()
        self.assertEqual((a.links.reachable, b.links.reachable), ({"b"}, {"a"}))
        self.assertEqual([link.port for link in self.reactor.links], [b.port])

    def test_heardOfOneWay(self) -> None:
        """It is enough that the one who dials has heard of the other; whoever is dialled waits."""
        a, b = self.node("a"), self.node("b")
        b.links.know("a", "node a", a.address)
        self.reactor.spend(5)
        self.assertEqual(self.reactor.links, [])
        a.links.know("b", "node b", b.address)
        self.reactor.spend(0.05)
        self.assertEqual((a.links.reachable, b.links.reachable), ({"b"}, {"a"}))

    def test_itself(self) -> None:
        """A node that is told of itself does nothing."""
        a = self.node("a")
        a.links.know("a", "node a", a.address)
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
        self.reactor.refused.add(b.port)
        times: list[float] = []
        dial = a.links._dial

        def timed(node: str, address: str) -> Deferred[Link]:
            times.append(self.reactor.seconds())
            return dial(node, address)

        self.patch(a.links, "_dial", timed)
        a.links.know("b", "node b", b.address)
        self.reactor.spend(8)
        self.assertEqual([round(time - times[0], 1) for time in times], [0, 0.1, 0.3, 0.7, 1.5, 3.1, 5.1, 7.1])
        self.assertEqual(a.said("connection refused"), 1)
        self.assertIn("connection refused", a.links.trouble("b"))
        self.reactor.refused.clear()
        self.reactor.spend(2)
        self.assertEqual(a.links.reachable, {"b"})
        self.assertEqual((a.links.trouble("b"), b.links.trouble("a")), ("", ""))

    def test_undialled(self) -> None:
        """A bug on the way there is told once, with its traceback, and the node is tried again."""
        a, b = self.node("a"), self.node("b")
        dial = a.links._dial
        self.patch(a.links, "_dial", lambda *args: fail(ZeroDivisionError("a bug")))
        a.links.know("b", "node b", b.address)
        self.reactor.spend(5)
        self.assertEqual(len(a.lines.failures), 1)
        a.lines.failures.clear()
        self.patch(a.links, "_dial", dial)
        a.links.forget("b")
        a.links.know("b", "node b", b.address)
        self.reactor.spend(0.1)
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
            a.links.know(b.node, "b", b.address)
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
        a.links.know("b", "node b", "nowhere")
        self.reactor.spend(1)
        self.assertEqual(a.said("there is no link to node node b at nowhere, which is tried again: address nowhere"), 1)
        a.links.know("b", "node b", b.address)
        self.reactor.spend(2)
        self.assertEqual(a.links.reachable, {"b"})

    def test_anotherLife(self) -> None:
        """Who listens where a node has been is not taken for it."""
        a, b = self.node("a"), self.node("b2")
        a.links.know("b1", "node b1", b.address)
        self.reactor.spend(3)
        self.assertEqual((a.links.reachable, b.links.reachable), (set(), set()))
        self.assertTrue(b.said("node node a looks for another one here"))
        where = f"there is no link to node node b1 at {b.address}, which is tried again: "
        self.assertEqual(a.said(f"{where}node node b2 is there, and not node b1: see cluster.advertise of node b1"), 1)

    def test_knownBeforeTheStart(self) -> None:
        """Nobody is dialled before it has started."""
        b = self.node("b")
        a = Node(self.reactor, "a", SECRET, Fields(), 0)
        self.nodes.append(a)
        a.links.know("b", "node b", b.address)
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
        self.reactor.silent.add(b.port)
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
        taken = self.node("a").port
        b = Node(self.reactor, "b", SECRET, Fields(), taken)
        error = self.failureResultOf(b.links.start(), PortTaken).value
        self.assertIn("cluster.bindPort", str(error))

    def test_noSecret(self) -> None:
        """Without a secret anybody could be a node."""
        b = Node(self.reactor, "b", "", Fields(), 0)
        self.failureResultOf(b.links.start(), ConfigError)

    def test_authorityAlone(self) -> None:
        """Whoever asks others for a certificate is asked for one as well."""
        b = Node(self.reactor, "b", SECRET, Fields(trustedCaFile="ca.pem"), 0)
        error = self.failureResultOf(b.links.start(), ConfigError).value
        self.assertIn("each node needs a certificate", str(error))

    def test_shown(self) -> None:
        """A secret is not shown."""
        self.assertNotIn(SECRET, repr(TLSSettings("", 0, SECRET, Fields())))

    def test_badFile(self) -> None:
        """A certificate that is none is an error at the start, and nothing listens."""
        b = Node(self.reactor, "b", SECRET, Fields("/nowhere.pem", "/nowhere.key"), 0)
        error = self.failureResultOf(b.links.start(), ConfigError).value
        assert isinstance(error, ConfigError)
        self.assertEqual((error.path, self.reactor.ports), ("cluster.tls.certFile", {}))

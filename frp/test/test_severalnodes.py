"""The parts of C{python -m benchmarks.severalnodes} that need no node."""

from __future__ import annotations

import importlib.util
import io
import shutil
import socket
import sys
import threading
import unittest
from pathlib import Path

from twisted.internet.error import ConnectionRefusedError
from twisted.internet.testing import MemoryReactor, StringTransport
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase

if importlib.util.find_spec("benchmarks") is None:
    raise unittest.SkipTest("only a source tree has the benchmarks")

from benchmarks.exchanges import Exchange, exchanges
from benchmarks.severalnodes.__main__ import ROWS, main
from benchmarks.severalnodes.balancer import Leading
from benchmarks.severalnodes.claims import requestsIn
from benchmarks.severalnodes.killed import Visit, failedBeside, untilServed
from benchmarks.severalnodes.trial import Line, compared, inTurn


class KilledTests(SynchronousTestCase):
    """What users say of a node that was killed."""

    def test_allServed(self) -> None:
        """Where all are served at once there is nothing to wait for."""
        self.assertEqual(0.0, untilServed([Visit(9.9, 10.1, True), Visit(10.2, 10.3, True)], 10.0))

    def test_lastFailure(self) -> None:
        """Until the last who was not served knows it, be he on the way when the node was killed."""
        visits = [Visit(9.9, 10.1, False), Visit(10.2, 12.5, False), Visit(11.0, 11.1, True)]
        self.assertEqual(2.5, untilServed(visits, 10.0))

    def test_waited(self) -> None:
        """Who is served late counts, until he is."""
        self.assertEqual(3.0, untilServed([Visit(11.0, 13.0, True), Visit(12.0, 12.9, True)], 10.0))

    def test_otherKill(self) -> None:
        """What comes before the kill, and long after, is not its own."""
        self.assertEqual(0.0, untilServed([Visit(8.0, 9.0, False), Visit(30.0, 31.0, False)], 10.0))

    def test_beside(self) -> None:
        """Users near any of the kills are not counted, those at other times are."""
        visits = [
            Visit(9.0, 9.1, True),
            Visit(9.9, 10.1, False),
            Visit(14.9, 15.0, False),
            Visit(15.1, 15.2, False),
            Visit(41.0, 41.1, False),
        ]
        self.assertEqual((1, 2), failedBeside(visits, [10.0, 40.0]))


class RequestsInTests(SynchronousTestCase):
    """What Redis tells of itself."""

    def test_scripts(self) -> None:
        """What a script does is no request, and neither is the answer to the question."""
        said = '+OK\r\n1.2 [0 127.0.0.1:5] "evalsha" "x"\r\n1.3 [0 lua] "get" "k"\r\n2.2 [0 127.0.0.1:5] "ping"\r\n'
        self.assertEqual(2, requestsIn(said))


class LineTests(SynchronousTestCase):
    """The table."""

    def test_line(self) -> None:
        """A figure, what was measured, what is asked."""
        self.assertEqual("| cost | 1.05 | <= 1.10 |", Line("cost", "1.05", "<= 1.10").markdown())

    def test_missing(self) -> None:
        """Why there is no figure stands in one line, whatever a program has said."""
        line = Line.missing("moved", "frps ended:\n | no")
        self.assertEqual("| moved | missing: frps ended: | no |  |", line.markdown())
        self.assertTrue(line.isMissing)

    def test_compared(self) -> None:
        """Both medians, their ratio, and its range."""
        self.assertEqual("60 / 100: **0.60** (0.50..0.70)", compared([50.0, 60.0, 70.0], [100.0, 100.0, 100.0]))

    def test_inTurn(self) -> None:
        """What is measured alternates between the two, and each has its own values."""
        order: list[str] = []

        def measure(on: str) -> float:
            order.append(on)
            return float(len(order))

        taken = inTurn(2, {"rate": measure}, "one", "other")
        self.assertEqual((["one", "other", "one", "other"], {"rate": ([1.0, 3.0], [2.0, 4.0])}), (order, taken))

    def test_notCompared(self) -> None:
        """Nothing is divided by nothing."""
        self.assertRaises(RuntimeError, compared, [], [])


class LeadingTests(SynchronousTestCase):
    """The balancer."""

    def setUp(self) -> None:
        self.reactor = MemoryReactor()
        self.leading = Leading(self.reactor, 7000)
        self.leading.hosts = ["a", "b", "c"]

    def come(self) -> StringTransport:
        transport = StringTransport()
        made = self.leading.buildProtocol(None)
        assert made is not None
        made.makeConnection(transport)
        return transport

    def dialled(self) -> list[str]:
        return [attempt[0] for attempt in self.reactor.tcpClients]

    def refuse(self) -> None:
        attempt, connector = self.reactor.tcpClients[-1], self.reactor.connectors[-1]
        attempt[2].clientConnectionFailed(connector, Failure(ConnectionRefusedError()))

    def test_inTurn(self) -> None:
        """Each comes to another node than the one before."""
        for _ in range(3):
            self.come()
        self.assertEqual(["a", "b", "c"], sorted(self.dialled()))
        self.assertEqual({7000}, {attempt[1] for attempt in self.reactor.tcpClients})

    def test_nobodyThere(self) -> None:
        """Where a node does not answer the others are tried, each once; then he who has come is sent away."""
        transport = self.come()
        self.refuse()
        self.refuse()
        self.assertFalse(transport.disconnecting)
        self.assertEqual(["a", "b", "c"], sorted(self.dialled()))
        self.refuse()
        self.assertTrue(transport.disconnecting)

    def test_gone(self) -> None:
        """For him who is gone nobody is dialled any more."""
        self.come()
        (comer,) = self.leading.comers
        comer.connectionLost(Failure(ConnectionRefusedError()))
        self.refuse()
        self.assertEqual(1, len(self.dialled()))
        self.assertEqual(set(), self.leading.comers)


class ExchangesTests(SynchronousTestCase):
    """Users who ask and are answered."""

    def setUp(self) -> None:
        self.came = 0
        self.asked = 0
        self.answer = [b"an ", b"answer"]
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(self._listener.close)
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self) -> None:
        """One after the other: answer in pieces until he goes."""
        while True:
            try:
                user, _ = self._listener.accept()
            except OSError:
                return
            self.came += 1
            with user:
                user.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                while user.recv(100):
                    self.asked += 1
                    for piece in self.answer:
                        user.sendall(piece)
                    if not self.answer:
                        break

    def test_each(self) -> None:
        """A connection for each answer, which may come in pieces."""
        done, lasted = exchanges(self.port, Exchange(b"what?", b"an answer"), 1, 0.05)
        self.assertGreaterEqual(done, 1)
        self.assertGreaterEqual(lasted, 0.05)
        self.assertEqual((done, done), (self.came, self.asked))

    def test_kept(self) -> None:
        """One connection for all of them."""
        done, _ = exchanges(self.port, Exchange(b"what?", b"an answer", keep=True), 1, 0.05)
        self.assertGreater(done, 1)
        self.assertEqual((1, done), (self.came, self.asked))

    def test_closed(self) -> None:
        """Who is sent away without an answer fails."""
        self.answer = []
        error = self.assertRaises(RuntimeError, exchanges, self.port, Exchange(b"what?", b"."), 1, 0.05)
        self.assertEqual("a connection failed: the tunnel closed the connection before the answer came", str(error))


class CommandTests(SynchronousTestCase):
    """The command."""

    def test_explained(self) -> None:
        """The page about the benchmarks says of each row what is done."""
        page = (Path(__file__).parents[2] / "benchmarks" / "README.md").read_text("utf-8")
        self.assertEqual([row for row in ROWS if f"`{row}`" not in page], [])

    def test_noRedis(self) -> None:
        """Where Redis is not installed one line says so, and nothing is started."""
        errors = io.StringIO()
        self.patch(sys, "stderr", errors)
        self.patch(shutil, "which", lambda name: None)
        self.assertEqual(2, main(["claims"]))
        self.assertEqual("the bench itself failed: redis-server is not installed\n", errors.getvalue())

    def test_noSuchRow(self) -> None:
        """What cannot be measured is refused, with what can."""
        errors = io.StringIO()
        self.patch(sys, "stderr", errors)
        self.assertRaises(SystemExit, main, ["claim"])
        self.assertIn("no row is called claim; there are other-node, ", errors.getvalue())

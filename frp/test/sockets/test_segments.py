"""UDP ports that send and receive many datagrams at a time, on the loopback."""

from __future__ import annotations

import socket
from typing import Any

from twisted.internet.selectreactor import SelectReactor
from twisted.trial.unittest import SynchronousTestCase

from frp.sockets.eager import eager
from frp.sockets.segments import SegmentedPort, SegmentedProtocol, segmentedPort
from frp.test.live.running import needIPv6
from frp.testing.memory import MemoryReactor

SYSTEM = SelectReactor()


class _Recorder(SegmentedProtocol):
    """Remembers what comes."""

    def __init__(self) -> None:
        self.runs: list[tuple[list[bytes], tuple[str, int]]] = []
        self.refused = 0

    def runReceived(self, datagrams: list[bytes | memoryview], sender: tuple[str, int]) -> None:
        self.runs.append(([bytes(each) for each in datagrams], sender))

    def connectionRefused(self) -> None:
        self.refused += 1

    @property
    def received(self) -> list[bytes]:
        """All datagrams."""
        return [each for run, _ in self.runs for each in run]


class SegmentsTests(SynchronousTestCase):
    """Two ports of the system's."""

    def port(self, interface: str) -> tuple[Any, _Recorder]:
        """A port with a recorder."""
        recorder = _Recorder()
        made = segmentedPort(eager(SYSTEM), 0, recorder, interface)
        self.assertIsInstance(made, SegmentedPort)
        self.addCleanup(SYSTEM.iterate, 0)
        self.addCleanup(made.stopListening)
        return made, recorder

    def until(self, recorder: _Recorder, count: int) -> None:
        """Wait for datagrams."""
        for _ in range(1000):
            if len(recorder.received) >= count:
                return
            SYSTEM.iterate(0.01)
        self.fail(f"{len(recorder.received)} of {count} came")

    def carries(self, near: Any, far: Any, recorder: _Recorder, host: str) -> None:
        """Datagrams of many sizes arrive one by one as they were sent."""
        sent = [bytes([number]) * 1000 for number in range(100)] + [b"short"]
        sent += [b"x" * size for size in (1, 2000, 2000, 3000, 1, 1, 9000, 1452)]
        near.sendRun(sent, (host, far.getHost().port))
        self.until(recorder, len(sent))
        self.assertEqual(recorder.received, sent)
        self.assertEqual({sender for _, sender in recorder.runs}, {(host, near.getHost().port)})

    def test_carries(self) -> None:
        """Over IPv4."""
        near, _ = self.port("127.0.0.1")
        far, recorder = self.port("127.0.0.1")
        self.carries(near, far, recorder, "127.0.0.1")
        self.assertLess(len(recorder.runs), 10)

    def test_singly(self) -> None:
        """Where the system does not cut what is sent, each datagram is sent alone."""
        near, _ = self.port("127.0.0.1")
        far, recorder = self.port("127.0.0.1")
        near._segments = False
        self.carries(near, far, recorder, "127.0.0.1")

    def test_both(self) -> None:
        """A port for both families answers either, and sees peers of IPv4 as such."""
        needIPv6()
        far, recorder = self.port("0.0.0.0")
        for host in ("127.0.0.1", "::1"):
            near, back = self.port(host)
            recorder.runs.clear()
            self.carries(near, far, recorder, host)
            far.sendRun([b"answer", b"answer"], (host, near.getHost().port))
            self.until(back, 2)
            self.assertEqual(back.received, [b"answer", b"answer"])

    def test_refused(self) -> None:
        """A port that is connected hears that nobody listens there."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as nobody:
            nobody.bind(("127.0.0.1", 0))
            number = nobody.getsockname()[1]
        near, recorder = self.port("127.0.0.1")
        near.connect("127.0.0.1", number)
        near.sendRun([b"hello"], ("127.0.0.1", number))
        for _ in range(100):
            SYSTEM.iterate(0.01)
            if recorder.refused:
                break
        self.assertGreaterEqual(recorder.refused, 1)

    def test_mtu(self) -> None:
        """The loopback carries large packets."""
        near, _ = self.port("127.0.0.1")
        self.assertGreater(near.mtu(("127.0.0.1", 9)), 1500)

    def test_other(self) -> None:
        """On a reactor that makes its own ports the same can be asked."""
        reactor = MemoryReactor()
        recorder = _Recorder()
        far = segmentedPort(reactor, 7000, recorder, "")
        near = segmentedPort(reactor, 0, _Recorder(), "")
        near.sendRun([b"one", b"two"], ("127.0.0.1", 7000))
        reactor.settle()
        self.assertEqual(recorder.received, [b"one", b"two"])
        self.assertEqual(near.mtu(("127.0.0.1", 7000)), 0)
        far.stopListening()

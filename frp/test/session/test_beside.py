"""Packets beside a stream: who sends them when."""

from __future__ import annotations

from collections.abc import Sequence

from twisted.trial.unittest import SynchronousTestCase

from frp.session.beside import Beside

USER = ("192.0.2.1", 53)
HEAD = bytes.fromhex("04 0035 c0000201")


class BesideTests(SynchronousTestCase):
    """One end, in the hands of a test."""

    def setUp(self) -> None:
        self.size = 100
        self.room = 1000
        self.sent: list[bytes] = []
        self.dropped: list[int] = []
        self.beside = Beside(lambda: self.size, self.send, self.dropped.append)

    def send(self, bodies: Sequence[bytes]) -> int:
        """Take as many as there is room for."""
        taken = bodies[: self.room]
        self.sent += taken
        return len(taken)

    def test_unheard(self) -> None:
        """Before the other end has said that it takes them, all goes over the stream."""
        packets = [(b"one", USER)]
        self.beside.greet()
        self.assertEqual(self.beside.send(packets), packets)
        self.assertEqual(self.sent, [b""])

    def test_heard(self) -> None:
        """After that what fits goes beside it."""
        self.assertEqual(self.beside.received([b""]), [])
        packets = [(b"one", USER), (bytes(94), USER), (bytes(93), USER), (b"x", ("fe80::1%eth0", 1))]
        self.assertEqual(self.beside.send(packets), [packets[1], packets[3]])
        self.assertEqual(self.sent, [HEAD + b"one", HEAD + bytes(93)])
        self.assertEqual(self.dropped, [])

    def test_greeting(self) -> None:
        """
        It is said again when a packet comes that could have come beside the stream, until one does; an empty datagram
        shows nothing.
        """
        self.beside.greet()
        self.beside.received([b""])
        self.beside.cameOver([(bytes(82), USER)])
        self.assertEqual(self.sent, [b""])
        self.beside.cameOver([(bytes(82), USER), (bytes(81), USER)])
        self.assertEqual(self.sent, [b"", b""])
        self.assertEqual(self.beside.received([HEAD + b"one"]), [(b"one", USER)])
        self.beside.cameOver([(b"two", USER)])
        self.assertEqual(self.sent, [b"", b""])

    def test_none(self) -> None:
        """Where there are none, nothing is said."""
        self.size = 0
        self.beside.greet()
        self.beside.cameOver([(b"", USER)])
        self.assertEqual(self.sent, [])

    def test_full(self) -> None:
        """What there is no room for is dropped, and told."""
        self.beside.received([b""])
        self.room = 1
        self.assertEqual(self.beside.send([(b"one", USER), (b"two", USER), (b"three", USER)]), [])
        self.assertEqual(self.dropped, [2])

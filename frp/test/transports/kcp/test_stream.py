"""Conversations as streams, on both ends."""

from __future__ import annotations

from typing import Any

from twisted.internet.protocol import Protocol
from twisted.trial.unittest import SynchronousTestCase

from frp.testing.contracts import StreamContract
from frp.testing.memory import MemoryReactor
from frp.testing.recording import Lines, Recorder, Recorders
from frp.transports.kcp.dialling import KCPEndpoint
from frp.transports.kcp.exchange import LONGEST_DATAGRAM
from frp.transports.kcp.listening import Listener


class DialledTests(StreamContract, SynchronousTestCase):
    """frpc's end."""

    halfCloses = False
    dialled = True

    def setUp(self) -> None:
        super().setUp()
        self.reactor = MemoryReactor()
        self.accepted: Protocol = Recorder()
        self.listener = Listener(self.reactor, Recorders(lambda: self.accepted), Lines().log)
        self.reactor.listenUDP(7000, self.listener, "127.0.0.1", LONGEST_DATAGRAM)

    def settle(self) -> None:
        # Acknowledgements wait for a moment.
        self.reactor.spend(0.02)

    def connect(self, near: Protocol, far: Protocol) -> None:
        dialled, self.accepted = (near, far) if self.dialled else (far, near)
        KCPEndpoint(self.reactor, "127.0.0.1", 7000, lambda reason: reason).connect(Recorders(lambda: dialled))
        # The server has not heard of it before something is said.
        stream: Any = dialled.transport
        sender = ("127.0.0.1", stream.getHost().port)
        self.listener._accept(sender, stream.conversation.number, self.listener.now())
        # It is believed when it drops the conversation, once it has seen a time stamp.
        stream.conversation.tell()
        stream.step(stream._exchange.now())


class AcceptedTests(DialledTests):
    """frps' end."""

    dialled = False


class DialledHalfTests(DialledTests):
    """The same where the peer is one of ours: one direction may end alone."""

    halfCloses = True

    def connect(self, near: Protocol, far: Protocol) -> None:
        super().connect(near, far)
        for each in (near, far):
            each.transport.resets = True  # type: ignore[union-attr]

    def test_endWaits(self) -> None:
        """The peer's end is not noticed while we are paused, as before it is known who there is; then it is."""
        stream, near, far = self.connected()
        stream.write(b"hello")
        self.until(lambda: far.received == b"hello")
        stream.pauseProducing()
        stream.resets = False
        far.transport.loseWriteConnection()
        self.reactor.spend(1)
        self.assertEqual((near.ended, near.lost), (False, None))
        stream.resets = True
        stream.resumeProducing()
        self.assertEqual((near.ended, near.lost), (True, None))

    def test_endIsLost(self) -> None:
        """The end of one direction is told until it is heard, however long the way loses everything."""
        stream, near, far = self.connected()
        stream.write(b"hello")
        far.transport.write(b"hello")
        self.until(lambda: near.received == far.received == b"hello")
        ports = list(self.reactor.udpPorts.values())
        for port in ports:
            port.silent = True
        stream.loseWriteConnection()
        self.reactor.spend(20)
        self.assertEqual((far.ended, far.lost, near.lost), (False, None, None))
        for port in ports:
            port.silent = False
        self.reactor.spend(2)
        self.assertEqual((far.ended, far.lost), (True, None))
        far.transport.write(b"still here")
        far.transport.loseConnection()
        self.until(lambda: near.lost is not None and far.lost is not None)
        self.assertEqual(near.received, b"hellostill here")
        self.reactor.spend(2)
        self.assertEqual(self.listener._streams, {})


class AcceptedHalfTests(DialledHalfTests):
    """And frps' end of that."""

    dialled = False

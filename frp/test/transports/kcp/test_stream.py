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
        KCPEndpoint(self.reactor, "127.0.0.1", 7000, lambda: None).connect(Recorders(lambda: dialled))
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

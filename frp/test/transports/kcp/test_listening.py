"""frps' port, and strangers who come to it."""

from __future__ import annotations

from typing import Any

from twisted.internet.protocol import Protocol
from twisted.trial.unittest import SynchronousTestCase

from frp.errors import PortTaken
from frp.testing.cases import NetworkTestCase
from frp.testing.datagrams import DatagramUser
from frp.testing.memory import MemoryReactor
from frp.testing.recording import Lines, Recorder, Recorders
from frp.transports.kcp import listening
from frp.transports.kcp.dialling import KCPEndpoint
from frp.transports.kcp.exchange import LONGEST_DATAGRAM
from frp.transports.kcp.listening import Listener
from frp.wire.kcp.segments import HEAD
from frp.wire.kcp.shards import ShardWriter


def push(conversation: int, number: int = 0, payload: bytes = b"hello", una: int = 0) -> bytes:
    """A data shard with one segment."""
    segment = HEAD.pack(conversation, 81, 0, 512, 77, number, una, len(payload)) + payload
    (datagram,) = ShardWriter().write([(len(segment) + 2).to_bytes(2, "little") + segment])
    return datagram


class ListeningTests(SynchronousTestCase):
    """What comes to the port."""

    def setUp(self) -> None:
        self.reactor = MemoryReactor()
        self.accepted: list[Recorder] = []
        self.lines = Lines()
        self.listener = Listener(self.reactor, Recorders(self.accept), self.lines.log)
        self.reactor.listenUDP(7000, self.listener, "127.0.0.1", LONGEST_DATAGRAM)

    def accept(self) -> Recorder:
        """Somebody has come."""
        self.accepted.append(Recorder())
        return self.accepted[-1]

    def stranger(self) -> DatagramUser:
        """Somebody with a socket."""
        user = DatagramUser(7000)
        self.reactor.listenUDP(0, user)
        return user

    def test_first(self) -> None:
        """A first segment begins a conversation, and is acknowledged; the rest of its first flight may come before."""
        user = self.stranger()
        user.send(push(5, 1, b" world"), push(5))
        self.reactor.spend(0.02)
        self.assertEqual([each.received for each in self.accepted], [b"hello world"])
        self.assertTrue(user.received)

    def test_notFirst(self) -> None:
        """One that goes on with what is unknown is told so, once, in no more bytes; nothing is kept."""
        user = self.stranger()
        later = push(5, 40)
        user.send(later, push(5, 3, una=1))
        self.reactor.spend(0.02)
        self.assertEqual(self.accepted, [])
        self.assertEqual(user.received, [HEAD.pack(5, 85, 2, 0, 77, 0, 0, 0)] * 2)
        self.assertLess(len(user.received[0]), len(later))
        self.assertEqual(len(self.listener._streams), 0)

    def test_junk(self) -> None:
        """What is none of KCP is passed over, and nobody is answered: nor is anybody who answers."""
        user = self.stranger()
        user.send(b"", b"x", bytes(23), bytes(24), bytes(1400), b"\xff" * 100, HEAD.pack(5, 85, 2, 0, 77, 0, 0, 0))
        user.send(push(5)[:20], b"\x00" * 4 + b"\xf2\x00" + bytes(60))
        self.reactor.spend(1)
        self.assertEqual((self.accepted, user.received), ([], []))
        self.assertEqual(self.listener._peers, {})

    def test_others(self) -> None:
        """Junk in a client's name, and other conversations, do not disturb its own."""
        user = self.stranger()
        user.send(push(5))
        self.reactor.spend(0.02)
        user.send(b"\xff" * 64, push(5)[:30], push(6, 50), HEAD.pack(5, 81, 0, 1, 1, 1, 0, 99) + b"short")
        user.send(push(5, 1, b" world"))
        self.reactor.spend(0.02)
        self.assertEqual(bytes(self.accepted[0].received), b"hello world")

    def test_again(self) -> None:
        """A client that was started again on the same port is another one; the old one is no hindrance."""
        user = self.stranger()
        user.send(push(5), push(6, payload=b"new"), push(5, 1, b"!"))
        self.reactor.spend(0.02)
        self.assertEqual([bytes(each.received) for each in self.accepted], [b"hello!", b"new"])

    def test_failure(self) -> None:
        """A protocol that fails ends its own conversation, and says so in the log; what came with it is served."""

        def fail(data: bytes) -> None:
            raise ValueError("a bug")

        first, second = self.stranger(), self.stranger()
        first.send(push(5))
        second.send(push(6))
        self.reactor.spend(0.02)
        self.accepted[0].onData = fail
        first.send(push(5, 1))
        second.send(push(6, 1))
        self.reactor.spend(0.02)
        self.assertIsNotNone(self.accepted[0].lost)
        self.assertEqual(bytes(self.accepted[1].received), b"hellohello")
        self.assertEqual(len(self.flushLoggedErrors(ValueError)), 1)

    def test_silent(self) -> None:
        """Who begins in the middle and never says the beginning has ten seconds."""
        user = self.stranger()
        user.send(push(5, 7))
        self.reactor.spend(9)
        self.assertEqual(len(self.listener._streams), 1)
        self.reactor.spend(2)
        self.assertEqual(len(self.listener._streams), 0)
        self.assertIsNotNone(self.accepted[0].lost)

    def test_flood(self) -> None:
        """Of those who never answer, only so many are kept; the newest. One who answers stays."""
        self.patch(listening, "MAX_UNPROVEN", 50)
        real = Recorder()
        KCPEndpoint(self.reactor, "127.0.0.1", 7000, lambda reason: reason).connect(Recorders(lambda: real))
        real.transport.write(b"real")
        self.reactor.spend(0.02)
        self.accepted[0].transport.write(b"you")
        self.reactor.spend(0.1)
        user = self.stranger()
        for number in range(500):
            user.send(push(1000 + number))
            self.reactor.spend(0.001)
        self.assertLessEqual(len(self.listener._streams), 51)
        self.assertLess(len(self.listener._waking), 300)
        real.transport.write(b" here")
        self.reactor.spend(0.1)
        self.assertEqual(bytes(self.accepted[0].received), b"real here")
        self.assertIsNone(real.lost)

    def test_reflected(self) -> None:
        """Who has never answered is sent only so much: the address may be somebody else's."""
        user = self.stranger()
        user.send(push(5))
        self.reactor.spend(0.02)
        self.accepted[0].transport.write(b"x" * 500)
        self.reactor.spend(120)
        self.assertEqual(sum(b"x" * 500 in datagram for datagram in user.received), 1 + 8)
        self.assertEqual(self.listener._peers, {})
        self.assertIsNotNone(self.accepted[0].lost)

    def test_closed(self) -> None:
        """A port that is stopped takes nobody more, and is there until the last one is gone."""
        user, late = self.stranger(), self.stranger()
        user.send(push(5))
        self.reactor.spend(0.02)
        self.listener.stopListening()
        late.send(push(8))
        user.send(push(5, 1, b" world"))
        self.reactor.spend(0.02)
        self.assertEqual([bytes(each.received) for each in self.accepted], [b"hello world"])
        self.accepted[0].transport.abortConnection()
        self.reactor.spend(0.1)
        self.assertNotIn(7000, self.reactor.udpPorts)
        self.assertEqual(self.reactor.getDelayedCalls(), [])


class DialledTests(SynchronousTestCase):
    """frpc's socket."""

    def test_refused(self) -> None:
        """Where nobody listens, that is heard at once; the socket is gone."""
        reactor = MemoryReactor()
        near = Recorder()
        KCPEndpoint(reactor, "127.0.0.1", 7000, lambda reason: reason).connect(Recorders(lambda: near))
        near.transport.write(b"hello")
        reactor.spend(1)
        self.assertIsNotNone(near.lost)
        self.assertEqual(reactor.udpPorts, {})
        self.assertEqual(reactor.getDelayedCalls(), [])

    def test_forgotten(self) -> None:
        """A server that was started again says that it knows nothing of this."""
        reactor = MemoryReactor()
        near = Recorder()

        def serve() -> Any:
            listener = Listener(reactor, Recorders(Protocol), Lines().log)
            return reactor.listenUDP(7000, listener, "127.0.0.1", LONGEST_DATAGRAM)

        port = serve()
        KCPEndpoint(reactor, "127.0.0.1", 7000, lambda reason: reason).connect(Recorders(lambda: near))
        near.transport.write(b"x" * 100_000)
        reactor.spend(1)
        self.assertIsNone(near.lost)
        del reactor.udpPorts[7000]
        serve()
        near.transport.write(b"y")
        reactor.spend(0.1)
        self.assertIsNotNone(near.lost)
        port.silent = True


class PortTests(NetworkTestCase):
    """kcpBindPort."""

    def test_taken(self) -> None:
        """Where the system does not give it away, frps does not start, and says why as the reference does."""
        self.network.reactor.taken.add(7001)
        error = self.assertRaises(PortTaken, self.network.server, kcpBindPort=7001)
        self.assertEqual(
            error.brief,
            "listen on kcp udp address 0.0.0.0:7001 error: listen udp 0.0.0.0:7001: bind: address already in use",
        )
        self.network.reactor.taken.clear()

    def test_off(self) -> None:
        """Without it there is no such port."""
        self.network.server()
        self.assertEqual(self.network.reactor.udpPorts, {})

    def test_said(self) -> None:
        """The log says where it listens."""
        self.network.server(kcpBindPort=7000)
        self.assertEqual(self.logged("frps kcp listen on udp 0.0.0.0:7000"), 1)

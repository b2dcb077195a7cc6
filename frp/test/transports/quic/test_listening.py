"""frps' socket for QUIC, and what strangers send there."""

from __future__ import annotations

import random
from typing import Any

from frp.config.common import QUICConfig
from frp.interfaces import ITunnelTransport
from frp.sockets.tlsside import clientContext
from frp.test.sockets.authority import Fields
from frp.testing.cases import NetworkTestCase
from frp.testing.contracts.outcomes import dialSiteOf, result
from frp.testing.datagrams import DatagramUser
from frp.transports.quic import listening as tested
from frp.transports.quic.engine import Engine
from frp.transports.quic.initial import initialOf
from frp.transports.quic.settings import settingsOf

SERVER = ("127.0.0.1", 7000)


class _User:
    """Whoever has an engine, and cares for nothing."""

    def __getattr__(self, name: str) -> Any:
        return lambda *args: None


def first(now: float) -> tuple[Engine, bytes]:
    """@return: a client, and what it says first."""
    engine = Engine(settingsOf(clientContext(Fields(), "frps.example"), QUICConfig()))
    engine.user = _User()  # type: ignore[assignment]
    engine.connect(SERVER, now)
    return engine, engine.send(now)[0][1][0]


class ListeningTests(NetworkTestCase):
    """A server, and strangers."""

    def setUp(self) -> None:
        super().setUp()
        self.network.server(quicBindPort=7000)
        self.listening = self.network.reactor.udpPorts[7000].protocol
        assert isinstance(self.listening, tested.Listening)

    def stranger(self) -> DatagramUser:
        """Somebody with a socket."""
        user = DatagramUser(7000)
        port = self.network.reactor.listenUDP(0, user, maxPacketSize=65536)
        self.addCleanup(port.stopListening)
        return user

    def works(self) -> None:
        """A client is served."""
        self.network.client(
            transport={"protocol": "quic"},
            serverPort=7000,
            proxies=[{"name": "p", "type": "tcp", "localPort": self.network.echo().port, "remotePort": 6000}],
        )
        self.network.advance(1)
        user = self.network.user(6000)
        user.send(b"hello")
        self.network.advance(1)
        self.assertEqual(user.received, b"hello")

    def test_garbage(self) -> None:
        """Whatever comes, nothing is kept of it, and others are served."""
        user = self.stranger()
        chance = random.Random(3)
        _, good = first(self.network.reactor.seconds())
        for size in (0, 1, 5, 6, 7, 8, 20, 1199, 1200, 1500, 9000):
            for start in (b"", b"\x40", b"\xc0\x00\x00\x00\x01", b"\xd0\x6b\x33\x43\xcf", good[:15], good[:40]):
                user.send((start + chance.randbytes(size))[: max(size, len(start))])
        for at in range(1, len(good), 37):
            user.send(good[:at])
        self.network.advance(0.1)
        self.works()
        self.network.advance(tested.HANDSHAKE + 1)
        self.assertEqual((len(self.listening), len(self.listening.handshakes)), (1, 0))
        self.assertEqual(self.logged("Traceback"), 0)

    def test_version(self) -> None:
        """Who speaks another version is told which ones are spoken, if what he sends is no smaller than the answer."""
        user = self.stranger()
        question = b"\xc0\x1a\x2a\x3a\x4a\x08AAAAAAAA\x04BBBB"
        user.send(question, question + bytes(1200 - len(question)))
        self.network.advance(0.1)
        (answer,) = user.received
        self.assertEqual(answer[1:], b"\0\0\0\0\x04BBBB\x08AAAAAAAA\x00\x00\x00\x01\x6b\x33\x43\xcf")
        user.send(b"\xc0\0\0\0\0" + answer[5:] + bytes(1200))
        self.network.advance(0.1)
        self.assertEqual(len(user.received), 1)

    def test_flood(self) -> None:
        """
        Of a flood of strangers few are kept, for a short time: the others must show that they receive what is sent to
        them.
        """
        now = self.network.reactor.seconds()
        users = [self.stranger() for _ in range(tested.MAX_UNPROVEN + 20)]
        for user in users:
            user.send(first(now)[1])
        self.network.advance(0.1)
        self.assertEqual(len(self.listening.handshakes), tested.MAX_UNPROVEN)
        self.assertEqual(len(users[-1].received), 1)  # a Retry
        self.assertLess(len(users[-1].received[0]), 200)
        self.works()
        self.network.advance(tested.HANDSHAKE)
        self.assertEqual((len(self.listening), len(self.listening.handshakes)), (1, 0))
        self.assertEqual(self.logged("the handshake is not done in time"), tested.MAX_UNPROVEN)

    def test_token(self) -> None:
        """A token is good for who got it, and not for long; one that is none is not answered."""
        self.patch(tested, "MAX_UNPROVEN", 0)
        now = self.network.reactor.seconds()
        user, other = self.stranger(), self.stranger()
        engine, hello = first(now)
        user.send(hello)
        self.network.advance(0.01)
        engine.receive(b"", [user.received[0]], SERVER, now)
        again = engine.send(now)[0][1][0]
        initial = initialOf(again)
        assert initial is not None
        self.assertNotEqual(initial.token, b"")
        other.send(again)
        self.network.advance(0.01)
        self.assertEqual((other.received, len(self.listening.handshakes)), ([], 0))
        user.send(again)
        self.network.advance(0.01)
        self.assertEqual(len(self.listening.handshakes), 1)
        self.network.advance(40)
        user.send(again)
        self.network.advance(0.01)
        self.assertEqual(len(self.listening.handshakes), 0)

    def test_most(self) -> None:
        """There is an end to how many are let in at a time."""
        self.patch(tested, "MAX_HANDSHAKES", 3)
        now = self.network.reactor.seconds()
        for _ in range(5):
            self.stranger().send(first(now)[1])
        self.network.advance(0.01)
        self.assertEqual(len(self.listening.handshakes), 3)
        self.network.advance(tested.HANDSHAKE + 1)
        self.works()

    def test_crowd(self) -> None:
        """Who begins handshake after handshake from one network pushes out his own, not those of others."""
        self.patch(tested, "MAX_HANDSHAKES", 4)
        now = self.network.reactor.seconds()
        crowd = [(f"2001:db8::{number}", 5000) for number in range(6)]
        for sender in [("198.51.100.7", 5000), ("2001:db8:0:1::9", 5000), *crowd]:
            self.listening.runReceived([first(now)[1]], sender)
        hosts = [session.getPeer().host for session in self.listening.handshakes]
        self.assertEqual(hosts, ["198.51.100.7", "2001:db8:0:1::9", "2001:db8::4", "2001:db8::5"])
        self.network.advance(tested.HANDSHAKE + 1)
        self.assertEqual(len(self.listening.handshakes), 0)

    def test_strangers(self) -> None:
        """Sessions on which nobody logs in are few as well; a client is none of them."""
        self.patch(tested, "MAX_STRANGERS", 3)
        self.works()
        self.assertEqual((len(self.listening), len(self.listening.strangers)), (1, 0))
        site = dialSiteOf(self.network.clients[0])
        kind = self.network.registry.get(ITunnelTransport, "quic")
        sessions = [result(self.network, kind.dial(site)) for _ in range(5)]
        self.network.advance(0.1)
        self.assertEqual((len(self.listening), len(self.listening.strangers)), (4, 3))
        self.assertEqual([session.lost.called for session in sessions], [True, True, False, False, False])
        self.network.advance(31)
        self.assertEqual((len(self.listening), len(self.listening.strangers)), (1, 0))

    def test_huge(self) -> None:
        """What a stranger sends of a handshake far ahead is not kept."""
        now = self.network.reactor.seconds()
        engine, _ = first(now)
        user = self.stranger()
        far = Engine(settingsOf(clientContext(Fields(), "frps.example"), QUICConfig()))
        far.user = _User()  # type: ignore[assignment]
        far.connect(SERVER, now)
        from aioquic import tls

        sender = far._crypto_streams[tls.Epoch.INITIAL].sender
        sender.write(bytes(60_000))
        sender._pending.subtract(0, 50_000)
        user.send(*[each for _, datagrams in far.send(now) for each in datagrams])
        self.network.advance(0.1)
        self.assertEqual(len(self.listening.handshakes), 0)
        self.assertEqual(self.logged("more of a handshake than can be kept"), 1)
        del engine

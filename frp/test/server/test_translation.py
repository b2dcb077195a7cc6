"""Visitors of a sudp proxy whose client speaks another version of the wire."""

from __future__ import annotations

from typing import Any

from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from frp.logs import Log
from frp.server.translation import Translating
from frp.test.server.talking import ServerTestCase
from frp.test.visitors.visiting import TREATMENTS, DatagramVisitingTestCase
from frp.testing.pipe import Pipe
from frp.testing.recording import Recorder
from frp.testing.talk import Talk
from frp.wire.beside import BodyWriter
from frp.wire.dialect import Dialect
from frp.wire.keys import privilegeKey
from frp.wire.messages import LoginResp, Message, NewVisitorConn, NewWorkConn, Ping, Pong
from frp.wire.packets import V1_PACKETS, PacketReader, PacketWriter
from frp.wire.v1 import V1
from frp.wire.v2.dialect import V2
from frp.wire.v2.packets import PACKETS

USER = ("10.0.0.1", 53)


class MixedTests(DatagramVisitingTestCase):
    """Whole ways, with real clients."""

    def mixed(self, proxy: str, visitor: str) -> None:
        """Start everything."""
        self.network.server()
        self.publish(transport={"wireProtocol": proxy})
        self.visit(transport={"wireProtocol": visitor})

    def test_served(self) -> None:
        """Datagrams of all sizes come back, whoever speaks what, and the log says that they are translated."""
        for proxy, visitor, lines in (("v1", "v2", 1), ("v2", "v1", 1), ("v2", "v2", 0)):
            self.mixed(proxy, visitor)
            self.assertTrue(self.served())
            text = f"bridge mixed SUDP payload codecs, proxy wireProtocol [{proxy}], visitor wireProtocol [{visitor}]"
            self.assertEqual(self.logged(text), lines)
            self.assertEqual(self.network.stop(), [])
            self.network.servers.clear()
            self.network.clients.clear()

    def test_treatments(self) -> None:
        """Each leg has its own encryption and compression; the translation stands between them."""
        self.network.server()
        local = self.echo()
        tables = [
            {"name": name, "type": "sudp", "secretKey": self.key, "localPort": local, "transport": treatment}
            for name, treatment in TREATMENTS.items()
        ]
        self.network.client(proxies=tables, transport={"wireProtocol": "v2"})
        names = list(TREATMENTS)
        visitors = [
            self.table(f"v-{name}", 6000 + number, serverName=name, transport=TREATMENTS[names[-1 - number]])
            for number, name in enumerate(names)
        ]
        self.network.client(visitors=visitors)
        for number in range(len(names)):
            self.assertTrue(self.served(6000 + number), names[number])

    def test_keptUp(self) -> None:
        """Pings of the proxy's client reach the visitor in its own version."""
        self.mixed("v2", "v1")
        user = self.user()
        self.ask(user, b"one")
        self.network.advance(300)
        self.assertEqual(self.logged("sudp worker is closed"), 0)
        self.assertEqual(self.ask(user, b"two"), [b"two"])
        self.assertEqual(self.logged("incoming a new work connection for sudp proxy, "), 1)

    def test_tooLong(self) -> None:
        """A datagram that the older version cannot carry is lost, and said so; others are not."""
        self.network.server()
        self.network.client(
            proxies=[{"name": "secret", "type": "sudp", "secretKey": self.key, "localPort": self.echo()}],
            udpPacketSize=20000,
        )
        self.network.client(visitors=[self.table()], transport={"wireProtocol": "v2"}, udpPacketSize=20000)
        user = self.user()
        self.assertEqual(self.ask(user, bytes(15000), b"small"), [b"small"])
        self.assertEqual(self.logged("1 datagrams dropped: UDPPacket is too long for the other client's"), 1)


class StrangeTests(ServerTestCase):
    """What else the two sides may say."""

    def begin(self, proxy: Dialect, visitor: Dialect) -> tuple[Talk, Talk]:
        """@return: the proxy's work connection, and the visitor's."""
        self.server()
        self.dialect = proxy
        publisher = self.login(run_id="p", pool_count=1, half_close=True)
        self.register(publisher, "secret", 0, type="sudp", sk="a secret")
        work = self.connect()
        work.say(NewWorkConn(run_id=publisher.last(LoginResp).run_id))
        self.dialect = visitor
        talk = self.connect()
        sign = privilegeKey(b"a secret", 7)
        talk.say(NewVisitorConn(proxy_name="secret", sign_key=sign, timestamp=7))
        self.network.settle()
        return work, talk

    def say(self, talk: Talk, data: bytes) -> None:
        """Send payload."""
        talk.sayBytes(data)
        self.network.settle()

    def test_bytes(self) -> None:
        """What the one writes is what the other reads, byte by byte, however it is cut."""
        work, talk = self.begin(V1, V2)
        one, two = PacketWriter(V1_PACKETS), PacketWriter(PACKETS)
        sent = [(b"hello", USER), (b"", USER), (bytes(1500), USER)]
        for byte in b"".join(two.encode(*packet) for packet in sent):
            talk.sayBytes(bytes([byte]))
        self.network.settle()
        self.assertEqual(work.payload, b"".join(one.encode(*packet) for packet in sent))
        self.say(work, one.encode(b"answer", USER))
        self.assertEqual(PacketReader(PACKETS).receive(talk.payload), [(b"answer", USER)])

    def test_pings(self) -> None:
        """Those of the proxy's client are passed on, those of a visitor are not."""
        work, talk = self.begin(V1, V2)
        self.say(work, V1.encode(Ping()))
        self.assertEqual(talk.payload, V2.encode(Ping()))
        self.say(talk, V2.encode(Ping()))
        self.assertEqual(work.payload, b"")

    def test_others(self) -> None:
        """What is no datagram is not passed on, and does no harm."""
        work, talk = self.begin(V2, V1)
        message: Message = Pong()
        self.say(talk, V1.encode(message))
        self.say(work, V2.encode(message))
        self.say(talk, PacketWriter(V1_PACKETS).encode(b"hello", USER))
        self.assertEqual(work.payload, PacketWriter(PACKETS).encode(b"hello", USER))
        self.assertEqual(talk.payload, b"")

    def test_junk(self) -> None:
        """Bytes that mean nothing end both connections, from either side."""
        for number in (0, 1):
            sides = self.begin(V2, V1)
            self.say(sides[number], b"\xff" * 100)
            self.assertIsNotNone(sides[0].lost)
            self.assertIsNotNone(sides[1].lost)
            self.assertEqual(self.logged("datagrams cannot be translated"), number + 1)
            self.assertEqual(self.network.stop(), [])
            self.network.servers.clear()
            self.network.bindPort += 1

    def test_ends(self) -> None:
        """When one side closes, the other is closed."""
        work, talk = self.begin(V2, V1)
        talk.close()
        self.network.settle()
        self.assertIsNotNone(work.lost)


class NarrowTests(SynchronousTestCase):
    """Two clients with datagrams beside their streams, of which one takes only shorter ones."""

    def test_between(self) -> None:
        """What does not fit goes over the stream, and never into the middle of what passes there."""
        for dialect, framing in ((V1, V1_PACKETS), (V2, PACKETS)):
            user, service = Pipe(datagramSize=1400), Recorder()
            service.datagramSize = 1200
            Translating(service, dialect, dialect, Clock(), Log("test")).makeConnection(user.server)
            translation: Any = service.transport
            message = PacketWriter(framing).encode(b"A" * 1480, USER)
            translation.dataReceived(message[:1400])
            body = BodyWriter().encode(b"B" * 1300, USER)
            assert body is not None
            translation.datagramsReceived([body])
            translation.dataReceived(message[1400:])
            packets = PacketReader(framing).receive(bytes(service.received))
            self.assertCountEqual(packets, [(b"B" * 1300, USER), (b"A" * 1480, USER)])

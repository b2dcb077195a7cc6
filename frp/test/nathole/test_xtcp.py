"""Visitors that reach a proxy without the server between them."""

from __future__ import annotations

from typing import Any

from frp.gateways import nathole
from frp.nathole.port import HolePort
from frp.proxies import xtcp
from frp.test.nathole.meeting import KEY, MeetingTestCase
from frp.test.server.talking import ServerTestCase
from frp.testing.natlab import CONE, PORT_CONE
from frp.testing.talk import Talk
from frp.wire.frames import FrameReader
from frp.wire.keys import privilegeKey
from frp.wire.messages import NatHoleClient, NatHoleReport, NatHoleResp, NatHoleSid, NatHoleVisitor, StartWorkConn
from frp.wire.probes import Probes


class TunnelTests(MeetingTestCase):
    """What users notice."""

    protocol = "kcp"

    def setUp(self) -> None:
        super().setUp()
        self.network.server()

    def visited(self, *more: dict[str, Any], **keys: Any) -> None:
        """Start both, and one visitor of this protocol."""
        self.offer(CONE)
        self.visit(PORT_CONE, *more, protocol=self.protocol, **keys)

    def test_served(self) -> None:
        """The first user waits for the hole, the others do not; the server hears of neither."""
        self.visited()
        first = self.asked()
        second = self.asked(0.5, b"x" * 100_000)
        self.assertEqual((first.received, second.received), (b"hello" * 100, b"x" * 100_000))
        self.assertEqual(self.logged("[p] get a user connection"), 0)
        self.assertEqual(self.logged("report make hole success: true"), 1)
        first.close()
        second.close()
        self.end()

    def test_treated(self) -> None:
        """Both ends encrypt with the secret, and compress."""
        treatment = {"useEncryption": True, "useCompression": True}
        self.offer(CONE, transport=treatment)
        self.visit(None, protocol=self.protocol, transport=treatment)
        user = self.asked()
        self.assertEqual(user.received, b"hello" * 100)
        user.close()
        self.end()

    def test_speaksFirst(self) -> None:
        """A service that is the first to say something is heard."""
        self.echo = self.network.service()
        self.visited()
        user = self.asked(5, b"")
        (there,) = self.echo.users
        there.send(b"welcome")
        self.network.advance(1)
        self.assertEqual(user.received, b"welcome")
        user.close()
        self.end()

    def test_halfClose(self) -> None:
        """Who has said all still hears the answer, since both ends are ours."""
        self.visited()
        user = self.asked()
        user.end()
        self.network.advance(1)
        self.assertTrue(user.ended)
        self.end()

    def test_kept(self) -> None:
        """With keepTunnelOpen it is there before anybody comes, and again after the proxy's client was away."""
        self.visited(keepTunnelOpen=True, minRetryInterval=20)
        self.network.advance(5)
        self.assertEqual(self.logged("report make hole success: true"), 1)
        self.network.clients[0].stopService()
        self.network.advance(60)
        self.offer(CONE)
        self.network.advance(40)
        self.assertEqual(self.logged("report make hole success: true"), 2)
        user = self.asked(0.5)
        self.assertEqual(user.received, b"hello" * 100)
        user.close()
        self.end()

    def test_nobody(self) -> None:
        """Without a proxy a user waits for twenty seconds; there is an attempt every ten."""
        self.visit()
        user = self.asked(15)
        self.assertFalse(user.closed)
        self.network.advance(10)
        self.assertTrue(user.closed)
        self.assertEqual(self.logged("xtcp server for [p] doesn't exist"), 4)
        self.assertEqual(self.logged("open tunnel timeout"), 1)

    def test_fallback(self) -> None:
        """The first user is relayed at once, the next one goes straight, and one who comes after the end is relayed."""
        self.offer(CONE)
        echo = {"name": "q", "type": "stcp", "secretKey": KEY, "localPort": self.echo.port}
        self.network.client(proxies=[echo])
        relay = {"name": "w", "type": "stcp", "serverName": "q", "secretKey": KEY, "bindPort": -1}
        self.visit(CONE, relay, protocol=self.protocol, fallbackTo="w")
        first = self.asked(0.1)
        self.assertEqual(first.received, b"hello" * 100)
        self.assertEqual(self.logged("report make hole success: true"), 0)
        self.network.advance(5)
        second = self.asked(0.5)
        self.assertEqual(second.received, b"hello" * 100)
        self.assertEqual(self.logged("[q] get a user connection"), 1)
        self.network.clients[0].stopService()
        self.network.advance(50)
        third = self.asked(0.1)
        self.assertEqual(third.received, b"hello" * 100)
        self.assertEqual(self.logged("[q] get a user connection"), 2)
        for user in (first, second, third):
            user.close()
        self.end()

    def test_circle(self) -> None:
        """Two visitors that fall back to each other serve nobody."""
        other = {"name": "w", "type": "xtcp", "serverName": "p", "secretKey": KEY, "bindPort": -1, "fallbackTo": "v"}
        self.visit(None, other, protocol=self.protocol, fallbackTo="w")
        user = self.asked(1)
        self.assertTrue(user.closed)
        self.assertEqual(self.logged("leads back to this visitor"), 1)

    def test_dies(self) -> None:
        """When the other side is gone its users are, too, and the next one gets another tunnel."""
        self.visited()
        first = self.asked()
        self.network.clients[0].stopService()
        self.network.advance(60)
        self.assertTrue(first.closed)
        self.offer(CONE)
        second = self.asked(15)
        self.assertEqual(second.received, b"hello" * 100)
        second.close()
        self.end()

    def test_wrongKey(self) -> None:
        """Whoever does not know the secret is told so, and the proxy's client hears nothing of it."""
        self.offer(CONE)
        self.visit(CONE, protocol=self.protocol, secretKey="a guess")
        self.asked(25)
        said = "natHoleRespMsg get error info: xtcp connection of [p] auth failed; secretKey is another"
        self.assertEqual(self.logged(said) > 0, True)
        self.assertEqual(self.logged("get natHoleRespMsg, sid"), 0)

    def test_user(self) -> None:
        """Nor is anybody else's visitor let in."""
        self.offer(CONE)
        self.visit(CONE, protocol=self.protocol, user="bob", serverName="p")
        self.network.advance(1)
        self.asked(1)
        self.assertEqual(self.logged("doesn't exist; there is no xtcp proxy of this name now") > 0, True)


class QUICTunnelTests(TunnelTests):
    """The same over QUIC."""

    protocol = "quic"


class MeetingTests(ServerTestCase):
    """What the server does with what is said."""

    def setUp(self) -> None:
        super().setUp()
        self.server()
        self.client = self.login(user="ann")
        self.register(self.client, "ann.p", 0, type="xtcp", sk=KEY)

    def visitor(self, talk: Any, count: int = 1, **fields: Any) -> NatHoleVisitor:
        """Say that somebody would come."""
        message = NatHoleVisitor(
            transaction_id="t", proxy_name="ann.p", sign_key=privilegeKey(KEY.encode(), 1), timestamp=1, **fields
        )
        talk.say(*[message] * count)
        self.network.settle()
        return message

    def told(self, work: Talk) -> str:
        """@return: which meeting a work connection tells of."""
        reader = FrameReader()
        reader.receive(work.payload)
        message = reader.nextMessage()
        assert isinstance(message, NatHoleSid)
        return message.sid

    def test_check(self) -> None:
        """Who asks whether he may is told, and nobody else hears of it."""
        self.visitor(self.client, pre_check=True)
        self.assertEqual(self.client.last(NatHoleResp), NatHoleResp(transaction_id="t"))
        bob = self.login(user="bob")
        for check in (True, False):
            self.visitor(bob, pre_check=check)
            self.assertEqual(bob.last(NatHoleResp).error, "xtcp visitor user [bob] not allowed for [ann.p]")

    def test_meets(self) -> None:
        """The proxy's client is told the meeting, says where it is, and both hear what to do, the sender later."""
        work = self.bring(self.client)
        where = ["192.0.2.1:1", "192.0.2.1:1"]
        self.visitor(self.client, mapped_addrs=where, protocol="kcp")
        sid = self.told(work)
        self.assertEqual(work.last(StartWorkConn).proxy_name, "ann.p")
        self.assertIsNotNone(work.lost)
        for _ in range(2):
            self.client.say(NatHoleClient(transaction_id="c", sid=sid, mapped_addrs=where))
            self.network.settle()
        self.assertEqual([one.transaction_id for one in self.client.of(NatHoleResp)], ["t"])
        self.network.advance(1)
        self.assertEqual([one.transaction_id for one in self.client.of(NatHoleResp)], ["t", "c"])
        self.client.say(NatHoleReport(sid=sid, success=True))
        self.network.settle()
        self.assertEqual(self.logged(f"sid [{sid}] report make hole success: true, mode 0, index 0"), 1)

    def test_addresses(self) -> None:
        """Where one of the two says nothing of use, both are told."""
        work = self.bring(self.client)
        self.visitor(self.client, mapped_addrs=["nonsense"] * 2)
        sid = self.told(work)
        self.client.say(NatHoleClient(transaction_id="c", sid=sid, mapped_addrs=["192.0.2.1:1"] * 2))
        self.network.settle()
        errors = {one.transaction_id: one.error for one in self.client.of(NatHoleResp)}
        self.assertEqual(set(errors), {"t", "c"})
        self.assertNotIn("", errors.values())

    def test_bound(self) -> None:
        """A client that asks for meetings without end has so many, and others have theirs."""
        self.patch(nathole, "MAX_MEETINGS", 20)
        self.visitor(self.client, 10_000)
        refused = [one for one in self.client.of(NatHoleResp) if "too many" in one.error]
        self.assertEqual(len(refused), 9_980)
        self.network.advance(60)
        self.visitor(self.client)
        self.assertEqual(len([one for one in self.client.of(NatHoleResp) if "too many" in one.error]), 9_980)

    def test_unknown(self) -> None:
        """Meetings that there are not: nobody is answered, and nothing is kept."""
        self.client.say(*[NatHoleClient(sid=str(n)) for n in range(5000)])
        self.client.say(*[NatHoleReport(sid=str(n)) for n in range(5000)])
        self.network.settle()
        self.assertEqual(self.client.of(NatHoleResp), [])
        self.assertIsNone(self.client.lost)


class StrangerTests(MeetingTestCase):
    """Whoever sends something to a port where a hole is being made."""

    def test_flood(self) -> None:
        """Junk, probes of other holes and with other keys do not end the attempt."""
        self.network.server()
        ann = self.offer(CONE)
        bob = self.visit(None, protocol="kcp", keepTunnelOpen=True)
        (host,) = [client for client in self.network.clients if client is bob]
        stranger = HolePort()
        here = self.lab.host()
        here.listenUDP(0, stranger)
        for _ in range(20):
            for number in range(40001, 40010):
                for datagram in (
                    b"junk",
                    Probes(b"guess").encode(NatHoleSid(sid="x")),
                    Probes(KEY.encode()).encode(NatHoleSid(sid="x")),
                ):
                    for address in ("198.51.100.3", "198.51.100.4", "198.51.100.5"):
                        stranger.send(datagram, (address, number))
            self.network.advance(0.1)
        self.network.advance(5)
        user = self.asked(1)
        self.assertEqual(user.received, b"hello" * 100)
        user.close()
        stranger.close()
        for client in (ann, host):
            client.stopService()
        self.network.advance(60)

    def test_many(self) -> None:
        """Of visits beyond a number the client of a proxy says that there are too many."""
        self.patch(xtcp, "MAX_DIGGING", 0)
        self.network.server()
        self.offer(CONE)
        self.visit(None, protocol="kcp")
        self.asked(1)
        self.assertEqual(self.logged("a visitor is not met: there are too many"), 1)

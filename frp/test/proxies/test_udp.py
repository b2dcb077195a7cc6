"""The udp proxy, from user to service and back."""

from __future__ import annotations

import resource
from typing import Any

from twisted.trial.unittest import SynchronousTestCase
from zope.interface.verify import verifyClass, verifyObject

from frp.client.service import FRPClient
from frp.client.site import ClientSite
from frp.interfaces import IClientSite, IProxyKind, IServerSite
from frp.proxies.udp import UDP
from frp.server.service import FRPServer
from frp.server.site import ServerSite
from frp.test.server.talking import ServerTestCase
from frp.testing.cases import NetworkTestCase
from frp.testing.datagrams import DatagramUser
from frp.wire.messages import Ping, ReqWorkConn, StartWorkConn
from frp.wire.packets import PacketReader, PacketWriter

TREATMENTS: dict[str, dict[str, Any]] = {
    "plain": {},
    "encrypted": {"useEncryption": True},
    "compressed": {"useCompression": True},
    "both": {"useEncryption": True, "useCompression": True},
    "limited": {"useCompression": True, "bandwidthLimit": "1MB"},
    "limitedThere": {"useEncryption": True, "bandwidthLimit": "1MB", "bandwidthLimitMode": "server"},
}


class KindTests(SynchronousTestCase):
    """What the plugin framework is promised."""

    def test_promises(self) -> None:
        """The kind, and what both services offer to it, are what their interfaces say."""
        self.assertTrue(verifyObject(IProxyKind, UDP()))
        self.assertTrue(verifyClass(IServerSite, ServerSite, tentative=True))
        self.assertTrue(verifyClass(IClientSite, ClientSite, tentative=True))


class UDPTestCase(NetworkTestCase):
    """Has a service that echoes."""

    def setUp(self) -> None:
        super().setUp()
        self.echo = DatagramUser(echoes=True)
        self.network.reactor.listenUDP(0, self.echo)

    def tunnel(self, proxy: dict[str, Any] | None = None, **settings: Any) -> tuple[FRPServer, FRPClient]:
        """Both services with one proxy, on port 6000, that has been given its work stream."""
        server = self.network.server(**settings)
        table = {"name": "a", "type": "udp", "localPort": self.echo.port, "remotePort": 6000, **(proxy or {})}
        client = self.network.client(proxies=[table], **settings)
        self.network.advance(0.6)
        return server, client

    def user(self, port: int = 6000) -> DatagramUser:
        """Somebody."""
        user = DatagramUser(port)
        self.network.reactor.listenUDP(0, user)
        return user

    def ask(self, user: DatagramUser, *datagrams: bytes) -> list[bytes]:
        """@return: what comes back."""
        del user.received[:]
        user.send(*datagrams)
        self.network.settle()
        return user.received


class CarryingTests(UDPTestCase):
    """Datagrams reach the service, and answers the user."""

    def test_treatments(self) -> None:
        """Whatever is done to the bytes on their way, datagrams come out whole, each by itself, the empty one too."""
        sent = [b"one", b"", bytes(1500), b"four"]
        for transport in TREATMENTS.values():
            self.setUp()
            self.tunnel({"transport": transport})
            self.assertEqual(self.ask(self.user(), *sent), sent, transport)
            self.assertEqual(self.network.stop(), [])

    def test_alone(self) -> None:
        """It works where every stream is a connection of its own."""
        self.network.server(transport={"tcpMux": False})
        table = {"name": "a", "type": "udp", "localPort": self.echo.port, "remotePort": 6000}
        self.network.client(proxies=[table], transport={"tcpMux": False})
        self.network.advance(0.6)
        self.assertEqual(self.ask(self.user(), b"one"), [b"one"])

    def test_users(self) -> None:
        """Every user has an address of its own towards the service, and gets the answers to what it asked."""
        self.tunnel()
        users = [self.user() for _ in range(5)]
        for number, user in enumerate(users):
            user.send(b"%d" % number, b"again")
        self.network.settle()
        self.assertEqual([user.received for user in users], [[b"%d" % number, b"again"] for number in range(5)])
        self.assertEqual(len(set(self.echo.senders)), 5)

    def test_early(self) -> None:
        """What a user sends before there is a work stream is not lost."""
        self.network.server()
        table = {"name": "a", "type": "udp", "localPort": self.echo.port, "remotePort": 6000}
        self.network.client(proxies=[table])
        user = self.user()
        self.assertEqual(self.ask(user, b"early"), [])
        self.network.advance(0.6)
        self.assertEqual(user.received, [b"early"])

    def test_chosenPort(self) -> None:
        """frps chooses a port where none is asked for, and says which."""
        _, client = self.tunnel({"remotePort": 0})
        assert client.session is not None
        port = int(client.session.proxies["a"].remoteAddress.removeprefix(":"))
        self.assertIn(port, self.network.reactor.udpPorts)
        self.assertEqual(self.logged(f"udp proxy listen port [{port}]"), 1)

    def test_portNotAllowed(self) -> None:
        """A port outside of allowPorts is refused in the reference's words."""
        self.network.server(allowPorts=[{"start": 7000, "end": 7001}])
        table = {"name": "a", "type": "udp", "localPort": self.echo.port, "remotePort": 6000}
        self.network.client(proxies=[table])
        self.assertGreater(self.logged("acquire port 6000 error: port not allowed"), 0)
        self.assertNotIn(6000, self.network.reactor.udpPorts)

    def test_longDatagrams(self) -> None:
        """What is longer than udpPacketSize is cut on both sides, as by the reference; the log calls it so."""
        self.tunnel(udpPacketSize=1000)
        self.assertEqual(self.ask(self.user(), bytes(1001), bytes(1000)), [bytes(1000)] * 2)
        self.assertEqual(self.logged("1 datagrams cut: only the first 1000 bytes (udpPacketSize)"), 1)
        self.assertEqual(self.logged("datagrams dropped"), 0)

    def test_tooLongForTheWire(self) -> None:
        """A datagram that no message can hold is dropped, and the tunnel lives."""
        self.tunnel(udpPacketSize=9000)
        self.assertEqual(self.ask(self.user(), bytes(9000), b"short"), [b"short"])
        self.assertEqual(self.logged("1 datagrams dropped: a message of the tunnel holds 10240 bytes"), 1)

    def test_header(self) -> None:
        """The service hears who the user is before the user's first datagram, and only then."""
        self.tunnel({"transport": {"proxyProtocolVersion": "v2"}})
        user = self.user()
        first, second = self.ask(user, b"one", b"two")
        self.assertEqual((first[:13], first[13], first[28:], second), (b"\r\n\r\n\0\r\nQUIT\n!", 0x12, b"one", b"two"))
        self.assertEqual(first[24:28], user.port.to_bytes(2, "big") + self.echo.port.to_bytes(2, "big"))
        self.network.advance(31)
        self.assertEqual(len(self.ask(user, b"one")[0]), 31)

    def test_counted(self) -> None:
        """Bytes of datagrams are counted in both directions."""
        server, _ = self.tunnel()
        self.ask(self.user(), bytes(10), bytes(20))
        [control] = server.clients.online()
        meter = control.published.proxies["a"].site.meter
        self.assertEqual((meter.bytesIn, meter.bytesOut, meter.current, meter.dropped), (30, 30, 0, 0))


class LifeTests(UDPTestCase):
    """What begins also ends."""

    def sockets(self) -> int:
        """How many sockets there are besides the echo."""
        return len(self.network.reactor.udpPorts) - 1

    def test_idleUser(self) -> None:
        """A user's socket is closed 30 s after the last datagram, and not before; the next one opens another."""
        self.tunnel()
        busy, quiet = self.user(), self.user()
        self.ask(quiet, b"a")
        self.ask(busy, b"a")
        self.assertEqual(self.sockets(), 5)
        for _ in range(2):
            self.network.advance(15)
            self.ask(busy, b"b")
        self.assertEqual(self.sockets(), 4)
        self.assertEqual(self.ask(quiet, b"c"), [b"c"])
        self.assertEqual(len(set(self.echo.senders)), 3)
        self.network.advance(31)
        self.assertEqual(self.sockets(), 3)

    def test_answersKeepAlive(self) -> None:
        """A service that goes on sending keeps its user."""
        self.tunnel()
        user = self.user()
        self.ask(user, b"a")
        for _ in range(4):
            self.network.advance(20)
            self.echo.transport.write(b"news", ("127.0.0.1", self.echo.senders[0]))
            self.network.settle()
        self.assertEqual(user.received, [b"a"] + [b"news"] * 4)

    def test_pings(self) -> None:
        """A tunnel that nobody uses is still the same after an hour: frpc pings, and frps hears it."""
        self.tunnel()
        self.network.advance(3600)
        self.assertEqual(self.logged("read from workConn for udp error"), 0)
        self.assertEqual(self.ask(self.user(), b"a"), [b"a"])

    def test_lostStream(self) -> None:
        """A work stream that breaks is replaced, and users keep their sockets at the service."""
        self.tunnel(transport={"tcpMux": False})
        user = self.user()
        self.ask(user, b"a")
        self.network.advance(5)
        _control, stream, *_pool = self.network.links(7000)
        stream.cut()
        self.network.settle()
        self.assertEqual(self.logged("read from workConn for udp error"), 1)
        self.assertEqual(self.ask(user, b"b"), [b"b"])
        self.assertEqual(len(set(self.echo.senders)), 1)

    def test_serviceDown(self) -> None:
        """Where no service is, datagrams are dropped and counted; when it is back, all is well again."""
        self.tunnel()
        user, port = self.user(), self.echo.port
        self.echo.transport.stopListening()
        self.assertEqual(self.ask(user, b"a", b"b"), [])
        self.assertEqual(self.logged(f"nobody answers at the local service 127.0.0.1:{port}"), 1)
        self.network.reactor.listenUDP(port, self.echo)
        self.assertEqual(self.ask(user, b"c"), [b"c"])

    def test_withdrawn(self) -> None:
        """A proxy that is removed leaves no socket; the same port can be had again."""
        _, client = self.tunnel()
        user = self.user()
        self.ask(user, b"a")
        client.update([])
        self.network.settle()
        self.assertEqual(self.sockets(), 1)
        self.assertEqual(self.ask(user, b"a"), [])

    def test_newSession(self) -> None:
        """After the connection to frps was lost, and made again, datagrams pass again."""
        _, client = self.tunnel()
        self.network.carrier(client).cut()
        self.network.advance(20)
        self.assertEqual(self.ask(self.user(), b"a"), [b"a"])


class ByHandTests(ServerTestCase):
    """What a client that speaks for itself sees of frps."""

    def setUp(self) -> None:
        super().setUp()
        self.server()
        self.talk = self.login()
        self.assertEqual(self.register(self.talk, "a", type="udp").remote_addr, ":6000")
        self.user = DatagramUser(6000)
        self.network.reactor.listenUDP(0, self.user)

    def asked(self) -> int:
        """How many work connections frps has asked for."""
        return len(self.talk.of(ReqWorkConn))

    def test_patience(self) -> None:
        """
        The first work connection is asked for half a second later: a client that does not yet know that its proxy runs
        would close it.
        """
        self.network.advance(0.4)
        self.assertEqual(self.asked(), 0)
        self.network.advance(0.2)
        self.assertGreater(self.asked(), 0)

    def test_messages(self) -> None:
        """A datagram is a message with the user's address; what comes back with that address reaches the user."""
        self.user.send(b"hello")
        work = self.bring(self.talk)
        self.network.advance(0.6)
        self.assertEqual((work.last(StartWorkConn).src_addr, work.last(StartWorkConn).dst_addr), ("", ""))
        address = ("127.0.0.1", self.user.port)
        self.assertEqual(PacketReader().receive(work.payload), [(b"hello", address)])
        work.say(Ping())
        work.sayBytes(PacketWriter().encode(b"", address) + PacketWriter().encode(b"answer", address))
        self.network.settle()
        self.assertEqual(self.user.received, [b"", b"answer"])

    def test_silence(self) -> None:
        """
        A work connection on which nothing comes for 60 s is closed, and another one is asked for; a ping is something.
        """
        work = self.bring(self.talk)
        self.network.advance(0.6)
        asked = self.asked()
        self.network.advance(50)
        work.say(Ping())
        self.network.advance(55)
        self.assertEqual((work.lost, self.asked()), (None, asked))
        self.network.advance(6)
        self.assertIsNotNone(work.lost)
        self.assertGreater(self.asked(), asked)

    def test_nonsense(self) -> None:
        """A client that sends what is no message loses the work connection, and nothing else."""
        work = self.bring(self.talk)
        self.network.advance(2)
        work.sayBytes(b"GET / HTTP/1.0\r\n\r\n")
        self.network.settle()
        self.assertIsNotNone(work.lost)
        self.assertIsNone(self.talk.lost)
        other = self.bring(self.talk)
        self.user.send(b"hello")
        self.network.settle()
        self.assertEqual(len(PacketReader().receive(other.payload)), 1)

    def test_closing(self) -> None:
        """A client that closes each work connection at once is not asked for another one without a pause."""
        asked = []
        for _ in range(3):
            self.bring(self.talk).close()
            self.network.advance(0.6)
            asked.append(self.asked())
        self.assertLessEqual(asked[-1], 6)

    def test_none(self) -> None:
        """Where the client brings no work connection, it is asked again, for as long as it takes."""
        self.network.advance(60)
        self.assertGreater(self.asked(), 4)
        self.user.send(b"hello")
        work = self.bring(self.talk)
        self.network.advance(12)
        self.assertEqual(len(PacketReader().receive(work.payload)), 1)


class FloodTests(UDPTestCase):
    """More than can be carried."""

    def test_noStream(self) -> None:
        """While there is no work stream 1024 datagrams wait, and the rest is dropped and counted."""
        server = self.network.server()
        table = {"name": "a", "type": "udp", "localPort": self.echo.port, "remotePort": 6000}
        self.network.client(proxies=[table])
        user = self.user()
        user.send(*[b"%d" % number for number in range(1500)])
        self.network.settle()
        [control] = server.clients.online()
        self.assertEqual(control.published.proxies["a"].site.meter.dropped, 476)
        self.assertEqual(self.logged("datagrams dropped: no work connection yet"), 1)
        self.network.advance(0.6)
        self.assertEqual(user.received, [b"%d" % number for number in range(1024)])

    def test_limited(self) -> None:
        """A limited tunnel drops what it cannot carry in time; nothing piles up, and later ones pass."""
        server, _ = self.tunnel({"transport": {"bandwidthLimit": "100KB", "bandwidthLimitMode": "server"}})
        user = self.user()
        user.send(*[bytes(1000)] * 5000)
        self.network.settle()
        [control] = server.clients.online()
        self.assertGreater(control.published.proxies["a"].site.meter.dropped, 3000)
        self.network.advance(60)
        self.assertEqual(self.ask(user, b"later"), [b"later"])

    def test_deaf(self) -> None:
        """Where the system does not send for us, datagrams are dropped and counted."""
        self.tunnel()
        self.network.reactor.udpPorts[6000].deaf = True
        self.assertEqual(self.ask(self.user(), b"a"), [])
        self.assertEqual(self.logged("the system does not send them"), 1)

    def test_manyUsers(self) -> None:
        """So many users that files would run out are not served, and those who are there are."""
        self.patch(resource, "getrlimit", lambda _: (32, 32))
        self.tunnel()
        users = [self.user() for _ in range(18)]
        answers = [self.ask(user, b"a") for user in users]
        self.assertEqual(answers, [[b"a"]] * 16 + [[]] * 2)
        self.assertEqual(self.logged("there are 16 users already"), 1)
        self.assertEqual(self.ask(users[0], b"b"), [b"b"])

    def test_manyUsersOfTwo(self) -> None:
        """The files are those of the process: what users of one proxy hold, users of another cannot have."""
        self.patch(resource, "getrlimit", lambda _: (32, 32))
        self.network.server()
        tables = [
            {"name": f"{port}", "type": "udp", "localPort": self.echo.port, "remotePort": port} for port in (6000, 6001)
        ]
        self.network.client(proxies=tables)
        self.network.advance(0.6)
        users = [self.user(port) for port in (6000, 6001) for _ in range(9)]
        answers = [self.ask(user, b"a") for user in users]
        self.assertEqual(answers, [[b"a"]] * 16 + [[]] * 2)
        self.network.advance(31)
        self.assertEqual([self.ask(user, b"b") for user in users[2:]], [[b"b"]] * 16)

    def test_log(self) -> None:
        """A flood is told at once, and then in sums every ten seconds, not line by line."""
        self.tunnel()
        self.network.reactor.udpPorts[6000].deaf = True
        user = self.user()
        for _ in range(100):
            self.ask(user, b"a")
            self.network.advance(0.3)
        self.assertEqual(self.logged("datagrams dropped"), 3)

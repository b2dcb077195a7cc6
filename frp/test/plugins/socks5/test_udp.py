"""Datagrams through the SOCKS5 plugin."""

from __future__ import annotations

import tracemalloc
from typing import Any

from twisted.internet.defer import Deferred, fail, succeed
from twisted.internet.error import DNSLookupError

from frp.client.service import FRPClient
from frp.errors import ConfigErrors
from frp.plugins.socks5 import relay as socks5relay
from frp.testing.cases import NetworkTestCase
from frp.testing.datagrams import DatagramUser
from frp.testing.network import User
from frp.wire.socks5.client import packAddress
from frp.wire.socks5.udp import Carried, readDatagram, writeDatagram

OPENED = b"\x05\x00" + b"\x05\x00\x00\x01\x00\x00\x00\x00" + (7011).to_bytes(2, "big")
ASSOCIATE = b"\x05\x01\x00" + b"\x05\x03\x00\x01" + bytes(6)


class SOCKS5UDPTestCase(NetworkTestCase):
    """Has both proxies, and a service that echoes."""

    def setUp(self) -> None:
        super().setUp()
        self.echo = DatagramUser(echoes=True)
        self.network.reactor.listenUDP(0, self.echo)
        self.lookups: list[str] = []
        self.names: dict[str, str] = {}
        self.patch(self.network.reactor, "resolve", self.resolve)

    def resolve(self, name: str) -> Deferred[str]:
        """Look a name up; those that have no address take for ever."""
        self.lookups.append(name)
        if name not in self.names:
            return fail(DNSLookupError(name))
        return succeed(self.names[name]) if self.names[name] else Deferred()

    def tables(self, **keys: Any) -> list[dict[str, Any]]:
        """Both proxies; the keys are the plugin's."""
        plugin = {"type": "socks5", "udpPort": 7011, **keys}
        return [
            {"name": "socks", "type": "tcp", "remotePort": 6000, "plugin": plugin},
            {"name": "datagrams", "type": "udp", "remotePort": 6001, "localPort": 7011},
        ]

    def tunnel(self, **keys: Any) -> FRPClient:
        """Start both services."""
        self.network.server()
        client = self.network.client(proxies=self.tables(**keys))
        self.network.advance(0.6)
        return client

    def associate(self, said: bytes = ASSOCIATE) -> User:
        """Somebody who asks for UDP."""
        user = self.network.user(6000)
        user.send(said)
        self.network.settle()
        return user

    def sender(self) -> DatagramUser:
        """The same one's UDP socket."""
        user = DatagramUser(6001)
        self.network.reactor.listenUDP(0, user)
        return user

    def ask(self, sender: DatagramUser, *data: bytes, host: str = "127.0.0.1", port: int = 0) -> list[Carried]:
        """@return: the answers to what is sent there."""
        del sender.received[:]
        sender.send(*(writeDatagram(Carried(host, port or self.echo.port, one)) for one in data))
        self.network.settle()
        return [readDatagram(datagram) for datagram in sender.received]

    def heard(self, *data: bytes) -> list[Carried]:
        """The echo's answers."""
        return [Carried("127.0.0.1", self.echo.port, one) for one in data]

    def targets(self) -> set[int]:
        """The sockets that targets see."""
        return set(self.echo.senders)


class RelayingTests(SOCKS5UDPTestCase):
    """Users send datagrams into the network of frpc."""

    def test_use(self) -> None:
        """Who has asked for it sends datagrams to an address, and gets the answers."""
        self.tunnel()
        user = self.associate()
        self.assertEqual(user.received, OPENED)
        self.assertEqual(self.ask(self.sender(), b"one", b"", b"three"), self.heard(b"one", b"", b"three"))
        self.assertEqual(len(self.targets()), 1)

    def test_talkative(self) -> None:
        """What such a user goes on saying over the connection is thrown away, and not kept."""
        self.tunnel()
        user = self.associate()
        tracemalloc.start()
        self.addCleanup(tracemalloc.stop)
        for _ in range(50):
            user.send(bytes(60000))
            self.network.settle()
        self.assertFalse(user.closed)
        self.assertLess(tracemalloc.get_traced_memory()[0], 600_000)

    def test_off(self) -> None:
        """Without udpPort the command is not served, as by the reference, and nothing listens."""
        self.tunnel(udpPort=0)
        user = self.associate()
        self.assertEqual(user.received, b"\x05\x00" + b"\x05\x07\x00\x01" + bytes(6))
        self.assertTrue(user.closed)
        self.assertNotIn(7011, self.network.reactor.udpPorts)

    def test_replies(self) -> None:
        """The reply names what udpAddress says: an address, a name, or only a port."""
        for number, (address, host, port) in enumerate(
            (
                ("203.0.113.9:6080", "203.0.113.9", 6080),
                ("[2001:db8::9]:6080", "2001:db8::9", 6080),
                ("frps.example.com:6080", "frps.example.com", 6080),
                (":6080", "0.0.0.0", 6080),
                ("", "0.0.0.0", 7011),
            )
        ):
            self.network.bindPort = 7000 + 100 * number
            self.tunnel(udpAddress=address)
            self.assertEqual(self.associate().received[2:], b"\x05\x00\x00" + packAddress(host, port))
            self.assertEqual(self.network.stop(), [])

    def test_wrongTables(self) -> None:
        """An address that cannot be told to users, or leads to nothing, is refused at once."""
        for keys in (
            {"udpAddress": "frps.example.com"},
            {"udpAddress": "frps.example.com:0"},
            {"udpAddress": "frps.example.com:70000"},
            {"udpAddress": "2001:db8::9:6080"},
            {"udpAddress": "[frps]:6080"},
            {"udpAddress": "ä:6080"},
            {"udpAddress": ":6080", "udpPort": 0},
            {"udpPort": 65536},
        ):
            with self.assertRaises(ConfigErrors, msg=str(keys)):
                self.network.proxies(*self.tables(**keys))

    def test_names(self) -> None:
        """Targets may be named. A name is looked up once in a minute, and answers come from its address."""
        self.names["echo.test"] = "127.0.0.1"
        self.tunnel()
        self.associate()
        sender = self.sender()
        self.assertEqual(self.ask(sender, b"one", b"two", host="echo.test"), self.heard(b"one", b"two"))
        self.network.advance(59)
        self.ask(sender, b"three", host="echo.test")
        self.assertEqual(self.lookups, ["echo.test"])
        self.network.advance(2)
        self.assertEqual(self.ask(sender, b"four", host="echo.test"), self.heard(b"four"))
        self.assertEqual(self.lookups, ["echo.test"] * 2)
        self.assertEqual(self.ask(sender, b"five", host="nowhere.test"), [])

    def test_slowNames(self) -> None:
        """Few names are looked up at a time, few datagrams wait for each, and none for longer than ten seconds."""
        self.names = {f"{number}.test": "" for number in range(100)}
        self.tunnel()
        self.associate()
        sender = self.sender()
        for name in self.names:
            self.ask(sender, b"lost", host=name)
        self.assertEqual(len(self.lookups), socks5relay.MOST_LOOKUPS)
        self.ask(sender, *[b"lost"] * 20, host="0.test")
        self.network.advance(11)
        self.names["0.test"] = "127.0.0.1"
        self.assertEqual(self.ask(sender, b"one", host="0.test"), self.heard(b"one"))
        self.assertEqual(len(self.echo.received), 1)

    def test_whileLookedUp(self) -> None:
        """What was sent while a name is looked up arrives afterwards; if the user leaves before, nothing does."""
        found: list[Deferred[str]] = []

        def resolve(name: str) -> Deferred[str]:
            found.append(Deferred())
            return found[-1]

        self.patch(self.network.reactor, "resolve", resolve)
        self.tunnel()
        user = self.associate()
        sender = self.sender()
        self.ask(sender, b"one", b"two", host="echo.test")
        found[0].callback("127.0.0.1")
        self.network.settle()
        self.assertEqual(self.echo.received, [b"one", b"two"])
        self.ask(sender, b"three", host="other.test")
        user.close()
        self.network.settle()
        self.assertTrue(found[1].called)
        self.assertEqual(self.echo.received, [b"one", b"two"])

    def test_denyLocal(self) -> None:
        """With denyLocal datagrams do not reach this machine, by whatever name."""
        self.names = {"echo.test": "127.0.0.1", "zero": "0.0.0.0", "v6": "::1"}
        self.tunnel(denyLocal=True)
        self.associate()
        sender = self.sender()
        for host in ("127.0.0.1", "::1", "::ffff:127.0.0.1", "0.0.0.0", "169.254.169.254", *self.names):
            self.assertEqual(self.ask(sender, b"one", host=host), [], host)
        self.assertEqual(self.echo.received, [])
        self.ask(sender, b"one", host="10.0.0.7")
        self.assertEqual(self.echo.received, [b"one"])

    def test_strangers(self) -> None:
        """Only who was sent to can answer."""
        self.tunnel()
        self.associate()
        sender = self.sender()
        self.ask(sender, b"one")
        (outside,) = self.targets()
        stranger = DatagramUser(outside)
        self.network.reactor.listenUDP(0, stranger)
        stranger.send(b"trust me")
        self.network.settle()
        self.assertEqual(len(sender.received), 1)
        self.assertEqual(self.logged("they come from where nothing was sent to"), 1)

    def test_manyTargets(self) -> None:
        """Whoever was not sent to for longest can answer no more when there are too many targets."""
        self.tunnel()
        self.associate()
        sender = self.sender()
        self.ask(sender, b"one")
        (outside,) = self.targets()
        for port in range(socks5relay.MOST_TARGETS):
            self.ask(sender, b"scan", port=20000 + port)
        self.echo.transport.write(b"late", ("127.0.0.1", outside))
        del sender.received[:]
        self.network.settle()
        self.assertEqual(sender.received, [])

    def test_whatIsDropped(self) -> None:
        """Fragments, other protocols, port 0 and too long answers are dropped, and the log says so."""
        client = self.tunnel()
        self.associate()
        sender = self.sender()
        good = writeDatagram(Carried("127.0.0.1", self.echo.port, b"good"))
        for bad, why in (
            (b"\0\0\1" + good[3:], "a fragment of a SOCKS5 datagram"),
            (b"\r\n\r\n\0\r\nQUIT\n" + good, "no SOCKS5 header in front of a datagram"),
            (good[:6], "the SOCKS5 header of a datagram is cut off"),
            (writeDatagram(Carried("127.0.0.1", 0, b"")), "port 0 is nobody's"),
        ):
            sender.send(bad, good)
            self.network.advance(11)
            self.assertEqual(self.logged(why), 1)
        self.assertEqual(len(sender.received), 4)
        size = client.config.udpPacketSize
        self.echo.transport.write(bytes(size), ("127.0.0.1", self.echo.senders[0]))
        self.network.settle()
        self.assertEqual(len(sender.received), 4)
        self.assertEqual(self.logged("answers longer than udpPacketSize"), 1)

    def test_passwords(self) -> None:
        """Where a password is wanted, UDP is only for those who know it."""
        self.tunnel(username="alice", password="secret")
        user = self.associate(b"\x05\x01\x02" + b"\x01\x05alice\x05wrong" + ASSOCIATE[3:])
        self.assertTrue(user.closed)
        sender = self.sender()
        self.assertEqual(self.ask(sender, b"one"), [])
        user = self.associate(b"\x05\x01\x02" + b"\x01\x05alice\x06secret" + ASSOCIATE[3:])
        self.assertEqual(user.received[4:], OPENED[2:])
        self.assertEqual(self.ask(sender, b"one"), self.heard(b"one"))

"""The SOCKS5 plugin."""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import fail, succeed
from twisted.internet.error import DNSLookupError

from frp.plugins.reach import isLocal
from frp.testing.cases import NetworkTestCase
from frp.testing.contracts import ClientPluginContract
from frp.testing.network import User
from frp.wire.socks5.client import SOCKS5Connect, packAddress


class SOCKS5Tests(ClientPluginContract, NetworkTestCase):
    """Users reach the network of frpc."""

    name = "socks5"
    table = {"username": "alice", "password": "pa:ss"}

    def setUp(self) -> None:
        super().setUp()
        self.echo = self.network.echo()
        names = {"echo.test": "10.0.0.7", "meta.test": "169.254.169.254"}
        self.patch(
            self.network.reactor,
            "resolve",
            lambda name: succeed(names[name]) if name in names else fail(DNSLookupError(f"no {name}")),
        )

    def ask(self, host: str, port: int, credentials: tuple[bytes, bytes] | None = (b"alice", b"pa:ss")) -> User:
        """@return: a user who has said all of a CONNECT at once, with an echo behind it."""
        asking = SOCKS5Connect(host, port, credentials)
        user = self.network.user(self.port)
        user.send(asking.begin())
        self.network.settle()
        while user.received and not asking.done and not asking.refusal:
            said, user.received = user.received, b""
            user.send(asking.receive(said))
            self.network.advance(0.1)
        self.asking = asking
        return user

    def use(self) -> None:
        user = self.ask("127.0.0.1", self.echo.port)
        self.assertTrue(self.asking.done)
        data = bytes(range(250)) * 4000
        user.send(data)
        self.network.advance(5)
        self.assertEqual(user.received, data)
        user.end()
        self.network.advance(1)
        self.assertTrue(user.closed)

    def talk(self, *said: bytes, **keys: Any) -> User:
        """@return: a user who has said this."""
        self.start(**keys)
        user = self.network.user(self.port)
        for one in said:
            user.send(one)
            self.network.settle()
        return user

    open: dict[str, Any] = {"username": "", "password": ""}

    def test_replies(self) -> None:
        """Every way to fail has the number that the reference gives it."""
        self.network.silence(7)
        self.network.refuse(9)
        local, refused = packAddress("127.0.0.1", self.echo.port), packAddress("10.0.0.1", 9)
        cases = {
            b"\x05\x01\x00": b"\x00",
            b"\x05\x01\x02": b"\xff",
            b"\x05\x00": b"\xff",
            b"\x05\x02\x80\x00" + b"\x05\x02\x00" + local: b"\x00" + b"\x05\x07",
            b"\x05\x01\x00" + b"\x05\x03\x00" + local: b"\x00" + b"\x05\x07",
            b"\x05\x01\x00" + b"\x05\x63\x00" + local: b"\x00" + b"\x05\x07",
            b"\x05\x01\x00" + b"\x05\x01\x00\x02": b"\x00" + b"\x05\x08",
            b"\x05\x01\x00" + b"\x05\x01\x00" + refused: b"\x00" + b"\x05\x05",
            b"\x05\x01\x00" + b"\x05\x01\x00\x03\x00\x00\x50": b"\x00" + b"\x05\x04",
            b"\x05\x01\x00" + b"\x05\x01\x00\x03\x02\x00\x01\x00\x50": b"\x00" + b"\x05\x04",
            b"\x05\x01\x00" + b"\x05\x01\x00" + packAddress("10.0.0.1", 7): b"\x00" + b"\x05\x04",
        }
        self.start(**self.open)
        for said, heard in cases.items():
            user = self.network.user(self.port)
            user.send(said)
            self.network.advance(31)
            expected = b"\x05" + heard + (bytes([0, 1]) + bytes(6) if len(heard) > 1 else b"")
            self.assertEqual(user.received, expected, said)
            self.assertEqual(user.closed, heard != b"\x00")
            user.abort()

    def test_success(self) -> None:
        """A success carries the address from which the target is reached, and what came early is not lost."""
        user = self.talk(
            b"\x05\x01\x00" + b"\x05\x01\x00" + packAddress("127.0.0.1", self.echo.port) + b"early", **self.open
        )
        self.assertEqual(user.received[:7], b"\x05\x00\x05\x00\x00\x01\x7f")
        self.assertEqual(user.received[12:], b"early")

    def test_byteByByte(self) -> None:
        """A dialogue may come in any pieces."""
        said = b"\x05\x01\x02" + b"\x01\x05alice\x05pa:ss" + b"\x05\x01\x00"
        said += packAddress("127.0.0.1", self.echo.port) + b"hello"
        user = self.talk(*(bytes([byte]) for byte in said))
        self.assertEqual(user.received[-5:], b"hello")

    def test_wrongPassword(self) -> None:
        """Who does not know the password, or has none, is refused."""
        self.start()
        for credentials in ((b"alice", b"wrong"), (b"bob", b"pa:ss"), (b"alice", b"")):
            user = self.ask("127.0.0.1", self.echo.port, credentials)
            self.assertEqual(self.asking.refusal, "socks connect tcp: username/password authentication failed")
            self.assertTrue(user.closed)
        user = self.ask("127.0.0.1", self.echo.port, None)
        self.assertIn("no acceptable authentication methods", self.asking.refusal)
        self.assertTrue(user.closed)
        self.assertEqual(self.echo.users, [])

    def test_junk(self) -> None:
        """What is not SOCKS5 is dropped without a word, and so is who takes longer than a minute."""
        for said in (b"GET / HTTP/1.1\r\n\r\n", b"\x04\x01", b"\x16\x03\x01" + bytes(500), b"\x05\x01\x02\x02junk"):
            user = self.talk(said)
            self.assertTrue(user.closed, said)
            self.assertIn(user.received, (b"", b"\x05\x02"))
            self.network.stop()
            self.network.bindPort += 1
        user = self.talk(b"\x05\x01")
        self.network.advance(59)
        self.assertFalse(user.closed)
        self.network.advance(2)
        self.assertTrue(user.closed)

    def test_denyLocal(self) -> None:
        """With denyLocal nobody reaches this machine or a cloud's metadata, by whatever name; others are reached."""
        self.start(denyLocal=True)
        denied = "socks connect tcp: unknown error connection not allowed by ruleset"
        for host in ("127.0.0.1", "::1", "169.254.169.254", "::ffff:127.0.0.1", "0.0.0.0", "meta.test"):
            self.ask(host, self.echo.port)
            self.assertEqual(self.asking.refusal, denied, host)
        self.ask("nowhere.test", self.echo.port)
        self.assertEqual(self.asking.refusal, "socks connect tcp: unknown error host unreachable")
        self.assertEqual(self.echo.users, [])
        user = self.ask("echo.test", self.echo.port)
        user.send(b"hello")
        self.network.settle()
        self.assertEqual(user.received, b"hello")

    def test_leavesWhileDialling(self) -> None:
        """A user who leaves while the target is dialled leaves nothing behind."""
        self.network.silence(7)
        user = self.talk(b"\x05\x01\x00" + b"\x05\x01\x00" + packAddress("127.0.0.1", 7), **self.open)
        user.abort()
        self.network.advance(1)
        self.assertEqual(self.network.reactor.links[1:], [])


class ReachTests(NetworkTestCase):
    """What counts as local."""

    def test_local(self) -> None:
        """Loopback, link-local, metadata, everybody's, and all that stands for them."""
        for host in (
            *("127.8.8.8", "0.1.2.3", "169.254.1.1", "224.0.0.1", "255.255.255.255", "100.100.100.200"),
            *("::", "::1", "fe80::1%eth0", "ff02::1", "fd00:ec2::254", "::ffff:169.254.169.254", "::127.0.0.1"),
            *("64:ff9b::7f00:1", "::ffff:0:127.0.0.1", "2002:7f00:1::", "", "name"),
        ):
            self.assertTrue(isLocal(host), host)

    def test_elsewhere(self) -> None:
        """All others."""
        for host in ("10.0.0.1", "192.168.1.1", "8.8.8.8", "2001:db8::1", "fd12::1", "::ffff:8.8.8.8"):
            self.assertFalse(isLocal(host), host)

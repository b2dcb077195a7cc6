"""SSH connections that mean no good: each ends alone, with one line in the log."""

from __future__ import annotations

from collections.abc import Callable
from struct import pack

from twisted.conch.ssh.common import NS
from twisted.conch.ssh.connection import MSG_CHANNEL_DATA, MSG_CHANNEL_OPEN, MSG_CHANNEL_REQUEST, MSG_GLOBAL_REQUEST
from twisted.conch.ssh.transport import MSG_IGNORE
from twisted.conch.ssh.userauth import MSG_USERAUTH_REQUEST

from frp.session.bounds import MAX_ASKED
from frp.ssh.channels import MAX_SCREENS
from frp.ssh.gateway import MAX_STRANGERS
from frp.ssh.guest import ASKING
from frp.ssh.link import MAX_STRANGE_PACKETS, PATIENCE
from frp.ssh.stream import OPEN_TIMEOUT, WINDOW
from frp.test.ssh.client import Client, privateKey
from frp.test.ssh.test_gateway import PORT, TCP, GatewayTestCase
from frp.testing.network import User

VERSION = b"SSH-2.0-test\r\n"


def packet(kind: int, payload: bytes = b"") -> bytes:
    """@return: a packet before there are keys."""
    padding = 4 + -(len(payload) + 10) % 8
    return pack("!LBB", len(payload) + padding + 2, padding, kind) + payload + bytes(padding)


class StrangersTestCase(GatewayTestCase):
    """A client is there besides, with a user, and notices nothing."""

    keys: str | None = None

    def setUp(self) -> None:
        super().setUp()
        key = privateKey()
        self.server(None if self.keys is None else key.public().toString("openssh").decode())
        self.client = self.ssh(key=key)
        self.user = self.network.user(9090)

    def noticed(self, reason: str) -> None:
        """The log has one line with this reason, and the client and its user are well."""
        self.assertEqual(self.logged("is closed: "), 1)
        self.assertEqual(self.logged(reason), 1)
        for user in self.user, self.network.user(9090):
            before = len(user.received)
            user.send(b"hello")
            self.network.settle()
            self.assertEqual(user.received[before:], b"hello")


class BeforeLoginTests(StrangersTestCase):
    """Who has not logged in."""

    def says(self, *pieces: bytes) -> User:
        """@return: somebody who has connected, and said that."""
        user = self.network.user(PORT)
        for piece in pieces:
            user.send(piece)
            self.network.settle()
        return user

    def test_silent(self) -> None:
        """Whoever says nothing has half a minute."""
        silent = self.says()
        self.network.advance(PATIENCE - 1)
        self.assertFalse(silent.closed)
        self.network.advance(1)
        self.assertTrue(silent.closed)
        self.noticed(f"nobody logged in within {PATIENCE} s")

    def test_somethingElse(self) -> None:
        """Whoever speaks something else is not listened to for long."""
        self.assertTrue(self.says(b"GET / HTTP/1.1\r\nHost: " + bytes(5000)).closed)
        self.noticed("Peer version string longer than 4KB")

    def test_longPacket(self) -> None:
        """A packet that says it is very long is not waited for."""
        self.assertTrue(self.says(VERSION, b"\xff" * 16).closed)
        self.noticed("a packet says that it has 4294967295 bytes, 255 of them padding")

    def test_nonsense(self) -> None:
        """A message that ends too early."""
        self.assertTrue(self.says(VERSION, packet(20, b"short")).closed)
        self.noticed("what it sent makes no sense")

    def test_manyPackets(self) -> None:
        """Packets that lead nowhere."""
        self.assertTrue(self.says(VERSION, packet(MSG_IGNORE, NS(b"")) * (MAX_STRANGE_PACKETS + 1)).closed)
        self.noticed(f"{MAX_STRANGE_PACKETS + 1} packets came before a login")

    def test_stalls(self) -> None:
        """Whoever stops after the keys were exchanged is not waited for either."""
        client = Client()
        self.patch(client, "connectionSecure", lambda: None)
        self.network.dial(PORT, client)
        self.network.advance(PATIENCE)
        self.assertIsNotNone(client.lost)
        self.noticed(f"nobody logged in within {PATIENCE} s")

    def test_many(self) -> None:
        """Whoever comes last is let in; the one who has been on the way for longest makes room."""
        strangers = [self.says() for _ in range(MAX_STRANGERS + 1)]
        self.assertEqual([stranger.closed for stranger in strangers], [True] + [False] * MAX_STRANGERS)
        self.noticed("connections came after it")


class KeysTests(StrangersTestCase):
    """Who has no key that is known."""

    keys = ""

    def test_guesses(self) -> None:
        """Only so many keys may be tried."""
        client = Client()
        blob = NS(b"v0") + NS(b"ssh-connection") + NS(b"publickey") + b"\0" + NS(b"ssh-ed25519")

        def guess() -> None:
            client.sendPacket(5, NS(b"ssh-userauth"))
            for number in range(8):
                client.sendPacket(MSG_USERAUTH_REQUEST, blob + NS(NS(b"ssh-ed25519") + NS(bytes([number]) * 32)))

        self.patch(client, "connectionSecure", guess)
        self.patch(client, "ssh_SERVICE_ACCEPT", lambda packet: None)
        self.network.dial(PORT, client)
        self.network.settle()
        self.assertEqual(client.goodbye, "too many bad auths")
        self.noticed("too many bad auths")

    def test_withoutLogin(self) -> None:
        """The service behind the login is not there before it."""
        client = Client()
        self.patch(client, "connectionSecure", lambda: client.sendPacket(5, NS(b"ssh-connection")))
        self.network.dial(PORT, client)
        self.network.settle()
        self.assertIsNotNone(client.lost)
        self.noticed("don't have service ssh-connection")


class AfterLoginTests(StrangersTestCase):
    """Who has."""

    def intruder(self, command: str | None = None) -> Client:
        """@return: one more client."""
        return self.ssh(command)

    def dropped(self, act: Callable[[Client], object], reason: str, command: str | None = None) -> None:
        """Whoever does this is dropped."""
        client = self.intruder(command)
        act(client)
        self.network.settle()
        self.assertIsNotNone(client.lost)
        self.noticed(reason)

    def test_noChannel(self) -> None:
        """Data for a channel that there is not."""
        self.dropped(lambda client: client.sendPacket(MSG_CHANNEL_DATA, pack(">L", 77) + NS(b"hello")), "KeyError: 77")

    def test_wrongSize(self) -> None:
        """Data that is not as long as it says."""
        payload = pack(">LL", 0, 0xFFFFFFFF) + b"hello"
        reason = "a packet says that it carries 4294967295 bytes, and carries others"
        self.dropped(lambda client: client.sendPacket(MSG_CHANNEL_DATA, payload), reason)

    def test_requests(self) -> None:
        """A flood of requests."""

        def flood(client: Client) -> None:
            for _ in range(MAX_ASKED + 1):
                client.sendPacket(MSG_GLOBAL_REQUEST, NS(b"hello") + b"\0")

        self.dropped(flood, "messages that serve no user within 10 s")

    def test_channels(self) -> None:
        """A flood of channels. No more than a few are open before that."""

        refused: list[int] = []

        def flood(client: Client) -> None:
            assert client.connection is not None
            self.patch(client.connection, "ssh_CHANNEL_OPEN_CONFIRMATION", lambda data: None)
            self.patch(client.connection, "ssh_CHANNEL_OPEN_FAILURE", lambda data: refused.append(data[7]))
            for count in 100, MAX_ASKED:
                for number in range(count):
                    client.sendPacket(MSG_CHANNEL_OPEN, NS(b"session") + pack(">3L", number, 1 << 20, 32768))
                self.network.settle()
                self.assertEqual(refused[: 100 - MAX_SCREENS], [4] * (100 - MAX_SCREENS))

        self.dropped(flood, "messages that serve no user within 10 s")

    def test_window(self) -> None:
        """More than a window for a user who does not read."""
        client = self.intruder("tcp -n more -r 9091")
        slow = self.network.user(9091)
        slow.transport.pauseProducing()
        (channel,) = client.users
        channel.remoteWindowLeft = 1 << 40
        channel.write(bytes(4 * WINDOW))
        self.network.advance(1)
        self.assertIsNotNone(client.lost)
        self.noticed("were allowed")

    def test_changed(self) -> None:
        """A packet that was changed on its way."""

        def act(client: Client) -> None:
            self.patch(client.currentEncryptions, "makeMAC", lambda number, data: bytes(64))
            client.sendPacket(MSG_IGNORE, NS(b""))

        self.dropped(act, "the authentication code of a packet is wrong")

    def test_malformedCommand(self) -> None:
        """A command that is not as long as it says is none."""
        client = self.intruder()
        assert client.connection is not None
        client.requests = [
            (b"exec", pack(">L", 0xFFFFFFFF) + TCP.encode()),
            (b"exec", NS(TCP.encode()) + b"garbage"),
        ]
        client.begin(client.connection)
        self.network.advance(ASKING)
        self.assertEqual(client.goodbye, "get addr and extra payload timeout")
        self.noticed("get addr and extra payload timeout")

    def test_shortRequest(self) -> None:
        """A request that ends too early."""
        payload = pack(">L", 0) + b"\xff"
        client = self.intruder("tcp -n more -r 9091")
        client.sendPacket(MSG_CHANNEL_REQUEST, payload)
        self.network.settle()
        self.assertIsNotNone(client.lost)
        self.noticed("what it sent makes no sense")

    def test_noAnswer(self) -> None:
        """A client that does not answer for a user loses that user."""
        client = self.intruder("tcp -n more -r 9091")
        assert client.connection is not None
        self.patch(client.connection, "ssh_CHANNEL_OPEN", lambda packet: None)
        user = self.network.user(9091)
        self.network.advance(OPEN_TIMEOUT)
        self.assertTrue(user.closed)
        self.assertIsNone(client.lost)

    def test_newKeys(self) -> None:
        """Keys are exchanged anew while users are served."""
        self.user.send(b"x" * 100_000)
        self.client.sendKexInit()
        self.user.send(b"y" * 100_000)
        self.network.advance(1)
        self.assertEqual(len(self.user.received), 200_000)
        self.assertIsNone(self.client.lost)

    def test_endlessKeyExchange(self) -> None:
        """While a client does not end an exchange of keys, its users are paused, and little is kept."""
        client = self.intruder("tcp -n more -r 9091")
        user = self.network.user(9091)
        self.patch(client, "ssh_KEXINIT", lambda packet: None)
        client.sendKexInit()
        self.network.settle()
        user.send(bytes(50_000_000))
        self.network.advance(5)
        self.assertGreater(user.transport.queued, 40_000_000)
        client.transport.abortConnection()
        self.network.settle()
        self.assertTrue(user.closed)

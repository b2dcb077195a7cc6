"""The SSH tunnel gateway: what its clients see, and what frps sees of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from frp.kinds import Registry
from frp.server.service import FRPServer
from frp.ssh import guest
from frp.ssh.channels import ALIVE, MISSED
from frp.ssh.guest import ASKING, LEAVING
from frp.ssh.stream import WINDOW
from frp.test.ssh.client import KEY, Client
from frp.testing.cases import NetworkTestCase

PORT = 2200

TCP = "tcp --proxy_name web --remote_port 9090"

WELCOME = """
frp (via SSH) (Ctrl+C to quit)

User: {user}
ProxyName: web
Type: tcp
RemoteAddress: :9090
Addresses: tcp://127.0.0.1:9090

"""


class GatewayTestCase(NetworkTestCase):
    """Has a gateway on port 2200."""

    def setUp(self) -> None:
        super().setUp()
        self.folder = Path(self.mktemp())
        self.folder.mkdir()
        (self.folder / "host").write_text(KEY)

    def server(self, keys: str | None = None, **settings: Any) -> FRPServer:
        """
        Start frps.

        @param keys: what is in C{authorizedKeysFile}; None lets everybody in.
        """
        table = {"bindPort": PORT, "privateKeyFile": str(self.folder / "host")}
        if keys is not None:
            (self.folder / "keys").write_text(keys)
            table["authorizedKeysFile"] = str(self.folder / "keys")
        return self.network.server(sshTunnelGateway=table, **settings)

    def ssh(self, command: str | None = TCP, **options: Any) -> Client:
        """@return: an SSH client that has said all it says."""
        client = self.network.dial(PORT, Client(command, **options))
        self.network.settle()
        return client


class ClientTests(GatewayTestCase):
    """A client, from its command to its end."""

    def test_serves(self) -> None:
        """A client is shown where its users come in; they reach it by channels, which say who they are."""
        self.server()
        client = self.ssh()
        self.assertEqual(client.shown, WELCOME.format(user=""))
        user = self.network.user(9090)
        user.send(b"hello")
        self.network.settle()
        self.assertEqual(user.received, b"hello")
        (channel,) = client.users
        self.assertEqual(channel.where[:3], (b"", 80, b"127.0.0.1"))
        self.assertEqual(channel.where[3], user.transport.getHost().port)
        user.close()
        self.network.settle()
        self.assertTrue(channel.ended)
        channel.loseConnection()
        self.network.settle()
        self.assertTrue(channel.gone)

    def test_much(self) -> None:
        """Much goes both ways, for several users at once."""
        self.server()
        self.ssh()
        users = [self.network.user(9090) for _ in range(3)]
        data = bytes(range(256)) * 512
        for user in users:
            for _ in range(5):
                user.send(data)
        self.network.advance(1)
        self.assertEqual([user.received == data * 5 for user in users], [True] * 3)

    def test_halfClose(self) -> None:
        """The end of one direction is passed on, and the other lives."""
        self.server()
        client = self.ssh()
        client.echoes = False
        user = self.network.user(9090)
        user.send(b"question")
        user.end()
        self.network.settle()
        (channel,) = client.users
        self.assertEqual((channel.received, channel.ended), (b"question", True))
        channel.write(b"answer")
        channel.end()
        self.network.settle()
        self.assertEqual((user.received, user.ended), (b"answer", True))

    def test_slowUser(self) -> None:
        """A user who does not read holds up nobody but himself, and no more is kept for him than a window."""
        self.server()
        client = self.ssh()
        client.echoes = False
        slow, quick = self.network.user(9090), self.network.user(9090)
        slow.transport.pauseProducing()
        for channel in client.users:
            channel.write(bytes(2 * WINDOW))
        self.network.advance(1)
        self.assertEqual(len(quick.received), 2 * WINDOW)
        self.assertGreater(len(client.users[0].buf), WINDOW // 2)
        slow.transport.resumeProducing()
        self.network.advance(1)
        self.assertEqual(len(slow.received), 2 * WINDOW)

    def test_noService(self) -> None:
        """Where the client does not take the channel, its user is dropped, and the next one may come."""
        self.server()
        client = self.ssh()
        client.serves = False
        user = self.network.user(9090)
        self.network.settle()
        self.assertTrue(user.closed)
        self.flushLoggedErrors()  # Twisted's client says so
        client.serves = True
        user = self.network.user(9090)
        user.send(b"hello")
        self.network.settle()
        self.assertEqual(user.received, b"hello")

    def test_clientLeaves(self) -> None:
        """When the client goes, so do its proxy and its users; the port can be had at once."""
        server = self.server()
        client = self.ssh()
        user = self.network.user(9090)
        client.transport.loseConnection()
        self.network.settle()
        self.assertTrue(user.closed)
        self.assertEqual(len(server.clients), 0)
        self.assertEqual(self.ssh().shown, WELCOME.format(user=""))

    def test_sessionChannelCloses(self) -> None:
        """The channel on which the command came may close; users come all the same."""
        self.server()
        client = self.ssh()
        assert client.connection is not None
        client.connection.sendClose(client.connection.channels[0])
        self.network.advance(1)
        user = self.network.user(9090)
        user.send(b"hello")
        self.network.settle()
        self.assertEqual(user.received, b"hello")

    def test_serverStops(self) -> None:
        """When frps stops the client is told, and nothing is left; this holds for one that has said nothing, too."""
        server = self.server()
        client, silent = self.ssh(), self.ssh(None, forward=None)
        server.stopService()
        self.network.advance(1)
        self.assertIn("ssh tunnel server closed", client.shown)
        self.assertIsNotNone(client.lost)
        self.assertIsNotNone(silent.lost)

    def test_interrupted(self) -> None:
        """In a terminal lines end as terminals want it, and Ctrl+C ends the client."""
        self.server()
        client = Client()
        client.requests = [(b"pty-req", b""), *Client(TCP).requests]
        self.network.dial(PORT, client)
        self.network.settle()
        self.assertEqual(client.shown, WELCOME.format(user="").replace("\n", "\r\n"))
        assert client.connection is not None
        client.connection.channels[0].write(b"\x03")
        self.network.settle()
        self.assertIsNotNone(client.lost)

    def test_known(self) -> None:
        """frps has the client among all others, with its kind and its user."""
        server = self.server()
        self.ssh(f"{TCP} --user ann --client-id me")
        (control,) = server.clients.online()
        self.assertEqual((control.login.user, control.login.client_id), ("ann", "me"))
        self.assertEqual(
            (control.login.client_spec.type, control.login.client_spec.always_auth_pass), ("ssh-tunnel", False)
        )
        self.assertEqual(list(control.published.proxies), ["ann.web"])

    def test_heartbeats(self) -> None:
        """A client is asked whether it lives, and is dropped when it does not answer."""
        self.server()
        client = self.ssh()
        self.network.advance(ALIVE + 1)
        self.assertEqual((client.heartbeats, client.asked), (1, [b"keepalive@openssh.com"]))
        self.network.advance(ALIVE * (MISSED + 2))
        self.assertIsNone(client.lost)
        client.transport.pauseProducing()
        self.network.advance(ALIVE * (MISSED + 2))
        self.assertEqual(self.logged(f"the client did not answer for {ALIVE * MISSED} s"), 1)
        client.transport.resumeProducing()

    def test_frpsWantsHeartbeats(self) -> None:
        """Where frps drops silent clients, this one is not silent. That of the reference is."""
        server = self.server(transport={"heartbeatTimeout": 90})
        self.ssh()
        self.network.advance(300)
        self.assertEqual(len(server.clients), 1)


class AskingTests(GatewayTestCase):
    """What a client may ask for."""

    def refused(self, command: str, **settings: Any) -> str:
        """@return: what the client is shown before it is sent away."""
        self.server(**settings)
        client = self.ssh(command)
        self.network.advance(LEAVING)
        self.assertEqual(client.code, 1)
        self.assertIsNotNone(client.lost)
        return client.shown

    def test_type(self) -> None:
        """Proxies that pass their users on to a local service can be had."""
        shown = self.refused("udp -n a")
        self.assertEqual(shown, "invalid proxy type: udp, support types: [tcp http https tcpmux stcp]\n")

    def test_flag(self) -> None:
        """A flag that nobody knows."""
        self.assertEqual(self.refused("tcp --remote"), "unknown flag: --remote\n")

    def test_server(self) -> None:
        """What frps says no to."""
        shown = self.refused(TCP, allowPorts=[{"single": 80}])
        self.assertEqual(shown, "port not allowed\n")

    def test_rules(self) -> None:
        """What the tables of proxies do not allow is said without the place in a file that there is not."""
        self.assertEqual(self.refused("http -n a"), "subdomain and custom domains should not be both empty\n")

    def test_token(self) -> None:
        """Without a key it is the token that lets a client in."""
        shown = self.refused(TCP, auth={"token": "sesame"})
        self.assertIn("login to the server failed: token in login doesn't match token from configuration", shown)
        client = self.ssh(f"{TCP} --token sesame")
        self.assertEqual(client.shown, WELCOME.format(user=""))

    def test_scopes(self) -> None:
        """The same where frps wants a proof in every message."""
        self.server(
            auth={"token": "sesame", "additionalScopes": ["HeartBeats", "NewWorkConns"]},
            transport={"heartbeatTimeout": 90},
        )
        self.ssh(f"{TCP} --token sesame")
        self.network.advance(200)
        user = self.network.user(9090)
        user.send(b"hello")
        self.network.settle()
        self.assertEqual(user.received, b"hello")

    def test_help(self) -> None:
        """Help is shown, and is no mistake."""
        self.server()
        client = self.ssh("tcp --help")
        self.assertIn("-r, --remote-port integer", client.shown)
        self.assertNotIn("local-port", client.shown)
        self.assertEqual(client.code, 0)
        self.network.advance(LEAVING)
        self.assertIsNotNone(client.lost)

    def test_silent(self) -> None:
        """A client that does not say where it listens, or what it wants, is told after a while."""
        self.server()
        clients = [self.ssh(None), self.ssh(forward=None), self.ssh(None, forward=None), self.ssh("")]
        self.network.advance(ASKING)
        for client in clients:
            self.assertEqual(client.goodbye, "get addr and extra payload timeout")
            self.assertIsNotNone(client.lost)

    def test_bug(self) -> None:
        """A mistake of ours, or of a plugin, is logged as one, and the client is told no more."""

        def broken(line: str, registry: Registry) -> None:
            raise ZeroDivisionError

        self.patch(guest, "asked", broken)
        self.assertEqual(self.refused(TCP), "internal error\n")
        self.assertEqual(len(self.flushLoggedErrors(ZeroDivisionError)), 1)

    def test_hooks(self) -> None:
        """Hooks are asked about it as about every client."""
        (self.folder / "users.toml").write_text('[ann]\ntoken = "x"\n')
        shown = self.refused(f"{TCP} -u eve", hooks=[{"type": "users", "path": str(self.folder / "users.toml")}])
        self.assertIn("login to the server failed: ", shown)
        self.assertEqual(self.logged("register control error"), 1)

"""Keys that let SSH clients in."""

from __future__ import annotations

from typing import Any

from twisted.conch.ssh.keys import FingerprintFormats, Key

from frp.ssh.refusals import SILENCE
from frp.test.ssh.client import KEY, Client, privateKey
from frp.test.ssh.test_gateway import PORT, TCP, WELCOME, GatewayTestCase


class KeyTests(GatewayTestCase):
    """Who is let in by a key."""

    def setUp(self) -> None:
        super().setUp()
        self.key = privateKey()

    def line(self, comment: str) -> str:
        """@return: a line of the file."""
        return f"{self.key.public().toString('openssh').decode().split(' test')[0]} {comment}\n"

    def test_user(self) -> None:
        """The comment of the key is the user, whatever the command says; no token is asked for, nowhere."""
        server = self.server(self.line("ann"), auth={"token": "sesame", "additionalScopes": ["NewWorkConns"]})
        client = self.ssh(f"{TCP} --user eve --token wrong", key=self.key)
        self.assertEqual(client.shown, WELCOME.format(user="ann"))
        (control,) = server.clients.online()
        self.assertTrue(control.login.client_spec.always_auth_pass)
        user = self.network.user(9090)
        user.send(b"hello")
        self.network.settle()
        self.assertEqual(user.received, b"hello")

    def test_noComment(self) -> None:
        """Without a comment the command says who it is."""
        self.server(self.line(""))
        self.assertEqual(self.ssh(f"{TCP} --user ann", key=self.key).shown, WELCOME.format(user="ann"))

    def test_unknown(self) -> None:
        """Another key, or none, does not let in; the file is read each time."""
        self.server("")
        for key in self.key, None:
            client = self.ssh(key=key)
            self.assertIsNone(client.connection)
            client.transport.abortConnection()
            self.network.settle()
        shown = f"SHA256:{self.key.fingerprint(FingerprintFormats.SHA256_BASE64)}".rstrip("=")
        why = f"no such key stands in {self.folder / 'keys'}"
        self.assertEqual(self.logged(f" cannot log in by SSH with {shown}: {why}"), 1)
        (self.folder / "keys").write_text(self.line("ann"))
        self.assertEqual(self.ssh(key=self.key).shown, WELCOME.format(user="ann"))

    def test_noFile(self) -> None:
        """Nobody comes in while the file cannot be read; now and then the log says why, and how many there were."""
        self.server(self.line("ann"))
        (self.folder / "keys").unlink()
        why = f"open {self.folder / 'keys'}: no such file or directory"
        for seconds, lines in (0, 1), (1, 1), (1, 1), (SILENCE, 2):
            self.network.advance(seconds)
            client = self.ssh(key=self.key)
            self.assertIsNone(client.connection)
            client.transport.abortConnection()
            self.network.settle()
            self.assertEqual(self.logged(why), lines)
        self.assertEqual(self.logged(f"{why}; 2 more since the last such line"), 1)

    def test_stolenKey(self) -> None:
        """Who knows the public key only does not come in."""
        self.server(self.line("ann"))
        other = Key.fromString(KEY.encode())
        client = Client(TCP, key=_Borrowed(self.key, other))  # type: ignore[arg-type]
        self.network.dial(PORT, client)
        self.network.settle()
        self.assertIsNone(client.connection)
        client.transport.abortConnection()

    def test_notByTheNetwork(self) -> None:
        """A client that only says that it came by SSH needs its token."""
        from frp.testing.talk import Talk
        from frp.wire.messages import ClientSpec, Login, LoginResp

        self.server(self.line("ann"), auth={"token": "sesame"}, transport={"tcpMux": False})
        talk = self.network.dial(7000, Talk())
        talk.say(Login(client_spec=ClientSpec("ssh-tunnel", True)))
        self.network.settle()
        (answer,) = talk.heard
        assert isinstance(answer, LoginResp)
        self.assertIn("doesn't match", answer.error)


class _Borrowed:
    """Shows one key, and signs with what is none."""

    def __init__(self, shown: Key, other: Key) -> None:
        self._shown = shown

    def public(self) -> Key:
        shown: Key = self._shown.public()
        return shown

    def sign(self, data: bytes, signatureType: bytes | None = None) -> bytes:
        return self._shown.sign(b"something else")

    def __getattr__(self, name: str) -> Any:
        return getattr(self._shown, name)

"""The host key, and the keys of those who may come."""

from __future__ import annotations

import base64
import stat
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from frp.config.server import SSHTunnelGatewayConfig
from frp.errors import ConfigError
from frp.ssh.authorized import authorizedUsers
from frp.ssh.hostkey import hostKey
from frp.test.ssh.client import KEY, privateKey


class _FilesTestCase(SynchronousTestCase):
    def setUp(self) -> None:
        self.folder = Path(self.mktemp())
        self.folder.mkdir()

    def write(self, name: str, text: str) -> str:
        """@return: the path of a file with this text."""
        path = self.folder / name
        path.write_text(text)
        return str(path)


class HostKeyTests(_FilesTestCase):
    """The host key."""

    def test_made(self) -> None:
        """Without a key one is made, for its owner alone, and kept; it is in the form that the reference reads."""
        path = self.folder / "made"
        table = SSHTunnelGatewayConfig(autoGenPrivateKeyPath=str(path))
        key = hostKey(table)
        self.assertEqual(key.type(), "RSA")
        self.assertEqual(key.size(), 2048)
        self.assertEqual(stat.S_IMODE(path.stat().st_mode), 0o600)
        self.assertTrue(path.read_text().startswith("-----BEGIN RSA PRIVATE KEY-----\n"))
        self.assertEqual(hostKey(table), key)

    def test_empty(self) -> None:
        """An empty file is written again."""
        table = SSHTunnelGatewayConfig(autoGenPrivateKeyPath=self.write("empty", ""))
        self.assertEqual(hostKey(table), hostKey(table))

    def test_notKept(self) -> None:
        """Without a path the key lives as long as the server."""
        table = SSHTunnelGatewayConfig(autoGenPrivateKeyPath="")
        self.assertNotEqual(hostKey(table), hostKey(table))

    def test_given(self) -> None:
        """C{privateKeyFile} comes first."""
        table = SSHTunnelGatewayConfig(privateKeyFile=self.write("given", KEY), autoGenPrivateKeyPath="/nonexistent")
        self.assertEqual(hostKey(table), privateKey())

    def test_missing(self) -> None:
        """A file that is named and not there."""
        error = self.assertRaises(ConfigError, hostKey, SSHTunnelGatewayConfig(privateKeyFile="/nonexistent/key"))
        self.assertEqual(error.path, "sshTunnelGateway.privateKeyFile")
        self.assertEqual(error.problem, "open /nonexistent/key: no such file or directory")

    def test_junk(self) -> None:
        """One that holds something else."""
        for text in "junk", "-----BEGIN RSA PRIVATE KEY-----\nMII\n-----END RSA PRIVATE KEY-----\n":
            path = self.write("junk", text)
            error = self.assertRaises(ConfigError, hostKey, SSHTunnelGatewayConfig(privateKeyFile=path))
            self.assertIn(f"ssh: no key found in {path}", error.problem)

    def test_damaged(self) -> None:
        """Of a key that was damaged nothing is told to anybody."""
        path = self.write("damaged", KEY.replace("-----BEGIN", "----BEGIN", 1))
        error = self.assertRaises(ConfigError, hostKey, SSHTunnelGatewayConfig(privateKeyFile=path))
        self.assertEqual(str(error.problem), f"ssh: no key found in {path}")
        self.assertIsNone(error.__cause__)

    def test_public(self) -> None:
        """A public key proves nothing."""
        path = self.write("public", privateKey().public().toString("openssh").decode())
        error = self.assertRaises(ConfigError, hostKey, SSHTunnelGatewayConfig(privateKeyFile=path))
        self.assertEqual(error.problem, f"ssh: the key in {path} is a public one")

    def test_passphrase(self) -> None:
        """A key that is protected cannot be used."""
        text = privateKey().toString("openssh", subtype="v1", passphrase=b"secret").decode()
        path = self.write("protected", text)
        error = self.assertRaises(ConfigError, hostKey, SSHTunnelGatewayConfig(privateKeyFile=path))
        self.assertEqual(error.problem, f"ssh: the key in {path} is protected by a passphrase")


class AuthorizedTests(_FilesTestCase):
    """C{authorizedKeysFile}."""

    def users(self, *lines: str) -> dict[bytes, str]:
        """@return: what is read from these lines."""
        return authorizedUsers(self.write("keys", "\n".join(lines)))

    def setUp(self) -> None:
        super().setUp()
        self.blob = privateKey().public().blob()
        self.key = f"ssh-ed25519 {base64.b64encode(self.blob).decode()}"

    def test_comment(self) -> None:
        """The comment is the user, whatever is in it."""
        self.assertEqual(self.users(f"{self.key} ann"), {self.blob: "ann"})
        self.assertEqual(self.users(f"{self.key}   ann smith  "), {self.blob: "ann smith"})
        self.assertEqual(self.users(self.key), {self.blob: ""})

    def test_options(self) -> None:
        """Options before the key may have spaces in quotes."""
        self.assertEqual(self.users(f'no-pty,from="10.0.0.1, \\"x\\" y" {self.key} ann'), {self.blob: "ann"})

    def test_passedOver(self) -> None:
        """Lines that are no keys, wherever they are."""
        lines = (
            "",
            "# comment",
            f"#{self.key} eve",
            "junk",
            "ssh-ed25519 AAAA",
            "ssh-rsa !!! x",
            f"{self.key} ann",
            "",
            "x",
        )
        self.assertEqual(self.users(*lines), {self.blob: "ann"})

    def test_otherType(self) -> None:
        """A key must be of the type that stands before it."""
        self.assertEqual(self.users(self.key.replace("ssh-ed25519", "ssh-rsa")), {})

    def test_last(self) -> None:
        """Of two lines with one key the last one counts."""
        self.assertEqual(self.users(f"{self.key} ann", f"{self.key} bob"), {self.blob: "bob"})

    def test_missing(self) -> None:
        """Without the file nobody is known."""
        self.assertRaises(OSError, authorizedUsers, "/nonexistent")

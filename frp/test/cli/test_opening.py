"""C{verify} opens what a start would open."""

from __future__ import annotations

import os
from pathlib import Path

from frp.cli import opening
from frp.cli.files import installed, loadClient
from frp.cli.frpc import frpc
from frp.cli.frps import frps
from frp.test.cli.test_programs import Programs

TOKEN = "[auth]\ntokenSource.type = 'file'\ntokenSource.file.path = '{folder}/token'\n"
TOKEN_SAID = "failed to resolve auth.tokenSource: failed to read file token: open token: no such file or directory"
PLUGIN = """
    [[proxies]]
    name = "web"
    type = "https"
    customDomains = ["web.example.com"]
    [proxies.plugin]
    type = "https2http"
    localAddr = "127.0.0.1:80"
    crtPath = "{folder}/web.pem"
    keyPath = "{folder}/web.key"
"""
GROUP = """
    certFile = "{folder}/c.pem"
    keyFile = "{folder}/c.key"
    trustedCaFile = "{folder}/ca.pem"
"""


class OpeningTests(Programs):
    """What is missing is told in the words of the start, and the exit code is 1."""

    def setUp(self) -> None:
        self.folder = Path(self.mktemp()).absolute()
        self.folder.mkdir()

    def verified(self, program: object, text: str, code: int = 1, warned: str = "") -> list[str]:
        """@return: the lines that are printed."""
        path = self.file(text.replace("{folder}", str(self.folder)))
        said = self.run_(program, "verify", "-c", path, code=code, warned=warned)  # type: ignore[arg-type]
        return said.replace(f"{self.folder}/", "").splitlines()

    def test_server(self) -> None:
        """The secret, certificates, the host key, and files of hooks: all at once."""
        text = (
            TOKEN
            + """
            [transport.tls]
            trustedCaFile = "{folder}/ca.pem"
            [webServer]
            port = 7500
            tls.certFile = "{folder}/web.pem"
            tls.keyFile = "{folder}/web.key"
            [[hooks]]
            type = "users"
            path = "{folder}/users.toml"
            [[hooks]]
            type = "networks"
            clients.denyFile = "{folder}/deny"
            """
        )
        self.assertEqual(
            self.verified(frps, text),
            [
                TOKEN_SAID,
                "open ca.pem: no such file or directory",
                "open web.pem: no such file or directory",
                "open web.key: no such file or directory",
                "open users.toml: no such file or directory",
                "open deny: no such file or directory",
            ],
        )

    def test_client(self) -> None:
        """The secret, certificates, and those of a plugin."""
        text = TOKEN + "[transport.tls]\ntrustedCaFile = '{folder}/ca.pem'\n" + PLUGIN
        self.assertEqual(
            self.verified(frpc, text),
            [
                TOKEN_SAID,
                "open ca.pem: no such file or directory",
                "open web.pem: no such file or directory",
                "open web.key: no such file or directory",
            ],
        )

    def test_keys(self) -> None:
        """Standard error names the key and the whole path of each."""
        self.verified(frpc, TOKEN + "[transport.tls]\ntrustedCaFile = 'ca.pem'\n" + PLUGIN)
        keys = [line.strip().partition(":")[0] for line in self.hints.splitlines()]
        plugin = "proxies[0].plugin"
        expected = ["auth.tokenSource.file.path", "transport.tls.trustedCaFile"]
        self.assertEqual(keys, [*expected, f"{plugin}.crtPath", f"{plugin}.keyPath"])
        self.assertIn(f"transport.tls.trustedCaFile: there is no {Path('ca.pem').absolute()}: put it there", self.hints)

    def test_places(self) -> None:
        """A key has the number that its proxy has in the file, also where one before it is left out."""
        left = "[[proxies]]\nname = 'a'\ntype = 'tcp'\nlocalPort = 1\nenabled = false\n"
        self.verified(frpc, "auth.token = 't'\n" + left + PLUGIN)
        keys = [line.strip().partition(":")[0] for line in self.hints.splitlines()]
        self.assertEqual(keys, ["proxies[1].plugin.crtPath", "proxies[1].plugin.keyPath"])

    def test_reread(self) -> None:
        """Whoever runs already is told what the next start would miss; the files of proxies are looked at before."""
        text = f"auth.token = 't'\n[transport.tls]\n{GROUP}{PLUGIN}".replace("{folder}", str(self.folder))
        loaded = opening.reread(loadClient(self.file(text), {}, installed({})))
        names = "certFile", "keyFile", "trustedCaFile"
        self.assertEqual(len(loaded.doubts), len(names))
        for doubt, name in zip(loaded.doubts, names, strict=True):
            self.assertRegex(
                doubt, rf"^the next start would fail: open .*: no such file or directory \(transport.tls.{name}: there"
            )

    def test_group(self) -> None:
        """Of a group of files for TLS all that are missing are told, in the order of the reference; each once."""
        lost = [f"open {name}: no such file or directory" for name in ("c.pem", "c.key", "ca.pem")]
        for program in frps, frpc:
            self.assertEqual(self.verified(program, f"auth.token = 't'\n[transport.tls]\n{GROUP}"), lost)
        web = f"auth.token = 't'\n[webServer]\nport = 7500\n[webServer.tls]\n{GROUP}"
        self.assertEqual(self.verified(frps, web), lost[:2])  # whom it trusts is not looked at

    def test_node(self) -> None:
        """What a node knows others by, where it is one; and that it needs a certificate to ask for theirs."""
        text = (
            "auth.token = 't'\nbindAddr = '127.0.0.1'\n[cluster]\n{store}secret = 'a secret of nodes'\n[cluster.tls]\n"
        )
        node = text.replace("{store}", "store = 'redis://127.0.0.1'\n")
        lost = [f"open {name}: no such file or directory" for name in ("c.pem", "c.key", "ca.pem")]
        self.assertEqual(self.verified(frps, node + GROUP), lost)
        self.assertIn("  cluster.tls.keyFile: there is no ", self.hints)
        (self.folder / "ca.pem").write_text("none")
        said = self.verified(frps, f"{node}trustedCaFile = '{self.folder}/ca.pem'\n")
        self.assertIn("with trustedCaFile each node needs a certificate", said[0])
        self.assertIn("syntax is ok", self.verified(frps, text.replace("{store}", "") + GROUP, code=0)[0])

    def test_gateway(self) -> None:
        """The host key of the SSH gateway."""
        text = "auth.token = 't'\n[sshTunnelGateway]\nbindPort = 2200\nprivateKeyFile = '{folder}/host'\n"
        self.assertEqual(self.verified(frps, text), ["open host: no such file or directory"])
        self.assertIn("  sshTunnelGateway.privateKeyFile: there is no ", self.hints)

    def test_broken(self) -> None:
        """Files that are there, and no certificates."""
        for name in ("c.pem", "c.key", "ca.pem"):
            (self.folder / name).write_text("none")
        said = self.verified(frps, f"auth.token = 't'\n[transport.tls]\n{GROUP}")
        self.assertIn('no certificate can be read from file "c.pem"', said[0])
        self.assertIn("  transport.tls.certFile: it must hold PEM", self.hints)

    def test_log(self) -> None:
        """A log that cannot be written is a warning: a start does without."""
        (self.folder / "notes").write_text("")
        where = f"{self.folder}/notes"
        warned = f"WARNING: log.to: {where}/frps.log cannot be written: {where} is no folder\n"
        text = "auth.token = 't'\nlog.to = '{folder}/notes/frps.log'\n"
        self.assertIn("syntax is ok", self.verified(frps, text, code=0, warned=warned)[0])
        self.assertEqual([one.name for one in self.folder.iterdir()], ["notes"])

    def test_pipe(self) -> None:
        """What can be read only once is left to the start."""
        for name in ("token", "ca.pem"):
            os.mkfifo(self.folder / name)
        text = TOKEN + "[transport.tls]\ntrustedCaFile = '{folder}/ca.pem'\n"
        self.assertIn("syntax is ok", self.verified(frps, text, code=0)[0])

    def test_unneeded(self) -> None:
        """What a start would not open may be missing."""
        text = "auth.token = 't'\nwebServer.tls.certFile = '/none'\nwebServer.tls.keyFile = '/none'\n"
        self.assertIn("syntax is ok", self.verified(frps, text, code=0)[0])

    def test_there(self) -> None:
        """All is well where all is there."""
        (self.folder / "token").write_text("secret\n")
        self.assertIn("syntax is ok", self.verified(frps, TOKEN, code=0)[0])

    def test_pages(self) -> None:
        """What a start can do without is a warning."""
        page = f"{self.folder}/404.html"
        hint = f"there is no {page}: put it there, or correct the path"
        warned = f"WARNING: custom404Page: open {page}: no such file or directory: {hint}\n"
        text = "auth.token = 't'\ncustom404Page = '{folder}/404.html'\n"
        self.assertIn("syntax is ok", self.verified(frps, text, code=0, warned=warned)[0])

"""C{verify} opens what a start would open."""

from __future__ import annotations

from pathlib import Path

from frp.cli.frpc import frpc
from frp.cli.frps import frps
from frp.test.cli.test_programs import Programs

TOKEN = "[auth]\ntokenSource.type = 'file'\ntokenSource.file.path = '{folder}/token'\n"


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
                "failed to read file token: open token: no such file or directory",
                "open ca.pem: no such file or directory",
                "open web.pem: no such file or directory",
                "open users.toml: no such file or directory",
                "open deny: no such file or directory",
            ],
        )

    def test_client(self) -> None:
        """The secret, certificates, and those of a plugin."""
        text = (
            TOKEN
            + """
            [transport.tls]
            trustedCaFile = "{folder}/ca.pem"
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
        )
        self.assertEqual(
            self.verified(frpc, text),
            [
                "failed to read file token: open token: no such file or directory",
                "open ca.pem: no such file or directory",
                "open web.pem: no such file or directory",
                "open web.key: no such file or directory",
            ],
        )

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
        warned = f"WARNING: custom404Page: open {self.folder}/404.html: no such file or directory\n"
        text = "auth.token = 't'\ncustom404Page = '{folder}/404.html'\n"
        self.assertIn("syntax is ok", self.verified(frps, text, code=0, warned=warned)[0])

"""Keys that stand in the wrong file."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from frp.config.clientfile import loadClient
from frp.config.serverfile import loadServer
from frp.errors import ConfigErrors
from frp.kinds import Registry


class ElsewhereTests(SynchronousTestCase):
    """What a file of another program, or of another time, is told."""

    def hints(self, load: object, text: str) -> dict[str, str]:
        """@return: the hint on each key of a file."""
        path = self.mktemp() + ".toml"
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        with self.assertRaises(ConfigErrors) as caught:
            load(path, registry=Registry(), environ={})  # type: ignore[operator]
        return {problem.path: problem.hint for problem in caught.exception.problems}

    def test_client(self) -> None:
        """frps gets a file of frpc."""
        said = "a key of frpc, and frps reads this file: is it meant for frpc?"
        found = self.hints(loadServer, 'serverAddr = "192.0.2.1"\n[[proxies]]\nname = "a"\ntype = "tcp"\n')
        self.assertEqual(found, {"serverAddr": said, "proxies": said})

    def test_server(self) -> None:
        """frpc gets a file of frps."""
        said = "a key of frps, and frpc reads this file: is it meant for frps?"
        self.assertEqual(self.hints(loadClient, "bindPort = 7000\nVhostHTTPPort = 80\n"), {
            "bindPort": said, "VhostHTTPPort": said,
        })  # fmt: skip

    def test_old(self) -> None:
        """Keys of INI files, at the top and in a proxy and a visitor."""
        text = (
            'token = "t"\nlog_file = "x"\n[[proxies]]\nname = "a"\ntype = "tcp"\nlocalPort = 1\nuse_encryption = true\n'
        )
        text += '[[visitors]]\nname = "b"\ntype = "stcp"\nserverName = "a"\nsk = "s"\nbindPort = 1\n'
        found = self.hints(loadClient, text)
        self.assertEqual(found["token"], "a key of INI files: here it is auth.token")
        self.assertEqual(found["log_file"], "a key of INI files: here it is log.to")
        self.assertEqual(found["proxies[0].use_encryption"], "a key of INI files: here it is transport.useEncryption")
        self.assertEqual(found["visitors[0].sk"], "a key of INI files: here it is secretKey")
        self.assertEqual(
            self.hints(loadServer, "dashboard_port = 7500\n"),
            {"dashboard_port": "a key of INI files: here it is webServer.port"},
        )

    def test_nowhere(self) -> None:
        """A slip of the pen has the nearest key of its own table."""
        self.assertEqual(self.hints(loadServer, "bindProt = 7000\n"), {"bindProt": "did you mean 'bindPort'?"})

    def test_tables(self) -> None:
        """A key of other tables: those below, those of other types, and others; not where it may be any of many."""
        proxy = '[[proxies]]\nname = "a"\ntype = "tcp"\nlocalPort = 1\n'
        for load, text, path, said in (
            (loadServer, "force = true\n", "force", "here it is transport.tls.force"),
            (
                loadClient,
                'certFile = "c"\n',
                "certFile",
                "here it is webServer.tls.certFile or transport.tls.certFile",
            ),
            (loadClient, '[transport]\ncertFile = "c"\n', "transport.certFile", "here it is tls.certFile"),
            (loadClient, '[transport]\ntoken = "c"\n', "transport.token", "token is a key of auth"),
            (
                loadClient,
                f"{proxy}useEncryption = true\n",
                "proxies[0].useEncryption",
                "here it is transport.useEncryption",
            ),
            (loadClient, f"{proxy}bindPort = 1\n", "proxies[0].bindPort", "bindPort is a key of visitors"),
            (
                loadClient,
                f"{proxy}customDomains = []\n",
                "proxies[0].customDomains",
                "customDomains is a key of proxies (type http, https, tcpmux)",
            ),
            (
                loadClient,
                f"{proxy}crtPath = 'c'\n",
                "proxies[0].crtPath",
                "here it is plugin.crtPath (type https2http, https2https, tls2raw)",
            ),
            (loadClient, f"{proxy}vhostHTTPPort = 1\n", "proxies[0].vhostHTTPPort", "vhostHTTPPort is a key of frps"),
            (loadClient, "[log]\nissuer = 'i'\n", "log.issuer", "issuer is a key of frps, in auth.oidc"),
            (loadClient, "[log]\nfile = 'f'\n", "log.file", "known: to, level, maxDays, disablePrintColor"),
            (
                loadClient,
                '[transport]\ntls.enable = true\n[[servers]]\naddr = "a"\n[servers.transport]\ncertFile = "c"\n',
                "servers[0].transport.certFile",
                "here it is tls.certFile",
            ),
        ):
            self.assertEqual(self.hints(load, text), {path: said})

    def test_nearToo(self) -> None:
        """What is known elsewhere and what looks alike are both told."""
        said = "here it is plugin.localPath (type static_file); or did you mean 'localPort'?"
        text = '[[proxies]]\nname = "a"\ntype = "tcp"\nlocalPort = 1\nlocalPath = "/"\n'
        self.assertEqual(self.hints(loadClient, text), {"proxies[0].localPath": said})

    def test_single(self) -> None:
        """A table where there is a list of them."""
        said = "is a list of tables: in TOML each begins with [[{0}]], in two brackets, and has its own name"
        for name in "proxies", "visitors":
            for text in f'[{name}]\nname = "a"\n', f'[{name}.web]\ntype = "tcp"\n':
                self.assertEqual(self.hints(loadClient, text), {name: f"{name} {said.format(name)}"})

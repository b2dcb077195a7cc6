"""INI files in the commands."""

from __future__ import annotations

from unittest import mock

from frp.cli import client
from frp.cli.frpc import frpc
from frp.cli.frps import frps
from frp.test.cli.test_programs import Programs

DEPRECATED = (
    "WARNING: ini format is deprecated and the support will be removed in the future, "
    "please use yaml/json/toml format instead!\n"
)
TLS = "[common]\ntls_enable = off\ntls_cert_file = a\ntls_key_file = b\nnonsense = c\n"
REMARK = '  line 5: "nonsense" is no key of [common]: ignored\n'
WARNINGS = (
    "WARNING! tls_cert_file is invalid when tls_enable is false\n"
    "WARNING! tls_key_file is invalid when tls_enable is false\n",
    "WARNING: transport.tls.certFile is invalid when transport.tls.enable is false\n"
    "transport.tls.keyFile is invalid when transport.tls.enable is false\n",
)


class LegacyTests(Programs):
    """What is printed, and where."""

    def test_verify(self) -> None:
        """C{verify} takes the file, and says of it what the reference does; what is passed over, on standard error."""
        path = self.file(TLS)
        expected = "".join(WARNINGS) + f"frpc: the configuration file {path} syntax is ok\n"
        self.assertEqual(self.run_(frpc, "verify", "-c", path, warned=REMARK), expected)

    def test_serve(self) -> None:
        """Who runs it is told that the format is old, after what is found while reading."""
        with mock.patch.object(client, "run", return_value=0) as served:
            said = self.run_(frpc, "-c", self.file(TLS), warned=REMARK)
        self.assertEqual(said, WARNINGS[0] + DEPRECATED + WARNINGS[1])
        ((_path, config),) = served.call_args.args[0]
        self.assertEqual(config.transport.tls.certFile, "a")

    def test_refused(self) -> None:
        """What is wrong stands on standard output, in the reference's words."""
        path = self.file("[common]\n[a]\ntype = x\n")
        self.assertEqual(
            self.run_(frpc, "verify", "-c", path, code=1), "failed to parse proxy a, err: invalid type [x]\n"
        )

    def test_migrate(self) -> None:
        """The file as TOML, which can be used at once."""
        path = self.file("[common]\nbind_port = 7001\ntoken = t\nallow_ports = x\n")
        found = self.run_(frps, "migrate", path)
        self.assertEqual(
            found,
            f"# written from {path} by frps migrate\n"
            '# line 4: allow_ports = "x" cannot be read, so that every port is allowed: ignored\n'
            'bindPort = 7001\nauth.token = "t"\n',
        )
        self.assertIn("syntax is ok", self.run_(frps, "verify", "-c", self.file(found)))

    def test_migrateClient(self) -> None:
        """The same for frpc, which has other keys."""
        path = self.file("[common]\nserver_port = 7001\n[a]\nlocal_port = 22\n")
        self.assertEqual(
            self.run_(frpc, "migrate", path),
            f"# written from {path} by frpc migrate\nserverPort = 7001\n\n"
            '[[proxies]]\nname = "a"\ntype = "tcp"\nlocalPort = 22\n',
        )

    def test_migrateNothing(self) -> None:
        """Other files need it not, and what is no file says so."""
        path = self.file("bindPort = 7001\n")
        said = f"{path} is no INI file: there is nothing to migrate\n"
        self.assertEqual(self.run_(frps, "migrate", path, code=1), said)
        self.assertEqual(self.run_(frpc, "migrate", "/no/file", code=1), "open /no/file: no such file or directory\n")

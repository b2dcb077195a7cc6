"""INI files as TOML."""

from __future__ import annotations

from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from frp.config.legacy.writing import written
from frp.config.load import readDocument
from frp.errors import ConfigErrors
from frp.test.config.legacy.mutations import mutated
from frp.test.config.legacy.reading import document, plain


class WritingTests(SynchronousTestCase):
    """Texts, and that they mean the same."""

    def setUp(self) -> None:
        self.folder = Path(self.mktemp()).absolute()
        self.folder.mkdir(parents=True)

    def toml(self, text: str, program: str = "frpc") -> str:
        """A text in TOML; it has been read again, and was the same."""
        path = self.folder / "a.ini"
        path.write_bytes(text.encode())
        read = document(program, path, {"T": "{{ x"})
        assert isinstance(read.content, dict)
        found = written(read, "heading")
        again = self.folder / "a.toml"
        again.write_text(found)
        content = readDocument(str(again), {}).content
        assert isinstance(content, dict)
        self.assertEqual(plain(program, content), plain(program, read.content), found)
        return found

    def test_client(self) -> None:
        """Keys in the order of the file, a table for each section, above it what is to be said about it."""
        text = """
[common]
token = a"b\\c
server_addr = 127.0.0.1
tls_enable = false
meta_a.b = x
authenticate_new_work_conns = true
authenticate_heartbeats = true
[v]
role = visitor
type = stcp
server_name = s
bind_port = 1
[p]
plugin = static_file
remote_port = 0x10
plugin_local_path = /x
plugin_locl_path = /y
custom_domains = x
"""
        self.assertEqual(
            self.toml(text),
            """\
# heading
auth.token = "a\\"b\\\\c"
serverAddr = "127.0.0.1"
transport.tls.enable = false
metadatas."a.b" = "x"
auth.additionalScopes = ["HeartBeats", "NewWorkConns"]

[[visitors]]
name = "v"
type = "stcp"
serverName = "s"
bindPort = 1

[[proxies]]
# line 18: plugin_locl_path is no key of the plugin static_file: ignored
# line 19: "custom_domains" is no key of a proxy of the type tcp: ignored
name = "p"
type = "tcp"
plugin.type = "static_file"
remotePort = 16
plugin.localPath = "/x"
""",
        )

    def test_server(self) -> None:
        """What means something else without being written is written."""
        text = "[common]\nbind_port = 7\ndashboard_port = 8\nallow_ports = 1-2,3\n[plugin.a]\nops = Login,Ping\n"
        self.assertEqual(
            self.toml(text, "frps"),
            """\
# heading
# dashboard_addr is 0.0.0.0 where it is not set, and addr is 127.0.0.1
webServer.addr = "0.0.0.0"
bindPort = 7
webServer.port = 8
allowPorts = [{ start = 1, end = 2 }, { single = 3 }]

[[httpPlugins]]
name = "a"
ops = ["Login", "Ping"]
""",
        )

    def test_emptyTable(self) -> None:
        """A table that is there without keys is written."""
        self.assertIn("webServer.tls = {}\n", self.toml("[common]\ndashboard_tls_mode = true\n", "frps"))

    def test_templates(self) -> None:
        """Braces of values begin no template, and templates leave a word about themselves."""
        found = self.toml("[common]\nuser = {{ .Envs.T }}\n[{a]\nx{y = 1\n")
        self.assertIn("# templates were filled in", found)
        self.assertIn('user = "\\u007b{ x"', found)
        self.assertNotIn("{{", found)

    def test_backslashes(self) -> None:
        """What looks like an escape is none."""
        self.assertIn('user = "\\\\u0022\\\\\\"\\\\"', self.toml('[common]\nuser = `\\u0022\\"\\`\n'))

    def test_control(self) -> None:
        """Control characters leave values whole, and comments in their lines."""
        found = self.toml("[common]\nuser = `a\r\n\x01\x7f`\nx\x02 = 1\n[y\x1b]\n[y\x1b]\n")
        self.assertIn('user = "a\\u000d\\u000a\\u0001\\u007f"', found)
        self.assertTrue(all(c.isprintable() for line in found.split("\n") for c in line))

    def test_mutations(self) -> None:
        """Whatever is in the file, reading what was written gives an equal configuration."""
        equal = 0
        for number in range(300):
            program, text = mutated(number)
            try:
                self.toml(text, program)
            except (ConfigErrors, AssertionError) as error:
                if isinstance(error, self.failureException):
                    raise
                continue
            equal += 1
        self.assertGreater(equal, 200)

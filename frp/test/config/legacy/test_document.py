"""INI files as configurations: where something stands, what is passed over, what is refused."""

from __future__ import annotations

from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from frp.config.legacy.ini import SIZE_LIMIT
from frp.errors import ConfigError, ConfigErrors
from frp.test.config.legacy.reading import document, load


class DocumentTests(SynchronousTestCase):
    """Files of frpc, and of frps where that is said."""

    def setUp(self) -> None:
        self.folder = Path(self.mktemp()).absolute()
        self.folder.mkdir(parents=True)

    def write(self, text: str | bytes, name: str = "frpc.ini") -> Path:
        """Put a file into the folder."""
        path = self.folder / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    def remarks(self, text: str, program: str = "frpc") -> list[str]:
        """What is said about a file to those who ask."""
        legacy = load(program, self.write(text)).legacy
        assert legacy is not None
        return [str(remark) for remark in legacy.remarks]

    def refused(self, text: str | bytes, program: str = "frpc") -> list[ConfigError]:
        """What is wrong with a file."""
        errors = self.assertRaises(ConfigErrors, load, program, self.write(text))
        assert isinstance(errors, ConfigErrors)
        return list(errors.problems)

    def test_ignored(self) -> None:
        """What the reference ignores in silence is said: values, keys, things that stand twice."""
        text = "[common]\nserver_port = 7 # x\nsever_addr = x\n[a]\nuse_encryption = maybe\nlocal_port = 1\n[a]\n"
        self.assertEqual(
            self.remarks(text),
            [
                'line 2: server_port = "7 # x" is no whole number: ignored (a comment stands on a line of its own)',
                'line 3: "sever_addr" is no key of [common]: ignored',
                "line 7: [a] stands here once more: both are one section",
                'line 5: use_encryption = "maybe" is neither true nor false: ignored',
            ],
        )

    def test_ignoredByServer(self) -> None:
        """The same for frps, above all where it lets in more than somebody wanted."""
        text = (
            "[common]\nallow_ports = 3-1\npprof_enable = true\ndashboard_port = 1\n[ssh]\nx = 1\n[plugin.a]\nop = x\n"
        )
        self.assertEqual(
            self.remarks(text, "frps"),
            [
                'line 2: allow_ports = "3-1" cannot be read, so that every port is allowed: ignored',
                "line 3: pprof_enable counts where dashboard_tls_mode is true only: ignored",
                "dashboard_addr is 0.0.0.0 where it is not set, and addr is 127.0.0.1",
                'line 8: "op" is no key of [plugin.a]: ignored',
                "line 5: [ssh] is no section of frps: ignored",
            ],
        )

    def test_rangeRemarks(self) -> None:
        """What is said of a range is said once."""
        text = "[common]\n[range:a]\nlocal_port = 1-50\nremote_port = 1-50\nx = 1\nuse_encryption = maybe\n"
        self.assertEqual(len(self.remarks(text)), 2)

    def test_lines(self) -> None:
        """What today's rules refuse has its line."""
        found = self.refused("[common]\nserver_port = 1\nadmin_port = 70000\n[a]\n\nlocal_port = -1\n")
        self.assertEqual([(p.path, p.line) for p in found], [("[common] admin_port", 3), ("[a] local_port", 6)])

    def test_severalProblems(self) -> None:
        """All that is wrong is told at once, in the order of the reference: what cannot be converted, and the rules."""
        found = self.refused(
            "[common]\nprotocol = x\nadmin_port = -1\nheartbeat_interval = 9\nheartbeat_timeout = 8\n"
            "includes = /none/*\n[a]\ntype = x\n[b]\nrole = y\n[c]\nbandwidth_limit = 1GB\n[d]\nrole = visitor\n"
            "[e]\nlocal_port = -1\n"
        )
        self.assertEqual([p.line for p in found], [5, 2, 6, 7, 9, 11, 13, 3, 16])
        self.assertEqual(found[3].hint, "known: tcp, udp, tcpmux, http, https, stcp, xtcp, sudp")

    def test_names(self) -> None:
        """Keys have the names of the file, also those that are missing, and those in hints."""
        found = self.refused(
            "[common]\n[web]\ntype = http\nplugin = https2http\nhealth_check_type = http\n"
            "[v]\nrole = visitor\ntype = stcp\n"
        )
        self.assertEqual(
            [(p.path, p.hint) for p in found],
            [
                ("[web] health_check_url", ""),
                ("[web] plugin_local_addr", "The local service, HOST:PORT."),
                (
                    "[web] custom_domains",
                    "set custom_domains, such as www.example.com, or subdomain where frps has a subdomain_host",
                ),
                ("[v] server_name", ""),
            ],
        )
        (problem,) = self.refused("[common]\ndashboard_tls_mode = on\ndashboard_tls_key_file = a\n", "frps")
        self.assertEqual(problem.path, "[common] dashboard_tls_cert_file")
        (problem,) = self.refused("[common]\n[plugin.a]\nops = login\n", "frps")
        self.assertEqual((problem.path, problem.hint), ("[plugin.a] ops", "did you mean 'Login'?"))

    def test_linesOfIncluded(self) -> None:
        """A problem in an included file names it, and its line there."""
        more = self.write("\n[b]\ntype = x\n", "b.part")
        text = f"[common]\nincludes = {self.folder}/*.part\n[a]\ntype = y"
        self.assertEqual([(p.path, p.line) for p in self.refused(text)], [("", 3), (str(more), 2)])
        self.write("[b\n", "c.part")
        (problem,) = self.refused(text)
        self.assertEqual((problem.path, problem.line), (f"{self.folder}/c.part", 1))

    def test_linesOfTemplates(self) -> None:
        """Where a template made lines, no line is better than a wrong one."""
        text = '[common]\nuser = {{ "a\\n" }}\nx = 1\n[a]\ntype = x\n'
        (problem,) = self.refused(text)
        self.assertEqual(problem.line, 0)

    def test_otherFormats(self) -> None:
        """A file that only looks like INI is none, and has a hint of what keeps it from being one."""
        for text, hint in (
            ("[common]\nuser = a\n[b\n", "as an INI file it has in line 3: unclosed section: [b (a section begins"),
            ("[common]\nuser = a\nalone\n", "it is no INI file because of a key without a value in line 3"),
        ):
            (problem,) = self.refused(text)
            self.assertIn(hint, problem.hint)
        for text in ("server_addr = 1.2.3.4\n[a]\n", "[a]\nlocal_port = 1\nx = a: b: c\n", "[a]\nlocal_port: 80\n"):
            (problem,) = self.refused(text)
            self.assertIn(" is a key of INI files, and these begin with a section [common]", problem.hint)
        (problem,) = self.refused("plain text\n")
        self.assertEqual(problem.hint, "")
        path = self.write('user = "a" # [common]\n')
        self.assertEqual(document("frpc", path).format.name, "toml")

    def test_encoding(self) -> None:
        """Comments are in whatever encoding people had."""
        path = self.write("[common]\n# für\nuser = a\n".encode("latin-1"))
        self.assertEqual(load("frpc", path).config.user, "a")

    def test_badEncoding(self) -> None:
        """A value is in UTF-8, or somebody would wonder why it is another one than on the other side."""
        for program in ("frpc", "frps"):
            (problem,) = self.refused("[common]\ntoken = ü\n".encode("latin-1"), program)
            self.assertEqual((problem.problem, problem.line), ("token is not UTF-8", 2))

    def test_noText(self) -> None:
        """A NUL is no character of a text; it is refused with its line, in included files as well."""
        (problem,) = self.refused("[common]\nuser = a\nuser = a\0b\n")
        self.assertEqual((problem.problem, problem.line), ("a NUL character in an INI file", 3))
        path = self.write("[b]\n\0\n", "b.part")
        (problem,) = self.refused(f"[common]\nincludes = {self.folder}/*.part\n")
        self.assertEqual((problem.path, problem.line), (str(path), 2))

    def test_large(self) -> None:
        """Ten megabytes are no configuration, in one file or in many."""
        row = "# padding that nobody needs\n"
        (problem,) = self.refused("[common]\n" + row * (10_000_000 // len(row)))
        self.assertIn(f"more than {SIZE_LIMIT} characters", problem.problem)
        for name in ("a.part", "b.part"):
            self.write(row * (SIZE_LIMIT // len(row) - 10), name)
        (problem,) = self.refused(f"[common]\nincludes = {self.folder}/*.part\n")
        self.assertIn(f"longer than {SIZE_LIMIT} characters", problem.problem)

    def test_largeRange(self) -> None:
        """A range of more ports than there are is refused."""
        (problem,) = self.refused("[common]\n[range:a]\nlocal_port = 1-99999999\nremote_port = 1-99999999\n")
        self.assertIn("more than 65536 numbers", problem.problem)

    def test_includedByOthers(self) -> None:
        """A TOML file includes none, as in the reference."""
        self.write("[common]\n[b]\nlocal_port = 1\n", "b.part")
        self.assertRaises(ConfigErrors, load, "frpc", self.write(f'includes = ["{self.folder}/*.part"]', "frpc.toml"))

    def test_unchecked(self) -> None:
        """The order is that of the file: sections, then what ranges made."""
        text = "[common]\n[range:r]\nlocal_port = 1-2\nremote_port = 3-4\n[b]\n[a]\n"
        self.assertEqual([p.name for p in load("frpc", self.write(text)).config.proxies], ["b", "a", "r_0", "r_1"])

"""Files with mistakes that people make every day."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from frp.config.formats import parse
from frp.config.serverfile import loadServer
from frp.errors import ConfigError, ConfigErrors
from frp.kinds import Registry

GOOD = "bindPort = 7000\n"


class MistakesTests(SynchronousTestCase):
    """The error says what is meant, where it stands, and how it is written."""

    def wrong(self, text: str, extension: str) -> ConfigError:
        """What is wrong with a text."""
        errors: ConfigErrors = self.assertRaises(ConfigErrors, parse, text, extension)
        return errors.problems[0]

    def test_toml(self) -> None:
        """In TOML."""
        for row, hint in {
            "bindAddr = localhost": 'bindAddr = "localhost"',
            "bindAddr = 127.0.0.1  # here": 'bindAddr = "127.0.0.1"',
            "auth.token = \u201cabc\u201d": "quotes are straight",
            "bindAddr: x": "bindAddr = ...",
            "[webServer": "[name]",
            "[[proxies]": "[[name]]",
            "detailedErrorsToClient = True": "detailedErrorsToClient = true",
            "user = None": "leave the key out",
            "vhostHTTPPort = 0080": "no zeros in front",
            'log.to = "C:\\Users\\me"': "a backslash is special",
            'user = "me': "do not end",
            "user =": "user = ...",
            "user": "a key needs a value",
            "bindPort = 7001": "a key stands once",
            "vhostHTTPPort 8080": "vhostHTTPPort = ...",
            "a = [1, 2\nb = 3": "a list ends with ]",
        }.items():
            problem = self.wrong(GOOD + row + "\n", ".toml")
            self.assertIn(hint, problem.hint, row)
            self.assertEqual(problem.line, 2 + row.count("\n"), row)

    def test_yaml(self) -> None:
        """In YAML."""
        for row, hint in {
            "webServer:\n\tport: 7500": "never with tabs",
            "webServer: port: 7500": "one key a line",
        }.items():
            self.assertIn(hint, self.wrong(row, ".yaml").hint, row)

    def test_json(self) -> None:
        """In JSON."""
        for row, hint in {
            "{'bindPort': 7000}": "no other quotes",
            '{"bindPort": 7000,}': "no comma before",
            '{"bindPort": 7000 "bindAddr": ""}': "a comma between",
            '{"bindPort": 7000, // here\n "bindAddr": ""}': "no comments",
            '{"a": True}': "true, false",
            '{"a" = 1}': "JSON has a colon",
            "{a: 1}": "keys stand in quotes",
        }.items():
            self.assertIn(hint, self.wrong(row, ".json").hint, row)

    def test_windows(self) -> None:
        """Line ends of Windows are read; its mark at the beginning is refused, as by the reference, and named."""
        self.assertIn("without one", self.wrong("\ufeff" + GOOD, ".toml").hint)
        path = self.mktemp()
        with open(path, "wb") as file:
            file.write(b"bindPort = 7070\r\nbindAddr = '::1'\r\n")
        config = loadServer(path, registry=Registry(), environ={}).config
        self.assertEqual((config.bindPort, config.bindAddr), (7070, "::1"))

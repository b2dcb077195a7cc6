"""Secrets from files and programs."""

from __future__ import annotations

import sys
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from frp.config.schema import decode
from frp.config.server import ServerConfig
from frp.config.sources import EnvironmentVariable, ExecSource, FileSource, TokenSource, resolve
from frp.errors import ConfigError, ConfigErrors

AT = "auth.tokenSource"


def program(code: str, *, env: list[EnvironmentVariable] | None = None) -> TokenSource:
    """A source that runs some Python."""
    return TokenSource(type="exec", exec=ExecSource(command=sys.executable, args=["-c", code], env=env or []))


class SourceTests(SynchronousTestCase):
    """Getting a secret."""

    def test_file(self) -> None:
        """Spaces and line ends around the secret are no part of it."""
        path = Path(self.mktemp())
        path.write_text(" s3cret \n")
        self.assertEqual(resolve(TokenSource(type="file", file=FileSource(path=str(path))), AT), "s3cret")

    def test_noFile(self) -> None:
        """A file that is missing is named."""
        source = TokenSource(type="file", file=FileSource(path="/nonexistent/token"))
        found = self.assertRaises(ConfigError, resolve, source, AT)
        words = "failed to read file /nonexistent/token: open /nonexistent/token: no such file or directory"
        self.assertEqual((found.brief, found.path), (words, f"{AT}.file.path"))
        self.assertIn("there is no /nonexistent/token", found.hint)

    def test_program(self) -> None:
        """A program's output is the secret; it sees the variables that it is given."""
        env = [EnvironmentVariable(name="FRP_TEST_SECRET", value="s3cret")]
        self.assertEqual(resolve(program("import os; print(os.environ['FRP_TEST_SECRET'])", env=env), AT), "s3cret")

    def test_programFails(self) -> None:
        """A program that fails tells how, and what it said is for our log only."""
        found = self.assertRaises(ConfigError, resolve, program("import sys; sys.exit('no luck')"), AT)
        self.assertEqual(found.brief, f"failed to execute command {sys.executable}: exit status 1")
        self.assertIn("no luck", found.detail)

    def test_noProgram(self) -> None:
        """A program that is missing is named."""
        source = TokenSource(type="exec", exec=ExecSource(command="/nonexistent/program"))
        found = self.assertRaises(ConfigError, resolve, source, AT)
        words = (
            "failed to execute command /nonexistent/program: fork/exec /nonexistent/program: no such file or directory"
        )
        self.assertEqual(found.brief, words)

    def test_tooMuch(self) -> None:
        """A program that prints on and on is no source of secrets."""
        self.assertRaises(ConfigError, resolve, program("print('x' * 2**21)"), AT)

    def test_incomplete(self) -> None:
        """A source that was never checked is checked here."""
        found = self.assertRaises(ConfigError, resolve, TokenSource(type="exec"), AT)
        self.assertEqual(found.brief, "exec configuration is required when type is 'exec'")

    def test_unsafe(self) -> None:
        """A configuration may run programs only if the command line allows it."""
        mapping = {"auth": {"tokenSource": {"type": "exec", "exec": {"command": "pass"}}}}
        found = self.assertRaises(ConfigErrors, decode, ServerConfig, mapping)
        self.assertIn('unsafe feature "TokenSourceExec" is not enabled', found.brief)
        self.assertEqual(found.problems[0].hint, "start with --allow-unsafe TokenSourceExec")
        decode(ServerConfig, mapping, allowed=["TokenSourceExec"])

"""Command lines that are served without click."""

from __future__ import annotations

from contextlib import redirect_stderr, redirect_stdout
from io import BytesIO, StringIO, TextIOWrapper

from twisted.trial.unittest import SynchronousTestCase

from frp.cli.client import FLAGS as CLIENT
from frp.cli.command import Group, run
from frp.cli.saying import say
from frp.cli.server import FLAGS as SERVER
from frp.cli.usual import completing, served, usual
from frp.config.flags import Flag, Values
from frp.errors import Unavailable


class UsualTests(SynchronousTestCase):
    """What is served at once, and what is left to click."""

    def read(self, line: str, flags: tuple[Flag, ...] = SERVER, shell: str = "") -> Values | None:
        """@return: what is served. @param shell: what one asks."""
        return usual("frps", line.split(), flags, {completing("frps"): shell})

    def test_same(self) -> None:
        """What is served has the values that it would have by way of click."""
        given: list[Values] = []

        def serve(values: Values) -> int:
            given.append(values)
            return 0

        for flags, lines in (
            (SERVER, ("", "-c x", "-c=x --strict_config=false", "-p7001 -t a", "--allow-ports 1-2,3", "-v", "-c x --")),
            (CLIENT, ("", "-c x", "--config-dir=d", "--config x --ui", "--plugin a --plugin b", "--explain a.b")),
        ):
            group = Group("frps", "", flags, serve)
            for line in lines:
                self.assertEqual(run(group, line.split()), 0)
                self.assertEqual(self.read(line, flags), given.pop(), line)

    def test_left(self) -> None:
        """Sub-commands, help, mistakes, words that are not used, and what a shell asks, are left to click."""
        for line in (
            "verify -c x",
            "-c x verify",
            "plugins",
            "-h",
            "-c x --help",
            "--nope",
            "-p x",
            "-c",
            "--tls-only false",
            "-vc x",
            "-- x",
        ):
            self.assertIsNone(self.read(line), line)
        self.assertIsNone(self.read("-c x", shell="bash_complete"))


class ServedTests(SynchronousTestCase):
    """How it ends."""

    def served(self, error: BaseException) -> tuple[int, str, str]:
        """@return: the exit code, and what was printed."""

        def serve(values: Values) -> int:
            raise error

        with redirect_stdout(StringIO()) as out, redirect_stderr(StringIO()) as err:
            code = served({}, serve)
        return code, out.getvalue(), err.getvalue()

    def test_error(self) -> None:
        """What frp understands is said, for scripts and for people."""
        self.assertEqual(self.served(Unavailable("no", "no: it is late")), (1, "no\n", "  it is late\n"))

    def test_interrupted(self) -> None:
        """Whoever interrupts the start gets the exit code for that."""
        self.assertEqual(self.served(KeyboardInterrupt()), (130, "", "\n"))

    def test_code(self) -> None:
        """The code of what was served is that of the program."""
        self.assertEqual(served({}, lambda values: 3), 3)


class SayTests(SynchronousTestCase):
    """Lines that a terminal cannot show."""

    def test_escaped(self) -> None:
        """What its encoding lacks is written as an escape."""
        written = BytesIO()
        terminal = TextIOWrapper(written, "ascii", write_through=True)
        with redirect_stdout(terminal):
            say("l\u00f6wen")
        self.assertEqual(written.getvalue(), b"l\\xf6wen\n")

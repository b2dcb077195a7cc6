"""The shape of commands."""

from __future__ import annotations

import contextlib
import io
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from frp.cli.command import Command, Group, Word, run
from frp.config.flags import Flag, boolean, text
from frp.errors import FRPError


class CommandTests(SynchronousTestCase):
    """A program with one sub-command."""

    def setUp(self) -> None:
        self.ran: list[tuple[str, dict[str, Any]]] = []
        flags = (Flag("config", "c", "", "the file", text), Flag("version", "v", "", "the version", boolean))
        self.root = Group("prog", "A program.", flags, self.runner("prog"))
        self.root.add_command(Command("verify", "Verify a file.", flags, self.runner("verify")))

    def runner(self, name: str, code: int = 0) -> Any:
        """A command that notes that it ran."""

        def ran(values: dict[str, Any]) -> int:
            self.ran.append((name, values))
            return code

        return ran

    def run_(self, *words: str, code: int = 0) -> tuple[str, str]:
        """Run it; gives its two outputs."""
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            self.assertEqual(run(self.root, words), code)
        return out.getvalue(), err.getvalue()

    def test_root(self) -> None:
        """Without a sub-command the program itself runs."""
        self.run_("-c", "x")
        self.assertEqual(self.ran, [("prog", {"config": "x"})])

    def test_anywhere(self) -> None:
        """A flag may stand before or after the sub-command."""
        self.run_("-c", "x", "verify", "-v")
        self.run_("verify", "-v", "-cx")
        self.assertEqual(self.ran, [("verify", {"config": "x", "version": True})] * 2)

    def test_leftOver(self) -> None:
        """Words behind a sub-command are left alone, as in the reference."""
        self.run_("verify", "more", "words")
        self.assertEqual(self.ran, [("verify", {})])

    def test_word(self) -> None:
        """A command may take a word, or the flag that means the same; the flag counts where both are given."""
        flags = (Flag("config", "c", "", "the file", text),)
        for name, word in (("show", Word("FILE", "config", needed=False)), ("turn", Word("FILE", "config"))):
            self.root.add_command(Command(name, "About a file.", flags, self.runner(name), word))
            self.ran.clear()
            for words in (("x",), ("-c", "x"), ("y", "-c", "x")):
                self.run_(name, *words)
            self.assertEqual(self.ran, [(name, {"config": "x"})] * 3)
            self.assertIn("Error: one FILE is needed\n", self.run_(name, "x", "y", code=1)[1])
        self.run_("show")
        self.assertEqual(self.ran[-1], ("show", {}))
        self.assertIn("Usage: prog turn [OPTIONS] FILE\n", self.run_("turn", code=1)[1])
        self.assertIn("Usage: prog show [OPTIONS] [FILE]\n", self.run_("show", "-h")[0])

    def test_unknownCommand(self) -> None:
        """A slip in the name of a command is answered with what was meant."""
        out, err = self.run_("verif", code=1)
        self.assertEqual(out, "")
        self.assertEqual(
            err,
            'Error: unknown command "verif" for "prog"\n\nDid you mean this?\n\tverify\n\n'
            "Run 'prog --help' for usage.\n",
        )
        self.assertEqual(
            self.run_("xyz", code=1)[1], 'Error: unknown command "xyz" for "prog"\nRun \'prog --help\' for usage.\n'
        )
        self.assertEqual(self.ran, [])

    def test_unknownFlag(self) -> None:
        """A wrong flag is named on standard error, with the usage of the command that was meant."""
        for words, usage in ((("--nope",), "Usage: prog [OPTIONS] "), (("verify", "--nope"), "Usage: prog verify ")):
            out, err = self.run_(*words, code=1)
            self.assertEqual(out, "")
            self.assertTrue(err.startswith("Error: unknown flag: --nope\n" + usage), err)

    def test_help(self) -> None:
        """Help goes to standard output, whatever else is said."""
        for words in (("-h",), ("--help", "-c", "x"), ("verify", "-h")):
            out, err = self.run_(*words)
            self.assertTrue(out.startswith("Usage: prog"), words)
            self.assertEqual(err, "")
        self.assertEqual(self.ran, [])

    def test_exitCode(self) -> None:
        """What a command returns is the exit code."""
        self.root.add_command(Command("three", "", (), self.runner("three", 3)))
        self.run_("three", code=3)

    def test_failure(self) -> None:
        """What frp understands is one line on standard output, and exit code 1."""

        def fail(_values: dict[str, Any]) -> int:
            raise FRPError("no such table")

        self.root.add_command(Command("fail", "", (), fail))
        self.assertEqual(self.run_("fail", code=1), ("no such table\n", ""))
